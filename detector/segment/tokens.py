"""Words of lines as hashes, found in a batch without making a Python object for any of them.

A word is a run of letters, digits and marks; in scripts written without spaces each pair of
neighbouring characters stands for a word.  Hashes are polynomial: the hash of any stretch of text
is the difference of two prefix sums, in arithmetic modulo 2**32, so it does not depend on where in
a batch the stretch lies.
"""

from __future__ import annotations

import functools
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.segment.chars import DIGIT, IDEOGRAPH, MARK, UNSPACED
from detector.segment.text import Batch, row_blocks

_BASE: Final = 0x9E3779B1
_INVERSE: Final = pow(_BASE, -1, 1 << 32)
_COMMON_SIZE: Final = (1 << 18) + (1 << 12)  # a block of lines, see `row_blocks`, mostly fits
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
    return _common_powers(base)[:size] if size <= _COMMON_SIZE else _all_powers(base, size)


@functools.cache
def _common_powers(base: int) -> NDArray[np.uint32]:
    return _all_powers(base, _COMMON_SIZE)


def _all_powers(base: int, size: int) -> NDArray[np.uint32]:
    powers = np.full(max(size, 1), base, np.uint32)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint32)


def find_tokens(batch: Batch) -> Tokens:
    """Find the words of all lines of a batch."""
    parts = [_block_tokens(batch, first, last) for first, last in row_blocks(batch)]
    if not parts:
        none = np.zeros(0, np.int64)
        return Tokens(none.astype(np.uint32), none, none, np.zeros(1, np.int64))
    hashes, starts, ends = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Tokens(hashes, starts, ends, _bounds(starts, batch))


def regroup(tokens: Tokens, batch: Batch) -> Tokens:
    """The same words by the lines of a batch whose lines have been cut."""
    return tokens._replace(bounds=_bounds(tokens.starts, batch))


def select(tokens: Tokens, first: int, last: int) -> Tokens:
    """The words of the lines ``first:last``."""
    bounds = tokens.bounds[first : last + 1]
    span = slice(int(bounds[0]), int(bounds[-1]))
    return Tokens(tokens.hashes[span], tokens.starts[span], tokens.ends[span], bounds - bounds[0])


def _bounds(token_starts: NDArray[np.int64], batch: Batch) -> NDArray[np.int64]:
    return np.append(np.searchsorted(token_starts, batch.starts), len(token_starts)).astype(np.int64)


def _block_tokens(
    batch: Batch, first: int, last: int
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
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
    hashes = PrefixHash(batch.folded[begin:end]).of(starts, ends)
    return hashes, starts + begin, ends + begin


def pair_hashes(hashes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Hash of each word with the one after it; the last entry pairs with nothing."""
    pairs = hashes * _MIX_PAIR
    pairs[:-1] += hashes[1:]
    pairs ^= pairs >> np.uint32(16)
    return pairs * _MIX
