"""Linear models of hashed features, and their weights as whole numbers."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
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


def round_weights(coef: NDArray[np.float64], limit: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights as whole numbers up to `limit`, and the unit of each column."""
    scale = np.maximum(np.abs(coef).max(0), 1e-12) / limit
    return np.rint(coef / scale), scale
