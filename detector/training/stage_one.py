"""Training stage one: linear models of lines by their text, and by the tags and names around them."""

from __future__ import annotations

from typing import Final

import numpy as np
import scipy.sparse as sp
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.linear_model import SGDClassifier

from detector.features import LineScores, heads, to_score_units
from detector.features.tree import Tree
from detector.stages import StageOne, StructureModel
from detector.training.dataset import Dataset, head_matrix, head_targets, ngram_matrix, structure_matrix
from detector.training.linear import fit_heads, fit_linear, round_weights, thin_out

_LINE_EPOCHS: Final = 4
_HEAD_EPOCHS: Final = 3
_HEAD_MIN_WEIGHT: Final = 1.5  # two dozen models a fold are most of the time of training
_WEIGHT_LIMIT: Final = (1 << 15) - 1
_HEAD_LIMIT: Final = 127


def fit_stage_one(
    data: Dataset, weights: NDArray[np.float64], fold: NDArray[np.int64], *, alpha: float, seed: int, n_jobs: int
) -> tuple[StageOne, LineScores]:
    """Train the models of n-grams and heads.

    Parameters
    ----------
    data
        The lines.
    weights, fold
        float64 and int64, shape (n_lines,).
    alpha
        Regularisation.
    seed, n_jobs
        See `LineClassifier`.

    Returns
    -------
    model, scores
        The model of all lines, and the scores of each line by models that have not seen its fold.
    """
    splits = [*np.unique(fold).tolist(), None]  # None: the model of all lines
    matrix = ngram_matrix(data)
    target = data.target

    def fit_line(held_out: int | None) -> tuple[int | None, SGDClassifier]:
        train = data.usable if held_out is None else data.usable & (fold != held_out)
        line = fit_linear(matrix[train], target[train], weights[train], alpha=alpha, epochs=_LINE_EPOCHS, seed=seed)
        return held_out, line

    lines = dict(Parallel(n_jobs, prefer="threads")(delayed(fit_line)(split) for split in splits))
    final = lines.pop(None)
    scores = np.zeros(len(target))
    for held_out, line in lines.items():
        scores[fold == held_out] = line.decision_function(matrix[fold == held_out])

    drawn, heavier = thin_out(weights, data.usable, _HEAD_MIN_WEIGHT, seed)
    found = fit_heads(
        head_matrix(data),
        head_targets(data, drawn),
        heavier,
        fold,
        limit=heads.SCORE_LIMIT,
        n_jobs=n_jobs,
        alpha=alpha,
        epochs=_HEAD_EPOCHS,
        seed=seed,
    )
    line_weights, line_scale = round_weights(final.coef_[0], _WEIGHT_LIMIT)
    head_weights, head_scale = round_weights(found.coef, _HEAD_LIMIT)
    model = StageOne(
        line_weights.astype(np.int16),
        float(line_scale),
        float(final.intercept_[0]),
        head_weights.astype(np.int8),
        np.asarray(head_scale, np.float64),
        found.bias,
    )
    return model, LineScores(to_score_units(scores), found.scores.astype(np.float32))


def fit_structure(
    tree: Tree, data: Dataset, weights: NDArray[np.float64], fold: NDArray[np.int64], *, alpha: float, seed: int
) -> tuple[StructureModel, NDArray[np.int64]]:
    """Train the model of tags and names; the returned scores of lines are out of fold."""
    matrix: sp.csr_matrix = structure_matrix(tree)

    def fit(train: NDArray[np.bool_]) -> SGDClassifier:
        return fit_linear(
            matrix[train], data.target[train], weights[train], alpha=alpha, epochs=_LINE_EPOCHS, seed=seed
        )

    scores = np.zeros(len(data.target))
    for held_out in np.unique(fold).tolist():
        test = fold == held_out
        scores[test] = fit(data.usable & ~test).decision_function(matrix[test])
    final = fit(data.usable)
    rounded, scale = round_weights(final.coef_[0], _WEIGHT_LIMIT)
    model = StructureModel(rounded.astype(np.int16), float(scale), float(final.intercept_[0]))
    return model, to_score_units(scores)
