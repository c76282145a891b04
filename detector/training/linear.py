"""Linear models of hashed features, and their weights as whole numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.linear_model import SGDClassifier


def fit_linear(
    matrix: sp.csr_matrix,
    target: NDArray[np.int8],
    weights: NDArray[np.float64],
    *,
    alpha: float,
    epochs: int,
    seed: int,
) -> SGDClassifier:
    """Train a logistic model by averaged stochastic gradient descent."""
    line = SGDClassifier(loss="log_loss", alpha=alpha, max_iter=epochs, tol=None, average=True, random_state=seed)
    return line.fit(matrix, target, sample_weight=weights)


class Heads(NamedTuple):
    """Several linear models of the same lines.

    Parameters
    ----------
    coef
        float64, shape (n_features, n_heads).
    bias
        float64, shape (n_heads,).
    scores
        float64, shape (n_lines, n_heads): log odds of each line by models that have not seen its fold.
    """

    coef: NDArray[np.float64]
    bias: NDArray[np.float64]
    scores: NDArray[np.float64]


def fit_heads(
    matrix: sp.csr_matrix,
    tasks: Sequence[tuple[NDArray[np.int8], NDArray[np.bool_]]],
    weights: NDArray[np.float64],
    fold: NDArray[np.int64],
    *,
    limit: float,
    n_jobs: int,
    **settings: Any,
) -> Heads:
    """Train a logistic model for each task, on all lines and without each fold.

    Parameters
    ----------
    matrix
        The lines.
    tasks
        For each head its target and the lines to learn from.
    weights, fold
        float64 and int64, shape (n_lines,).
    limit
        The log odds of a task whose lines are all of one class.
    n_jobs
        Threads.
    **settings
        See `fit_linear`.
    """
    heads = Heads(
        np.zeros((matrix.shape[1], len(tasks))), np.zeros(len(tasks)), np.zeros((matrix.shape[0], len(tasks)))
    )

    def fit(task: int, held_out: int | None) -> tuple[int, int | None, NDArray[np.float64], float]:
        target, usable = tasks[task]
        train = usable if held_out is None else usable & (fold != held_out)
        if len(np.unique(target[train])) < 2:
            return task, held_out, np.zeros(matrix.shape[1]), limit if target[train].any() else -limit
        line = fit_linear(matrix[train], target[train], weights[train], **settings)
        return task, held_out, line.coef_[0], float(line.intercept_[0])

    splits = [*np.unique(fold).tolist(), None]  # None: the model of all lines
    jobs = (delayed(fit)(task, split) for task in range(len(tasks)) for split in splits)
    for task, held_out, coef, bias in Parallel(n_jobs, prefer="threads", return_as="generator")(jobs):
        if held_out is None:
            heads.coef[:, task], heads.bias[task] = coef, bias
        else:
            test = fold == held_out
            heads.scores[test, task] = matrix[test] @ coef + bias
    return heads


def thin_out(
    weights: NDArray[np.float64], rows: NDArray[np.bool_], least: float, seed: int
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Draw from the rows that weigh less than `least`, those that are drawn to weigh as much: fewer rows, equal sums.

    Parameters
    ----------
    weights
        float64, shape (n_lines,).
    rows
        bool, shape (n_lines,): the lines to draw from.
    least
        The least weight of a drawn row.
    seed
        The same seed draws the same rows.

    Returns
    -------
    rows, weights
        Both of shape (n_lines,).
    """
    chance = weights / least
    return rows & (np.random.default_rng(seed).random(len(weights)) < chance), np.maximum(weights, least)


def round_weights(coef: NDArray[np.float64], limit: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights as whole numbers up to `limit`, and the unit of each column."""
    scale = np.maximum(np.abs(coef).max(0), 1e-12) / limit
    return np.rint(coef / scale), scale
