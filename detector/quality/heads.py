"""Linear models in whole numbers, from the columns of a page to a part of its score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

UNIT: Final = 32
"""Standardised columns are rounded to 1 / 32 of a standard deviation."""
LIMIT: Final = 127
WEIGHT_LIMIT: Final = 32_767


@dataclass(frozen=True, slots=True)
class Head:
    """A linear model.

    Inputs and weights are whole numbers, so that sums are exact and a page's output does not depend on
    the other pages.

    Parameters
    ----------
    mean, scale
        float64, shape (n_columns,): what standardises the columns.
    weights
        int16, shape (n_columns,).
    unit, bias
        The output is ``sum * unit + bias``.
    """

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.int16]
    unit: float
    bias: float

    def inputs(self, columns: NDArray[np.float64]) -> NDArray[np.int64]:
        """The columns, standardised and rounded."""
        values = np.rint((columns - self.mean) * self.scale * UNIT)
        return np.clip(values, -LIMIT, LIMIT).astype(np.int64)

    def output(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Outputs of pages; float64, shape (n_pages,) for columns of shape (n_pages, n_columns)."""
        return np.asarray((self.inputs(columns) @ self.weights.astype(np.int64)) * self.unit + self.bias)

    def probability(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Outputs as log odds, turned into probabilities."""
        return np.asarray(1 / (1 + np.exp(-np.clip(self.output(columns), -30, 30))))

    def share(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Outputs between 0 and 1."""
        return np.clip(self.output(columns), 0, 1)


def standardise(columns: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and scale of columns, from training pages."""
    return columns.mean(0), 1 / np.maximum(columns.std(0), 1e-4)


def make_head(
    mean: NDArray[np.float64], scale: NDArray[np.float64], coef: NDArray[np.float64], intercept: float
) -> Head:
    """Round a linear model to whole numbers.

    Parameters
    ----------
    mean, scale
        From `standardise`.
    coef, intercept
        Learnt from `Head.inputs` divided by `UNIT`.
    """
    unit = max(float(np.abs(coef).max()), 1e-9) / WEIGHT_LIMIT
    return Head(mean, scale, np.rint(coef / unit).astype(np.int16), unit / UNIT, float(intercept))
