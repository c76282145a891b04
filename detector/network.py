"""A small multilayer perceptron in whole numbers.

Inputs, weights and activations are small integers, so every sum is exact in single precision: a line
gets the same answer, to the last bit, whatever batch it is in, however many threads the linear
algebra library uses, and on any machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

INPUT_UNIT: Final = 32
"""Standardised inputs are rounded to 1 / 32 of a standard deviation."""
INPUT_LIMIT: Final = 127
_WEIGHT_LIMIT: Final = 127
_ACTIVATION_LIMIT: Final = 255
_EXACT: Final = 1 << 24  # whole numbers below this are exact in float32


def quantise_inputs(
    columns: NDArray[np.float32], mean: NDArray[np.float32], scale: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Standardise columns and round them to whole numbers of 1 / `INPUT_UNIT` standard deviations."""
    values = columns - mean
    values *= scale * np.float32(INPUT_UNIT)
    np.rint(values, out=values)
    return np.clip(values, -INPUT_LIMIT, INPUT_LIMIT, out=values)


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: ``(x @ weights) * scale + bias``.

    Parameters
    ----------
    weights
        int8, shape (n_in, n_out).
    scale, bias
        float32, shape (n_out,).
    unit
        After the rectifier, activations are whole numbers of 1 / `unit`; 0 for the last layer.
    """

    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]
    unit: float


@dataclass(frozen=True, slots=True)
class Network:
    """A stack of layers with rectifiers between them."""

    layers: tuple[Layer, ...]

    @classmethod
    def from_floats(
        cls,
        coefs: Sequence[NDArray[np.floating]],
        intercepts: Sequence[NDArray[np.floating]],
        sample: NDArray[np.float32],
    ) -> Network:
        """Round a trained perceptron to whole numbers.

        Parameters
        ----------
        coefs, intercepts
            As scikit-learn's ``MLPClassifier`` has them, trained on inputs in standard deviations.
        sample
            float32, shape (n, n_in): quantised inputs, to find the range of the activations.
        """
        layers: list[Layer] = []
        step = 1 / INPUT_UNIT
        values = sample
        for position, (coef, intercept) in enumerate(zip(coefs, intercepts, strict=True)):
            largest = np.maximum(np.abs(coef).max(0), 1e-9).astype(np.float64)
            weights = np.rint(coef / largest * _WEIGHT_LIMIT).astype(np.int8)
            scale = largest / _WEIGHT_LIMIT * step
            limit = INPUT_LIMIT if position == 0 else _ACTIVATION_LIMIT
            if np.abs(weights.astype(np.int64)).sum(0).max() * limit >= _EXACT:
                raise ValueError("network too wide: its sums would not be exact in single precision")
            last = position == len(coefs) - 1
            layer = Layer(weights, scale.astype(np.float32), intercept.astype(np.float32), 0.0)
            if not last:
                output = np.maximum(_scaled(values @ weights.astype(np.float32), layer), 0)
                top = max(float(np.quantile(output, 0.9999)), 1e-6)
                layer = Layer(weights, layer.scale, layer.bias, _ACTIVATION_LIMIT / top)
                values = _activate(output, layer.unit)
                step = 1 / layer.unit
            layers.append(layer)
        return cls(tuple(layers))

    def predict(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Outputs before the last nonlinearity; shape (n, n_out) for inputs of shape (n, n_in)."""
        return self._from_sums(inputs @ self.layers[0].weights.astype(np.float32))

    def _from_sums(self, sums: NDArray[np.float32]) -> NDArray[np.float32]:
        for layer, following in zip(self.layers, self.layers[1:], strict=False):
            values = _activate(_scaled(sums, layer), layer.unit)
            sums = values @ following.weights.astype(np.float32)
        return _scaled(sums, self.layers[-1])

    def to_arrays(self, name: str) -> dict[str, NDArray[np.generic]]:
        """The network as named arrays, for the model file."""
        arrays: dict[str, NDArray[np.generic]] = {}
        for index, layer in enumerate(self.layers):
            arrays[f"{name}.{index}.weights"] = layer.weights
            arrays[f"{name}.{index}.scale"] = layer.scale
            arrays[f"{name}.{index}.bias"] = layer.bias
            arrays[f"{name}.{index}.unit"] = np.array([layer.unit])
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]], name: str) -> Network:
        """The inverse of `to_arrays`; a missing array raises KeyError."""
        layers: list[Layer] = []
        while f"{name}.{len(layers)}.weights" in arrays or not layers:
            at = f"{name}.{len(layers)}"
            layers.append(
                Layer(
                    arrays[f"{at}.weights"].astype(np.int8),
                    arrays[f"{at}.scale"].astype(np.float32),
                    arrays[f"{at}.bias"].astype(np.float32),
                    float(arrays[f"{at}.unit"].astype(np.float64)[0]),
                )
            )
        return cls(tuple(layers))


class Committee:
    """Networks with the same inputs, their first layers multiplied in one go.

    Parameters
    ----------
    networks
        The networks; each has at least two layers or is linear.
    """

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(networks)
        self._first = np.hstack([network.layers[0].weights for network in networks]).astype(np.float32)
        widths = [network.layers[0].weights.shape[1] for network in networks]
        self._borders = np.cumsum([0, *widths]).tolist()

    def predict(self, inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """The outputs of each network, see `Network.predict`."""
        sums = inputs @ self._first
        return [
            network._from_sums(sums[:, first:last])
            for network, first, last in zip(self._networks, self._borders, self._borders[1:], strict=False)
        ]


def _scaled(sums: NDArray[np.float32], layer: Layer) -> NDArray[np.float32]:
    output = sums * layer.scale
    output += layer.bias
    return output


def _activate(output: NDArray[np.float32], unit: float) -> NDArray[np.float32]:
    output *= np.float32(unit)
    np.rint(output, out=output)
    return np.clip(output, 0, _ACTIVATION_LIMIT, out=output)
