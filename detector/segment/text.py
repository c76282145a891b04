"""What a line is.

A line ends at ``\\n``, ``\\r\\n`` or ``\\r`` and nowhere else (`str.splitlines` also splits at ten
other characters).  A line of only white space and invisible characters is blank: it keeps the
layout of the output and is never scored.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.segment.chars import BLANK, CharTables, to_codes

_LF, _CR = 10, 13
_LINE_END = re.compile(r"\r\n|\r|\n")


def split_lines(text: str) -> list[str]:
    """The lines of a text, without their endings, blank ones included."""
    return _LINE_END.split(text)


def is_blank(text: str) -> bool:
    """Whether a line shows nothing: only white space, control and format characters."""
    return all(c <= "\uffff" and (c.isspace() or unicodedata.category(c) in ("Cc", "Cf")) for c in text)


@dataclass(frozen=True, slots=True)
class Batch:
    """The lines of many pages as arrays: what every feature is computed on.

    Parameters
    ----------
    codes
        uint16, shape (n_chars,): the code points of all pages, see `to_codes`.  Pages follow each
        other, each ended by a line feed of the batch's own.
    classes
        uint8, shape (n_chars,): the class of each character.
    folded
        uint16, shape (n_chars,): lower case, digits as ``0``, see `CharTables`.
    starts, ends
        int64, shape (n_lines,): where each non-blank line begins and ends in ``codes``, white space
        at its borders left out.
    line_starts
        int64, shape (n_lines,): where the line that holds the segment begins, white space included.
    numbers
        int64, shape (n_lines,): the line's number in its page, from 1, blank lines counted.
    page_rows
        int64, shape (n_pages + 1,): the first line of each page in ``starts``.
    page_chars
        int64, shape (n_pages + 1,): where each page begins in ``codes``.
    glued
        uint8, shape (n_lines,): 1 when the segment continues the line before it, 2 when the next
        one continues it, 3 for both.
    """

    codes: NDArray[np.uint16]
    classes: NDArray[np.uint8]
    folded: NDArray[np.uint16]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    line_starts: NDArray[np.int64]
    numbers: NDArray[np.int64]
    page_rows: NDArray[np.int64]
    page_chars: NDArray[np.int64]
    glued: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def n_pages(self) -> int:
        """How many pages the batch holds."""
        return len(self.page_rows) - 1


def make_batch(texts: Sequence[str], tables: CharTables) -> Batch:
    """Find the non-blank lines of pages.

    Parameters
    ----------
    texts
        One text a page.
    tables
        Character tables, from the model.
    """
    page_chars = np.zeros(len(texts) + 1, np.int64)
    page_chars[1:] = np.cumsum([len(text) + 1 for text in texts], dtype=np.int64)
    codes = to_codes("\n".join([*texts, ""]))
    classes = tables.classes.take(codes)

    breaks = np.flatnonzero((codes == _LF) | (codes == _CR))
    begins = np.empty_like(breaks)
    if len(breaks):
        begins[0] = 0
        begins[1:] = breaks[:-1] + 1
    page_of = np.searchsorted(page_chars, begins, "right") - 1

    # A "\r\n" makes an empty line between its two characters; it must not be counted.
    between = np.zeros(len(breaks), np.int64)
    between[1:] = (codes[breaks[1:]] == _LF) & (codes[breaks[:-1]] == _CR) & (np.diff(breaks) == 1)
    between[1:] &= page_of[1:] == page_of[:-1]
    # The line feed that ends a page is the batch's own, so a page's final "\r" stays a line end.
    own = np.isin(breaks, page_chars[1:] - 1)
    between &= ~own
    ordinal = np.arange(1, len(breaks) + 1) - np.cumsum(between)
    first_of_page = np.searchsorted(begins, page_chars[:-1])
    numbers = ordinal - (ordinal[first_of_page] - 1)[page_of] if len(breaks) else ordinal

    starts, ends, filled = _trim(classes, begins, breaks)
    page_rows = np.searchsorted(page_of[filled], np.arange(len(texts) + 1))
    return Batch(
        codes,
        classes,
        tables.folded.take(codes),
        starts,
        ends,
        begins[filled],
        numbers[filled],
        page_rows.astype(np.int64),
        page_chars,
        np.zeros(len(starts), np.uint8),
    )


def _trim(
    classes: NDArray[np.uint8], begins: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """First and last visible character of each span; which spans have any."""
    visible = np.flatnonzero(classes != BLANK)
    first = np.searchsorted(visible, begins)
    last = np.searchsorted(visible, ends)
    filled = last > first
    return visible[first[filled]], visible[last[filled] - 1] + 1, filled


_BLOCK_CHARS = 1 << 18


def row_blocks(batch: Batch) -> Iterator[tuple[int, int]]:
    """Cut a batch into ranges of lines of about 2**18 characters, so that work arrays stay in the cache."""
    first = 0
    while first < len(batch):
        limit = batch.starts[first] + _BLOCK_CHARS
        last = max(int(np.searchsorted(batch.ends, limit, "right")), first + 1)
        yield first, last
        first = last


def cut_lines(batch: Batch, cuts: NDArray[np.int64]) -> Batch:
    """Cut lines into segments.

    Parameters
    ----------
    batch
        The batch.
    cuts
        int64, sorted: positions in ``codes`` at which a new segment begins.  A cut outside a line,
        or one that would leave an empty segment, changes nothing.
    """
    if not len(batch):
        return batch
    row = np.searchsorted(batch.starts, cuts, "right") - 1
    inside = (row >= 0) & (cuts > batch.starts.take(row, mode="clip")) & (cuts < batch.ends.take(row, mode="clip"))
    if not inside.any():
        return batch
    cuts, row = cuts[inside], row[inside]
    parent = np.concatenate((np.arange(len(batch)), row))
    begins = np.concatenate((batch.starts, cuts))
    order = np.argsort(begins, kind="stable")
    parent, begins = parent[order], begins[order]
    limits = np.append(begins[1:], batch.ends[-1])
    starts, ends, filled = _trim(batch.classes, begins, np.minimum(limits, batch.ends[parent]))
    parent = parent[filled]
    glued = np.zeros(len(parent), np.uint8)
    joined = np.flatnonzero(parent[1:] == parent[:-1])
    glued[joined] |= 2
    glued[joined + 1] |= 1
    return Batch(
        batch.codes,
        batch.classes,
        batch.folded,
        starts,
        ends,
        batch.line_starts[parent],
        batch.numbers[parent],
        np.searchsorted(parent, batch.page_rows).astype(np.int64),
        batch.page_chars,
        glued,
    )
