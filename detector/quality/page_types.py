"""What type of page it is, by its words: linear in the square roots of their shares."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

ROOT_UNIT: Final = 16


def root_counts(ranks: NDArray[np.int64], bounds: NDArray[np.int64], n_words: int) -> NDArray[np.int64]:
    """Square roots of how often each text has each word of the vocabulary, in whole numbers.

    Parameters
    ----------
    ranks
        int64: the rank of each word, `n_words` and more for those outside the vocabulary.
    bounds
        int64, shape (n_texts + 1,): the first word of each text.

    Returns
    -------
    int64 array of shape (n_texts, n_words)
    """
    n_texts = len(bounds) - 1
    text = np.repeat(np.arange(n_texts), np.diff(bounds))
    known = ranks < n_words
    counts = np.bincount(text[known] * n_words + ranks[known], minlength=n_texts * n_words)
    roots: NDArray[np.int64] = np.rint(ROOT_UNIT * np.sqrt(counts.reshape(n_texts, n_words))).astype(np.int64)
    return roots


def type_columns(
    roots: NDArray[np.int64], bounds: NDArray[np.int64], weights: NDArray[np.int8], scale: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Log odds of each type of page.

    Parameters
    ----------
    roots
        From `root_counts`.
    bounds
        As there.
    weights, scale
        int8, shape (n_words, n_types), and float64, shape (n_types,).

    Returns
    -------
    float64 array of shape (n_texts, n_types)
    """
    # Whole numbers far below 2 ** 53 are exact in float64.
    sums = roots.astype(np.float64) @ weights.astype(np.float64)
    size = np.sqrt(np.maximum(np.diff(bounds), 1)) * ROOT_UNIT
    return np.asarray(sums * scale / size[:, None])
