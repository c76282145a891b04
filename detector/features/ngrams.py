"""Hashed character n-grams and words of lines, as indices into one table of weights.

Of a long line only the head and the tail are read: its middle is prose and says nothing that its
length does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.segment.text import Batch
from detector.segment.tokens import Tokens, pair_hashes

TABLE_BITS: Final = 18
TABLE_SIZE: Final = 1 << TABLE_BITS
ORDERS: Final = (3, 4, 5)
HEAD_CHARS: Final = 96
TAIL_CHARS: Final = 64
HEAD_WORDS: Final = 16
TAIL_WORDS: Final = 10

_SPREAD: Final = np.uint32(0x9E3779B1)
_SHIFT: Final = np.uint32(32 - TABLE_BITS)
_SALT: Final = np.uint32(0x7F4A7C15)


class IndexRun(NamedTuple):
    """One family of n-grams of some lines.

    Parameters
    ----------
    indices
        int64, shape (n,): entries of the weight table.
    first, last
        int64, shape (n_lines,): the entries of line i are ``indices[first[i]:last[i]]``.
    """

    indices: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


def run_sums(values: NDArray[np.int32] | NDArray[np.int64], run: IndexRun) -> NDArray[np.int32] | NDArray[np.int64]:
    """Sum of the values of each line's entries; exact, as the values are whole numbers.

    Parameters
    ----------
    values
        int32 or int64, shape (n,) or (n, m): a value for each of ``run.indices``.
    run
        The entries of each line.
    """
    # The sums from the first entry on may overflow; their differences are right all the same.
    sums = np.zeros((len(values) + 1, *values.shape[1:]), values.dtype)
    np.cumsum(values, axis=0, dtype=values.dtype, out=sums[1:])
    return sums.take(run.last, axis=0) - sums.take(run.first, axis=0)


def index_runs(batch: Batch, tokens: Tokens, first: int, last: int) -> Iterator[IndexRun]:
    """All families of n-grams of the lines ``first:last`` of a batch.

    Parameters
    ----------
    batch
        The batch.
    tokens
        The words of the lines ``first:last`` alone.
    first, last
        Range of lines, not empty.
    """
    yield from char_runs(batch.folded, batch.starts[first:last], batch.ends[first:last])
    yield from word_runs(tokens)


def _excerpt(
    starts: NDArray[np.int64], ends: NDArray[np.int64], head: int, tail: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Positions of the head and tail of each stretch, and where each one's positions begin and end."""
    sizes = ends - starts
    taken = np.minimum(sizes, head + tail)
    bounds = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(taken, out=bounds[1:])
    within = np.arange(bounds[-1]) - np.repeat(bounds[:-1], taken)
    skipped = np.repeat(sizes - taken, taken)
    positions = np.repeat(starts, taken) + within + np.where(within >= head, skipped, 0)
    return positions, bounds[:-1], bounds[1:]


def char_runs(
    folded: NDArray[np.uint16], starts: NDArray[np.int64], ends: NDArray[np.int64], orders: Sequence[int] = ORDERS
) -> Iterator[IndexRun]:
    """The character n-grams of stretches of a batch's folded characters, a run for each of `orders`."""
    # One blank before each line and one after the last: n-grams see where a line begins and ends.
    positions, lows, highs = _excerpt(starts, ends, HEAD_CHARS, TAIL_CHARS)
    count = len(starts)
    shift = np.arange(1, count + 1)
    padded = np.zeros(len(positions) + count + 1, np.uint32)
    target = np.arange(len(positions)) + np.repeat(shift, highs - lows)
    padded[target] = folded.take(positions)
    padded += np.uint32(1)
    lows, highs = lows + shift - 1, highs + shift + 1  # with the blanks
    value = padded.copy()
    for order in range(2, max(orders) + 1):
        value = value[:-1] * _SPREAD
        value += padded[order - 1 :]
        if order not in orders:
            continue
        mixed = value ^ (value >> np.uint32(15))
        mixed *= _SPREAD + np.uint32(2 * order)
        mixed >>= _SHIFT
        begin = np.minimum(lows, len(value))  # a last line shorter than the n-gram has none
        yield IndexRun(mixed.astype(np.int64), begin, np.maximum(highs - order + 1, begin))


def word_runs(tokens: Tokens, rows: NDArray[np.int64] | None = None) -> Iterator[IndexRun]:
    """The words of each line, or of the lines `rows` alone, and its pairs of neighbouring words."""
    begin, end = tokens.bounds[:-1], tokens.bounds[1:]
    if rows is not None:
        begin, end = begin.take(rows), end.take(rows)
    positions, first, last = _excerpt(begin, end, HEAD_WORDS, TAIL_WORDS)
    hashes = tokens.hashes.take(positions)
    yield IndexRun((hashes >> _SHIFT).astype(np.int64), first, last)
    pairs = (pair_hashes(hashes) ^ _SALT) >> _SHIFT
    yield IndexRun(pairs.astype(np.int64), first, np.maximum(last - 1, first))
