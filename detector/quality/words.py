"""The words of many texts as arrays: what every part of the score that reads the text is computed on.

A word is what stands between white space, as `str.split` has it; its core is the word from its first to
its last letter or digit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.segment.chars import DIGIT, EXCLAIM, FULL_STOP, MARK, TABLE_SIZE, UPPER, CharTables, to_codes
from detector.segment.tokens import PrefixHash

PLAIN: Final = 0
"""Nothing but white space between a word and the one before it."""
MARKED: Final = 1
"""A comma, a quotation mark, a symbol."""
SENTENCE: Final = 2
"""A full stop, an exclamation or question mark."""
LINE: Final = 3
"""A line end."""

_LF: Final = 10
_SPACES: Final = (*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F)
_MORE_SPACES: Final = (0x205F, 0x3000)
_CURLY: Final = 0x2019


def char_set(members: str | Sequence[int]) -> NDArray[np.bool_]:
    """A look-up table of characters; those above the Basic Multilingual Plane are left out."""
    table = np.zeros(TABLE_SIZE, np.bool_)
    codes = [ord(member) if isinstance(member, str) else member for member in members]
    table[[code for code in codes if code < TABLE_SIZE - 1]] = True
    return table


_IS_SPACE: Final = char_set((*_SPACES, *_MORE_SPACES))


class Words(NamedTuple):
    """The words of some texts.

    Parameters
    ----------
    codes
        uint16, shape (n_chars,): the texts one after the other, each ended by a line feed of its own.
    classes
        uint8, shape (n_chars,).
    text_chars
        int64, shape (n_texts + 1,): where each text begins in `codes`.
    starts, ends
        int64, shape (n_words,): the words.
    bounds
        int64, shape (n_texts + 1,): the first word of each text.
    """

    codes: NDArray[np.uint16]
    classes: NDArray[np.uint8]
    text_chars: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    bounds: NDArray[np.int64]

    @property
    def n_texts(self) -> int:
        """How many texts there are."""
        return len(self.text_chars) - 1

    @property
    def n_chars(self) -> NDArray[np.int64]:
        """int64, shape (n_texts,): the length of each text."""
        return np.diff(self.text_chars) - 1

    def sums(self, values: NDArray[np.int64] | NDArray[np.bool_]) -> NDArray[np.int64]:
        """Sums over the words of each text."""
        return sums_between(values, self.bounds)


class Cores(NamedTuple):
    """The words that have a letter or digit.

    Parameters
    ----------
    hashes
        uint32, shape (n_cores,): of the folded core.
    gaps
        int64, shape (n_cores,): what stands before it: `PLAIN`, `MARKED`, `SENTENCE` or `LINE`.
    capital
        bool, shape (n_cores,): it begins with a capital.
    endings
        int64, shape (n_cores,): its last two characters as one number.
    is_number
        bool, shape (n_cores,): it begins with a digit.
    bounds
        int64, shape (n_texts + 1,): the first core of each text.
    """

    hashes: NDArray[np.uint32]
    gaps: NDArray[np.int64]
    capital: NDArray[np.bool_]
    endings: NDArray[np.int64]
    is_number: NDArray[np.bool_]
    bounds: NDArray[np.int64]


def find_words(texts: Sequence[str], tables: CharTables) -> Words:
    """Find the words of texts."""
    parts: list[NDArray[np.uint16]] = []
    text_chars = np.zeros(len(texts) + 1, np.int64)
    stop = np.array([_LF], np.uint16)
    for index, text in enumerate(texts):
        parts += (to_codes(text), stop)
        text_chars[index + 1] = text_chars[index] + len(text) + 1
    codes = np.concatenate(parts) if parts else np.zeros(0, np.uint16)
    visible = np.zeros(len(codes) + 1, np.bool_)
    np.logical_not(_IS_SPACE.take(codes), out=visible[1:])
    edges = np.flatnonzero(visible[1:] != visible[:-1])
    starts, ends = edges[::2], edges[1::2]
    bounds = np.searchsorted(starts, text_chars)
    return Words(codes, tables.classes.take(codes), text_chars, starts, ends, bounds)


def find_cores(words: Words, tables: CharTables) -> Cores:
    """Find the cores of words."""
    rows, starts, ends = _core_spans(words)
    folded = _folded(words, tables)
    before_last = folded.take(np.maximum(ends - 2, starts)).astype(np.int64)
    head = words.classes.take(starts)
    return Cores(
        PrefixHash(folded).of(starts, ends),
        _gaps(words, rows, starts, ends),
        head == UPPER,
        before_last << 16 | folded.take(ends - 1),
        head == DIGIT,
        np.searchsorted(rows, words.bounds),
    )


def core_hashes(words: Words, tables: CharTables) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The hashes of the cores of words, and the first core of each text."""
    rows, starts, ends = _core_spans(words)
    return PrefixHash(_folded(words, tables)).of(starts, ends), np.searchsorted(rows, words.bounds)


def _folded(words: Words, tables: CharTables) -> NDArray[np.uint16]:
    folded = tables.folded.take(words.codes)
    folded[words.codes == _CURLY] = ord("'")
    return folded


def _core_spans(words: Words) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Which words have a core, and where it begins and ends."""
    is_core = (words.classes - np.uint8(DIGIT)) <= MARK - DIGIT
    starts, ends = words.starts.copy(), words.ends.copy()
    # Most words begin and end with a letter; only the others are searched.
    places = np.flatnonzero(is_core)
    if not len(places):
        none = np.zeros(0, np.int64)
        return none, none, none
    other = np.flatnonzero(~is_core.take(starts))
    found = np.searchsorted(places, starts.take(other))
    starts[other] = np.where(found < len(places), places.take(found, mode="clip"), len(is_core))
    other = np.flatnonzero(~is_core.take(ends - 1))
    ends[other] = places.take(np.maximum(np.searchsorted(places, ends.take(other)) - 1, 0)) + 1
    rows = np.flatnonzero((starts < words.ends) & (ends > words.starts))
    return rows, starts.take(rows), ends.take(rows)


def _gaps(
    words: Words, rows: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.int64]:
    classes, word_ends = words.classes, words.ends.take(rows)
    gaps = np.zeros(len(rows), np.int64)
    if not len(rows):
        return gaps
    marked = starts > words.starts.take(rows)
    marked[1:] |= (word_ends > ends)[:-1] | (np.diff(rows) > 1)
    gaps[marked] = MARKED
    # The mark stands right behind the core, or behind a quotation mark or bracket.
    ended = np.zeros(len(rows), np.bool_)
    for step in range(2):
        kind = classes.take(np.minimum(ends + step, len(classes) - 1))
        ended |= (ends + step < word_ends) & ((kind == FULL_STOP) | (kind == EXCLAIM))
    gaps[1:][ended[:-1]] = SENTENCE
    breaks = np.flatnonzero(words.codes == _LF)
    after = np.searchsorted(starts, breaks)
    gaps[after[after < len(rows)]] = LINE
    gaps[0] = LINE
    return gaps


def word_hash(word: str) -> int:
    """The hash that a word of folded characters has."""
    codes = np.array([ord(c) for c in word], np.uint16)
    return int(PrefixHash(codes).of(np.array([0]), np.array([len(codes)]))[0])


def sums_between(values: NDArray[np.int64] | NDArray[np.bool_], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sums of values between bounds; whole numbers, so that they do not depend on what else there is."""
    sums = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=sums[1:])
    return np.diff(sums.take(bounds))
