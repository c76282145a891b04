"""What the words of a line suggest: one linear score a kind of noise and a type of page.

The scores of a line say little, those of its neighbours and of its whole page say a lot: below
"Related stories" stand related stories, and a page whose words are those of a shop is a shop.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.features.ngrams import TABLE_BITS, word_runs
from detector.segment.tokens import Tokens
from detector.labels import KINDS

PAGE_TYPES: Final = ("article", "forum", "product", "collection", "listing", "documentation", "service")
HEADS: Final = (*KINDS, *PAGE_TYPES)
HEAD_BITS: Final = 16
SCORE_LIMIT: Final = 6.0
_PROBABILITY_UNIT: Final = 1024
_SCORE_UNIT: Final = 64
_WINDOWS: Final = (3, 12)

COLUMNS: Final = (
    *(f"suggests_{name}" for name in HEADS),
    *(f"{name}_{side}_{width}" for width in _WINDOWS for side in ("before", "after") for name in KINDS),
    *(f"page_suggests_{name}" for name in HEADS),
)


def head_indices(indices: NDArray[np.int64]) -> NDArray[np.int64]:
    """Entries of the head table from entries of the n-gram table."""
    return indices >> (TABLE_BITS - HEAD_BITS)


def head_sums(tokens: Tokens, weights: NDArray[np.int8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sum the weights of the words and word pairs of each line.

    Parameters
    ----------
    tokens
        The words of the lines.
    weights
        int8, shape (2 ** HEAD_BITS, len(HEADS)).

    Returns
    -------
    sums : int64 array of shape (n_lines, len(HEADS))
    counts : int64 array of shape (n_lines,)
        How many words and pairs were summed.
    """
    n_lines = len(tokens.bounds) - 1
    sums = np.zeros((n_lines, weights.shape[1]), np.int64)
    counts = np.zeros(n_lines, np.int64)
    for run in word_runs(tokens):
        sizes = run.last - run.first
        counts += sizes
        filled = np.flatnonzero(sizes)
        if len(filled):
            gathered = weights.take(head_indices(run.indices), axis=0).astype(np.int32)
            # An entry between two lines' runs (the pair across a line border) must fall to neither.
            borders = np.stack((run.first.take(filled), run.last.take(filled)), 1).ravel()
            inner = borders[:-1] if borders[-1] >= len(gathered) else borders
            sums[filled] += np.add.reduceat(gathered, inner, axis=0)[::2]
    return sums, counts


def head_columns(scores: NDArray[np.float32], page_rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Scores of each line, mean probabilities of kinds around it, mean scores of its page.

    Parameters
    ----------
    scores
        float32, shape (n_lines, len(HEADS)): log odds.
    page_rows
        int64, shape (n_pages + 1,).

    Returns
    -------
    float32 array of shape (n_lines, len(COLUMNS))
    """
    n_lines, n_heads = scores.shape
    n_kinds = len(KINDS)
    sizes = np.diff(page_rows)
    low, high = np.repeat(page_rows[:-1], sizes), np.repeat(page_rows[1:], sizes)
    rows = np.arange(n_lines)
    scores = np.clip(scores, -SCORE_LIMIT, SCORE_LIMIT)
    columns = np.empty((n_lines, len(COLUMNS)), np.float32)
    columns[:, :n_heads] = scores

    # Whole numbers, so that sums are exact whatever else is in the batch.
    probability = np.rint(_PROBABILITY_UNIT / (1 + np.exp(-scores[:, :n_kinds]))).astype(np.int32)
    sums = np.zeros((n_lines + 1, n_kinds), np.int64)
    np.cumsum(probability, axis=0, out=sums[1:])
    at = n_heads
    for width in _WINDOWS:
        first, last = np.maximum(rows - width, low), np.minimum(rows + width + 1, high)
        for begin, end in ((first, rows), (rows + 1, last)):
            columns[:, at : at + n_kinds] = (sums.take(end, 0) - sums.take(begin, 0)) * np.float32(
                1 / (width * _PROBABILITY_UNIT)
            )
            at += n_kinds

    page_sums = np.zeros((n_lines + 1, n_heads), np.int64)
    np.cumsum(np.rint(scores * _SCORE_UNIT), axis=0, out=page_sums[1:], dtype=np.int64)
    mean = np.diff(page_sums.take(page_rows, 0), axis=0) / (_SCORE_UNIT * np.maximum(sizes, 1))[:, None]
    columns[:, at:] = np.repeat(mean.astype(np.float32), sizes, axis=0)
    return columns
