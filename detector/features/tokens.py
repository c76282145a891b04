"""Words of lines as hashes, found in a batch without making a Python object for any of them.

A word is a run of letters, digits and marks; in scripts written without spaces each pair of
neighbouring characters stands for a word.  Hashes are polynomial: the hash of any stretch of text
is the difference of two prefix sums, in arithmetic modulo 2**32, so it does not depend on where in
a batch the stretch lies.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.segment.chars import DIGIT, IDEOGRAPH, MARK, UNSPACED
from detector.segment.text import Batch

_BASE: Final = 0x9E3779B1
_INVERSE: Final = pow(_BASE, -1, 1 << 32)
_MIX: Final = np.uint32(0x85EBCA6B)
_MIX_PAIR: Final = np.uint32(0xC2B2AE35)


class Tokens(NamedTuple):
    """The words of some lines.

    Parameters
    ----------
    hashes
        uint32, shape (n_words,): hash of the folded word.
    starts, ends
        int64, shape (n_words,): where the word stands in the batch.
    bounds
        int64, shape (n_lines + 1,): the words of line i are ``bounds[i]:bounds[i + 1]``.
    """

    hashes: NDArray[np.uint32]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    bounds: NDArray[np.int64]


class PrefixHash:
    """Hashes of arbitrary stretches of one sequence: of characters, or of the hashes of words."""

    def __init__(self, values: NDArray[np.uint16] | NDArray[np.uint32]) -> None:
        size = len(values)
        self._sums = np.zeros(size + 1, np.uint32)
        if size:
            terms = (values.astype(np.uint32) + np.uint32(1)) * _powers(_BASE, size)
            np.cumsum(terms, dtype=np.uint32, out=self._sums[1:])
        self._undo = _powers(_INVERSE, size + 1)

    def of(self, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.uint32]:
        """Hash of each stretch ``starts[i]:ends[i]``."""
        value = (self._sums.take(ends) - self._sums.take(starts)) * self._undo.take(starts)
        value ^= value >> np.uint32(15)
        value *= _MIX
        return value ^ (value >> np.uint32(13))


def _powers(base: int, size: int) -> NDArray[np.uint32]:
    powers = np.full(max(size, 1), base, np.uint32)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint32)


def find_tokens(batch: Batch, folded: NDArray[np.uint16], first: int, last: int) -> Tokens:
    """Find the words of the lines ``first:last`` of a batch.

    Parameters
    ----------
    batch
        The batch.
    folded
        uint16: folded characters from the start of line `first` to the end of line ``last - 1``.
    first, last
        Range of lines, not empty.
    """
    begin, end = int(batch.starts[first]), int(batch.ends[last - 1])
    classes = batch.classes[begin:end]
    spelled = np.zeros(len(classes) + 2, np.bool_)
    spelled[1:-1] = (classes - np.uint8(DIGIT)) <= MARK - DIGIT
    edges = np.flatnonzero(spelled[1:] != spelled[:-1])
    starts, ends = edges[::2], edges[1::2]
    lone = (classes == IDEOGRAPH) | (classes == UNSPACED)
    if lone.any():
        singles = np.flatnonzero(lone)
        paired = np.append(lone[1:], False).take(singles)
        starts = np.concatenate((starts, singles))
        ends = np.concatenate((ends, singles + 1 + paired))
        order = np.argsort(starts, kind="stable")
        starts, ends = starts[order], ends[order]
    hashes = PrefixHash(folded).of(starts, ends)
    bounds = np.empty(last - first + 1, np.int64)
    bounds[:-1] = np.searchsorted(starts, batch.starts[first:last] - begin)
    bounds[-1] = len(starts)
    return Tokens(hashes, starts + begin, ends + begin, bounds)


def pair_hashes(hashes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Hash of each word with the one after it; the last entry pairs with nothing."""
    pairs = hashes * _MIX_PAIR
    pairs[:-1] += hashes[1:]
    pairs ^= pairs >> np.uint32(16)
    return pairs * _MIX
