"""Training what tells the kinds of noise apart: a linear model of single lines, then perceptrons in their pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.features import heads, kinds
from detector.labels import KINDS
from detector.network import Network
from detector.stages import KindModel, kind_inputs
from detector.training.dataset import Dataset, kind_matrix
from detector.training.linear import fit_heads, round_weights
from detector.training.perceptron import Settings, Task

_ALPHA: Final = 3e-6
_EPOCHS: Final = 6
_N_NETWORKS: Final = 2
_WEAK_SHARE: Final = 0.25
_WEAK_WEIGHT: Final = 0.25
_RARE: Final = 20.0
_WEIGHT_LIMIT: Final = 127


class KnownKinds(NamedTuple):
    """The lines whose kind is learnt from.

    Parameters
    ----------
    rows
        bool, shape (n_lines,).
    inputs
        int8, shape (n_lines, len(KINDS)): scores of these lines by models that have not seen their fold.
    """

    rows: NDArray[np.bool_]
    inputs: NDArray[np.int8]


def fit_kind_model(
    data: Dataset, weights: NDArray[np.float64], fold: NDArray[np.int64], *, seed: int, n_jobs: int
) -> tuple[KindModel, KnownKinds]:
    """Train the linear model.

    Kinds read off a page's HTML are many and rough: a share of them, at less weight, does not drown those
    given by hand.

    Parameters
    ----------
    data
        The lines.
    weights, fold
        float64 and int64, shape (n_lines,).
    seed, n_jobs
        See `LineClassifier`.
    """
    weak = np.array([page.structure is not None for page in data.pages])[data.page]
    known = (data.kind >= 0) & (data.target == 0)
    known &= ~weak | (np.random.default_rng(seed).random(len(known)) < _WEAK_SHARE)
    rows = np.flatnonzero(known)
    inputs = np.zeros((len(known), len(KINDS)), np.int8)
    if not len(rows):
        nothing = np.zeros((1 << heads.HEAD_BITS, len(KINDS)), np.int8)
        return KindModel(nothing, np.ones(len(KINDS)), np.zeros(len(KINDS))), KnownKinds(known, inputs)
    kind, every = data.kind[rows], np.ones(len(rows), np.bool_)
    found = fit_heads(
        kind_matrix(data, rows),
        [((kind == index).astype(np.int8), every) for index in range(len(KINDS))],
        _balanced(kind, weights[rows] * np.where(weak[rows], _WEAK_WEIGHT, 1.0)),
        fold[rows],
        limit=kinds.SCORE_LIMIT,
        n_jobs=n_jobs,
        alpha=_ALPHA,
        epochs=_EPOCHS,
        seed=seed,
    )
    inputs[rows] = kind_inputs(found.scores)
    rounded, scale = round_weights(found.coef, _WEIGHT_LIMIT)
    return KindModel(rounded.astype(np.int8), np.asarray(scale, np.float64), found.bias), KnownKinds(known, inputs)


def kind_tasks(
    inputs: NDArray[np.int8], known: KnownKinds, data: Dataset, weights: NDArray[np.float64], settings: Settings
) -> Iterator[Task]:
    """What the perceptrons are trained on: stage two's inputs and the linear scores side by side.

    None where fewer than two kinds are known: see `no_kinds`.
    """
    rows = known.rows
    kind = data.kind[rows]
    if len(np.unique(kind)) < 2:
        return
    both = np.hstack((inputs[rows], known.inputs[rows]))
    balanced = _balanced(kind, weights[rows])
    for index in range(min(settings.n_networks, _N_NETWORKS)):
        yield Task(both, kind, balanced, settings._replace(seed=settings.seed + index), len(KINDS))


def no_kinds(data: Dataset, known: KnownKinds, n_inputs: int) -> Network:
    """A network for where there is nothing to learn: a kind without an example gets no chance."""
    layer = np.zeros((n_inputs + len(KINDS), len(KINDS)))
    bias = np.where(np.isin(np.arange(len(KINDS)), data.kind[known.rows]), 0.0, -1.0)
    return Network.from_floats([layer], [bias], np.zeros((1, len(layer)), np.float32))


def _balanced(kind: NDArray[np.int64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights by which rare kinds weigh more, up to a limit, so that the common ones do not swallow them."""
    share = np.bincount(kind, weights=weights, minlength=len(KINDS))
    balanced = weights * np.clip(share.max() / np.maximum(share[kind], 1e-9), 1, _RARE) ** 0.5
    return np.asarray(balanced / balanced.mean())
