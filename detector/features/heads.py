"""What the words of a line suggest: one linear score a kind of noise and a type of page.

The scores of a line say little, those of its neighbours and of its whole page say a lot: below
"Related stories" stand related stories, and a page whose words are those of a shop is a shop.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.features.ngrams import TABLE_BITS, IndexRun, run_sums, word_runs
from detector.labels import KINDS
from detector.segment.tokens import Tokens

PAGE_TYPES: Final = ("article", "forum", "product", "collection", "listing", "documentation", "service")
HEADS: Final = (*KINDS, *PAGE_TYPES)
HEAD_BITS: Final = 16
SCORE_LIMIT: Final = 6.0
_PROBABILITY_UNIT: Final = 1024
_SCORE_UNIT: Final = 64
_WINDOWS: Final = (3, 12)
_LANES: Final = 4
_WEIGHT_SHIFT: Final = 128

COLUMNS: Final = (
    *(f"suggests_{name}" for name in HEADS),
    *(f"{name}_{side}_{width}" for width in _WINDOWS for side in ("before", "after") for name in KINDS),
    *(f"page_suggests_{name}" for name in HEADS),
)


def head_indices(indices: NDArray[np.int64]) -> NDArray[np.int64]:
    """Entries of the head table from entries of the n-gram table."""
    return indices >> (TABLE_BITS - HEAD_BITS)


def pack_weights(weights: NDArray[np.int8]) -> NDArray[np.int64]:
    """Four heads in each 64-bit word, so that one addition adds four weights.

    Weights are shifted to be positive; 16 bits a head hold the sum of 256 of them, and a line has
    fewer words and pairs than that.

    Parameters
    ----------
    weights
        int8, shape (2 ** HEAD_BITS, n_heads).

    Returns
    -------
    int64 array of shape (2 ** HEAD_BITS, ceil(n_heads / 4))
    """
    lanes = -(-weights.shape[1] // _LANES)
    wide = np.zeros((len(weights), lanes * _LANES), np.uint16)
    wide[:, : weights.shape[1]] = weights.astype(np.int16) + _WEIGHT_SHIFT
    return wide.astype("<u2").view("<i8").astype(np.int64)


def head_sums(tokens: Tokens, packed: NDArray[np.int64], n_heads: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sum the weights of the words and word pairs of each line.

    Parameters
    ----------
    tokens
        The words of the lines.
    packed
        See `pack_weights`.
    n_heads
        How many heads are packed.

    Returns
    -------
    sums : int64 array of shape (n_lines, n_heads)
    counts : int64 array of shape (n_lines,)
        How many words and pairs were summed.
    """
    return packed_sums(word_runs(tokens), packed, n_heads, len(tokens.bounds) - 1)


def packed_sums(
    runs: Iterable[IndexRun], packed: NDArray[np.int64], n_heads: int, n_lines: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sum packed weights over the entries of each line, of which there are at most 256; see `head_sums`."""
    total = np.zeros((n_lines, packed.shape[1]), np.int64)
    counts = np.zeros(n_lines, np.int64)
    for run in runs:
        counts += run.last - run.first
        total += run_sums(packed.take(head_indices(run.indices), axis=0), run)
    sums = total.astype("<i8").view("<u2")[:, :n_heads].astype(np.int64)
    sums -= _WEIGHT_SHIFT * counts[:, None]
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
