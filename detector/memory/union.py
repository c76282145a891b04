"""A table of many parts read as one, in memory that does not grow with them.

All parts are read side by side, a piece of each at a time.  What is not above the last row of any piece can be
sorted and given out (the merge of external sorting, Knuth, The Art of Computer Programming 3, 5.4.1, with a
vectorised sort in the place of a heap).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.memory.arrays import ArrayReader, Header
from detector.memory.part import Table

Parts = Sequence[tuple[str, Header]]
"""Paths of parts, and what `detector.memory.arrays.read_header` gave of them."""

_ROWS: Final = 1 << 19
"""About so many rows are in memory at a time."""

_LEAST_ROWS: Final = 1 << 10
"""Of each part so many at least."""


class Block(NamedTuple):
    """Some rows of a table: sorted, none twice, all above those of the block before.

    Parameters
    ----------
    columns
        uint64, each of shape (n_rows,): the table's keys.
    starts, sizes, text
        Where each row's text begins in `text`, and how many bytes it has.
    """

    columns: tuple[NDArray[np.uint64], ...]
    starts: NDArray[np.int64]
    sizes: NDArray[np.uint8]
    text: NDArray[np.uint8]

    def texts(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """The texts of some rows, one after the other."""
        return gather(self.text, self.starts[rows], self.sizes[rows])


def merged(parts: Parts, table: Table) -> Iterator[Block]:
    """Read a table of several parts as one.

    Yields
    ------
    Block
    """
    with contextlib.ExitStack() as stack:
        piece = max(_ROWS // max(len(parts), 1), _LEAST_ROWS)
        cursors = [_Cursor(stack.enter_context(open(path, "rb")), header, table, piece) for path, header in parts]
        while True:
            for cursor in cursors:
                cursor.fill()
            cursors = [cursor for cursor in cursors if cursor.n_rows]
            if not cursors:
                return
            bounds = [cursor.last for cursor in cursors if not cursor.is_read]
            bound = min(bounds) if bounds else None
            yield _sorted([cursor.take(bound) for cursor in cursors])


def _sorted(pieces: Sequence[Block]) -> Block:
    pieces = [piece for piece in pieces if len(piece.starts)]
    shifts = np.cumsum([0, *(len(piece.text) for piece in pieces[:-1])])
    columns = [np.concatenate(column) for column in zip(*(piece.columns for piece in pieces), strict=True)]
    starts = np.concatenate([piece.starts + shift for piece, shift in zip(pieces, shifts, strict=True)])
    sizes = np.concatenate([piece.sizes for piece in pieces])
    text = np.concatenate([piece.text for piece in pieces])
    if len(pieces) > 1:
        order = np.lexsort(columns[::-1])
        columns = [column[order] for column in columns]
        new = np.zeros(len(order), np.bool_)
        new[0] = True
        for column in columns:
            new[1:] |= column[1:] != column[:-1]
        order = order[new]
        columns = [column[new] for column in columns]
        starts, sizes = starts[order], sizes[order]
    return Block(tuple(columns), starts, sizes, text)


class _Cursor:
    """Reads a table of a part from its beginning to its end."""

    def __init__(self, stream: BinaryIO, header: Header, table: Table, piece: int) -> None:
        self._piece = piece
        self._keys = [ArrayReader(stream, header.arrays[name]) for name in table.keys]
        self._sizes = None if table.sizes is None else ArrayReader(stream, header.arrays[table.sizes])
        self._text = None if table.text is None else ArrayReader(stream, header.arrays[table.text])
        self._held = Block(
            tuple(np.zeros(0, np.uint64) for _ in table.keys),
            np.zeros(0, np.int64),
            np.zeros(0, np.uint8),
            np.zeros(0, np.uint8),
        )

    @property
    def n_rows(self) -> int:
        """How many rows are in memory."""
        return len(self._held.starts)

    @property
    def is_read(self) -> bool:
        """Whether the rows in memory are the last ones."""
        return not self._keys[0].left

    @property
    def last(self) -> tuple[int, ...]:
        """The last row in memory."""
        return tuple(int(column[-1]) for column in self._held.columns)

    def fill(self) -> None:
        """Read on where few rows are left."""
        count = min(self._piece, self._keys[0].left)
        if self.n_rows > self._piece // 2 or not count:
            return
        columns = [reader.read(count) for reader in self._keys]
        sizes, text = np.zeros(count, np.uint8), np.zeros(0, np.uint8)
        if self._sizes is not None and self._text is not None:
            sizes = self._sizes.read(count)
            text = self._text.read(int(sizes.sum(dtype=np.int64)))
        held = self._held
        base = int(held.starts[0]) if len(held.starts) else len(held.text)
        ends = np.cumsum(sizes, dtype=np.int64)
        self._held = Block(
            tuple(np.concatenate(pair) for pair in zip(held.columns, columns, strict=True)),
            np.concatenate((held.starts - base, ends - sizes + len(held.text) - base)),
            np.concatenate((held.sizes, sizes)),
            np.concatenate((held.text[base:], text)),
        )

    def take(self, bound: tuple[int, ...] | None) -> Block:
        """Take the rows that are not above a bound, or all."""
        held = self._held
        count = len(held.starts) if bound is None else _not_above(held.columns, bound)
        self._held = Block(
            tuple(column[count:] for column in held.columns), held.starts[count:], held.sizes[count:], held.text
        )
        return Block(
            tuple(column[:count] for column in held.columns), held.starts[:count], held.sizes[:count], held.text
        )


def _not_above(columns: Sequence[NDArray[np.uint64]], bound: tuple[int, ...]) -> int:
    """How many of some sorted rows are not above a bound."""
    first, last = 0, len(columns[0])
    for column, value in zip(columns, bound, strict=True):
        rows = column[first:last]
        first, last = (
            first + int(np.searchsorted(rows, np.uint64(value), "left")),
            first + int(np.searchsorted(rows, np.uint64(value), "right")),
        )
    return last


def group_starts(block: Block, depth: int, before: tuple[int, ...] | None = None) -> NDArray[np.int64]:
    """Rows that differ from the one before in one of the first columns; `before` is the row before the first."""
    new = np.zeros(len(block.starts), np.bool_)
    new[0] = before is None or tuple(int(column[0]) for column in block.columns[:depth]) != before
    for column in block.columns[:depth]:
        new[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(new)


def counted(blocks: Iterator[Block], depth: int) -> Iterator[tuple[Block, NDArray[np.int64]]]:
    """Count rows that agree in the first columns: blocks of the first row of each group, and how many it has."""
    open_: tuple[Block, int] | None = None  # the group that the next block may go on with
    for block in blocks:
        before = None if open_ is None else tuple(int(column[0]) for column in open_[0].columns[:depth])
        starts = group_starts(block, depth, before)
        borders = np.append(starts, len(block.starts))
        if open_ is not None:
            open_ = (open_[0], open_[1] + int(borders[0]))
            if not len(starts):
                continue
            yield open_[0], np.array([open_[1]])
        counts = np.diff(borders)
        if len(starts) > 1:
            yield _rows(block, starts[:-1]), counts[:-1]
        open_ = (_rows(block, starts[-1:]), int(counts[-1]))
    if open_ is not None:
        yield open_[0], np.array([open_[1]])


def _rows(block: Block, rows: NDArray[np.int64]) -> Block:
    return Block(tuple(column[rows] for column in block.columns), block.starts[rows], block.sizes[rows], block.text)


def gather(text: NDArray[np.uint8], starts: NDArray[np.int64], sizes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pieces of a text, one after the other."""
    ends = np.cumsum(sizes, dtype=np.int64)
    total = int(ends[-1]) if len(ends) else 0
    return text[np.repeat(starts - ends + sizes, sizes) + np.arange(total)]
