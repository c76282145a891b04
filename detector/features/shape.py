"""The shape of a line: how long it is, what it is made of, how it begins and ends."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.segment import chars
from detector.segment.text import Batch
from detector.segment.tokens import Tokens

_COUNTED: Final = (
    ("full_stops", (chars.FULL_STOP,)),
    ("exclamations", (chars.EXCLAIM,)),
    ("commas", (chars.COMMA,)),
    ("colons", (chars.COLON,)),
    ("quotes", (chars.QUOTE,)),
    ("apostrophes", (chars.APOSTROPHE,)),
    ("brackets", (chars.OPENING, chars.CLOSING)),
    ("dashes", (chars.DASH,)),
    ("separators", (chars.SEPARATOR,)),
    ("at_signs", (chars.AT_SIGN,)),
    ("hashes", (chars.HASH,)),
    ("copyright_signs", (chars.COPYRIGHT,)),
    ("quantities", (chars.QUANTITY,)),
    ("markup", (chars.MARKUP,)),
    ("pictographs", (chars.PICTOGRAPH,)),
)
_FIRST: Final = (
    ("first_lower", (chars.LOWER,)),
    ("first_upper", (chars.UPPER,)),
    ("first_digit", (chars.DIGIT,)),
    ("first_quote", (chars.QUOTE, chars.APOSTROPHE)),
    ("first_opening", (chars.OPENING,)),
    ("first_mark", (chars.DASH, chars.SEPARATOR, chars.PICTOGRAPH, chars.MARKUP, chars.HASH, chars.COPYRIGHT)),
)
_LAST: Final = (
    ("last_stop", (chars.FULL_STOP, chars.EXCLAIM)),
    ("last_colon", (chars.COLON,)),
    ("last_quote", (chars.QUOTE, chars.APOSTROPHE)),
    ("last_closing", (chars.CLOSING,)),
    ("last_digit", (chars.DIGIT,)),
    ("last_mark", (chars.DASH, chars.SEPARATOR, chars.PICTOGRAPH, chars.MARKUP)),
    ("last_comma", (chars.COMMA,)),
)


def _indicators(groups: tuple[tuple[str, tuple[int, ...]], ...]) -> NDArray[np.float32]:
    """One row a character class, one column a group: whether the class is in it."""
    table = np.zeros((chars.CLASS_COUNT, len(groups)), np.float32)
    for column, (_, members) in enumerate(groups):
        table[list(members), column] = 1
    return table


_COUNTED_TABLE: Final = _indicators(_COUNTED)
_FIRST_TABLE: Final = _indicators(_FIRST)
_LAST_TABLE: Final = _indicators(_LAST)
COLUMNS: Final = (
    "log_chars",
    "log_words",
    "chars_a_word",
    "longest_word",
    "letters",
    "uppers",
    "digits",
    "blanks",
    "ideographs",
    "capitalised_words",
    "short_words",
    "ends_sentence",
    "sentences",
    "commas_a_word",
    "caseless",
    "glued_before",
    "glued_after",
    *(name for name, _ in _COUNTED),
    *(name for name, _ in _FIRST),
    *(name for name, _ in _LAST),
)


class Shape(NamedTuple):
    """Shape columns of some lines, and the counts that other families need again.

    Parameters
    ----------
    columns
        float32, shape (n_lines, len(COLUMNS)).
    n_chars, n_words
        int64, shape (n_lines,).
    ends_sentence
        bool, shape (n_lines,): the line ends like a sentence, closing quotes and brackets aside.
    """

    columns: NDArray[np.float32]
    n_chars: NDArray[np.int64]
    n_words: NDArray[np.int64]
    ends_sentence: NDArray[np.bool_]


def class_counts(batch: Batch, first: int, last: int) -> NDArray[np.int64]:
    """How often each character class occurs in each line; shape (last - first, CLASS_COUNT)."""
    count = last - first
    begin, end = int(batch.starts[first]), int(batch.ends[last - 1])
    # Characters between two lines (line ends, white space) are blank and fall to the line before.
    borders = np.append(batch.starts[first:last], end)
    rows = np.repeat(np.arange(count, dtype=np.int64) * chars.CLASS_COUNT, np.diff(borders))
    rows += batch.classes[begin:end]
    counts = np.bincount(rows, minlength=count * chars.CLASS_COUNT).reshape(count, chars.CLASS_COUNT)
    counts[:, chars.BLANK] -= borders[1:] - batch.ends[first:last]
    return counts


def shape_columns(batch: Batch, tokens: Tokens, first: int, last: int) -> Shape:
    """Compute the shape of the lines ``first:last``, whose words are `tokens`."""
    starts, ends = batch.starts[first:last], batch.ends[first:last]
    counts = class_counts(batch, first, last)
    n_chars = ends - starts
    n_words = np.diff(tokens.bounds)
    size = n_chars.astype(np.float32)
    words = np.maximum(n_words, 1).astype(np.float32)
    cased = np.maximum(counts[:, chars.LOWER] + counts[:, chars.UPPER], 1)
    letters = counts[:, chars.LOWER : chars.MARK + 1].sum(1) + counts[:, chars.IDEOGRAPH] + counts[:, chars.UNSPACED]

    first_class = batch.classes.take(starts)
    last_class = batch.classes.take(ends - 1)
    # A sentence may close with quotes or brackets after its full stop: look past up to two of them.
    final = last_class.copy()
    position = ends - 1
    for _ in range(2):
        closing = (final == chars.QUOTE) | (final == chars.CLOSING) | (final == chars.APOSTROPHE)
        position = np.where(closing & (position > starts), position - 1, position)
        final = batch.classes.take(position)
    ends_sentence = (final == chars.FULL_STOP) | (final == chars.EXCLAIM)

    word_sizes = tokens.ends - tokens.starts
    word_upper = batch.classes.take(tokens.starts) == chars.UPPER
    columns = np.empty((last - first, len(COLUMNS)), np.float32)
    put = iter(range(len(COLUMNS)))

    def add(values: NDArray[np.generic]) -> None:
        columns[:, next(put)] = values

    add(np.log1p(size))
    add(np.log1p(n_words.astype(np.float32)))
    add(np.minimum(size / words, 20))
    add(np.log1p(_maximum(word_sizes, tokens.bounds).astype(np.float32)))
    add(letters / size)
    add(counts[:, chars.UPPER] / cased.astype(np.float32))
    add(counts[:, chars.DIGIT] / size)
    add(counts[:, chars.BLANK] / size)
    add((counts[:, chars.IDEOGRAPH] + counts[:, chars.UNSPACED]) / size)
    add(_total(word_upper, tokens.bounds) / words)
    add(_total(word_sizes <= 3, tokens.bounds) / words)
    add(ends_sentence)
    add(np.log1p((counts[:, chars.FULL_STOP] + counts[:, chars.EXCLAIM]).astype(np.float32)))
    add(counts[:, chars.COMMA] / words)
    add(counts[:, chars.CASELESS] / size)
    add(batch.glued[first:last] & 1)
    add(batch.glued[first:last] >> 1)
    at = next(put)
    columns[:, at : at + len(_COUNTED)] = np.minimum(counts.astype(np.float32) @ _COUNTED_TABLE, 4)
    at += len(_COUNTED)
    columns[:, at : at + len(_FIRST)] = _FIRST_TABLE.take(first_class, axis=0)
    columns[:, at + len(_FIRST) :] = _LAST_TABLE.take(last_class, axis=0)
    return Shape(columns, n_chars, n_words, ends_sentence)


def _total(values: NDArray[np.bool_], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    sums = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=sums[1:])
    return np.diff(sums.take(bounds))


def _maximum(values: NDArray[np.int64], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    largest = np.zeros(len(bounds) - 1, np.int64)
    filled = np.flatnonzero(np.diff(bounds))
    if len(filled):
        largest[filled] = np.maximum.reduceat(values, bounds[:-1].take(filled))
    return largest
