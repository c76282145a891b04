"""The union of parts, in memory that does not grow with them: as one part, or counted and pruned as a memory.

All parts are read side by side, a piece of each at a time.  What is not above the last row of any piece can be
sorted and given out (the merge of external sorting, Knuth, The Art of Computer Programming 3, 5.4.1, with a
vectorised sort in the place of a heap).
"""

from __future__ import annotations

import contextlib
import itertools
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.errors import ModelError, OutputError
from detector.files import atomic_writer
from detector.memory.arrays import ArrayReader, Header, array_writers, read_header, write_file
from detector.memory.part import ARRAYS, LINES, PAGES, PART, SITES, Table
from detector.memory.sites import MEMORY, MEMORY_ARRAYS

MIN_PAGES: Final = 2
"""A line that stands on fewer pages of its site is not kept: no other page has it."""

_MOST_PARTS: Final = 100
"""So many are open at a time."""

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


class Merged(NamedTuple):
    """What came of it: sites, their pages, and the lines that are kept."""

    n_sites: int
    n_pages: int
    n_lines: int


def merge_parts(
    paths: Sequence[str], output: str, *, part: bool = False, min_pages: int = MIN_PAGES, folder: str | None = None
) -> Merged:
    """Put parts together.  The order of the parts and how pages are spread over them change no byte.

    Parameters
    ----------
    paths
        The parts.
    output
        Where to.
    part
        Whether to write a part again, to be put together with others later.
    min_pages
        For a memory: lines on fewer pages of their site are dropped, and sites with fewer pages.
    folder
        For unfinished files; by default a new one beside the output.

    Raises
    ------
    ModelError
        An input is no part.
    OutputError
        The output cannot be written.
    """
    headers = [read_part(path) for path in paths]
    parent = folder or os.path.dirname(os.path.abspath(output))
    try:
        with tempfile.TemporaryDirectory(dir=parent, prefix=".detector-") as inner:
            waiting = list(zip(paths, headers, strict=True))
            for number in itertools.count():
                if len(waiting) <= _MOST_PARTS:
                    break
                several, waiting = waiting[:_MOST_PARTS], waiting[_MOST_PARTS:]
                path = os.path.join(inner, f"{number}.part")
                with open(path, "wb") as stream:
                    _write_union(several, stream, inner)
                for old, _ in several:
                    if os.path.dirname(old) in (inner, folder):
                        os.unlink(old)  # parts of parts are ours
                waiting.append((path, read_part(path)))
            with atomic_writer(Path(output)) as stream:
                if part:
                    return _write_union(waiting, stream, inner)
                return _write_memory(waiting, stream, inner, min_pages)
    except OSError as error:
        raise OutputError(f"{output}: cannot be written: {error.strerror or error}") from None


def read_part(path: str) -> Header:
    """Read the header of a part.

    Raises
    ------
    ModelError
        It is something else, or damaged.
    """
    header = read_header(path, {PART: ARRAYS, MEMORY: MEMORY_ARRAYS})
    if header.info["kind"] != PART:
        raise ModelError(
            f"{path}: is a finished memory, in which lines of few pages are no longer counted; "
            "merge parts: `detector sites learn --part` makes them"
        )
    return header


_Parts = Sequence[tuple[str, Header]]


def _write_union(parts: _Parts, stream: BinaryIO, folder: str) -> Merged:
    with array_writers(folder, ARRAYS) as writers:
        counts = []
        for table in (SITES, PAGES, LINES):
            group: tuple[int, ...] | None = None
            for block in merged(parts, table):
                for name, column in zip(table.keys, block.columns, strict=True):
                    writers[name].append(column)
                if table.sizes is None or table.text is None:
                    continue
                # Only the first page of a line has its text; a site has one row.
                depth = min(2, len(table.keys))
                heads = _group_starts(block, depth, group)
                sizes = np.zeros(len(block.starts), np.uint8)
                sizes[heads] = block.sizes[heads]
                writers[table.sizes].append(sizes)
                writers[table.text].append(block.texts(heads))
                group = tuple(int(column[-1]) for column in block.columns[:depth])
            counts.append(writers[table.keys[0]].size)
        write_file(stream, {"kind": PART}, list(writers.values()))
        return Merged(*counts)


def _write_memory(parts: _Parts, stream: BinaryIO, folder: str, min_pages: int) -> Merged:
    with array_writers(folder, MEMORY_ARRAYS) as writers:
        groups = [(block.columns[0], counts) for block, counts in _counted(merged(parts, PAGES), 1)]
        site_keys = np.concatenate([keys[counts >= min_pages] for keys, counts in groups] or [np.zeros(0, np.uint64)])
        n_pages = np.concatenate([counts[counts >= min_pages] for _, counts in groups] or [np.zeros(0, np.int64)])
        writers["site_keys"].append(site_keys)
        writers["page_ends"].append(np.cumsum(n_pages))
        name_sizes = np.zeros(len(site_keys), np.int64)
        for block in merged(parts, SITES):
            rows, at = _known(block.columns[0], site_keys)
            name_sizes[at] = block.sizes[rows]
            writers["names"].append(block.texts(rows))
        writers["name_ends"].append(np.cumsum(name_sizes))
        for block in merged(parts, PAGES):
            rows, _ = _known(block.columns[0], site_keys)
            writers["page_keys"].append(block.columns[1][rows])
        n_lines, n_bytes = np.zeros(len(site_keys), np.int64), np.zeros(len(site_keys), np.int64)
        for block, counts in _counted(merged(parts, LINES), 2):
            rows = np.flatnonzero(counts >= min_pages)
            at = np.searchsorted(site_keys, block.columns[0][rows])
            sizes = block.sizes[rows]
            np.add.at(n_lines, at, 1)
            np.add.at(n_bytes, at, sizes.astype(np.int64))
            writers["line_keys"].append(block.columns[1][rows])
            writers["counts"].append(np.minimum(counts[rows], np.iinfo(np.uint32).max))
            writers["text_sizes"].append(sizes)
            writers["texts"].append(block.texts(rows))
        writers["line_ends"].append(np.cumsum(n_lines))
        writers["text_ends"].append(np.cumsum(n_bytes))
        sizes_of = (len(site_keys), writers["page_keys"].size, writers["line_keys"].size)
        write_file(stream, {"kind": MEMORY, "min_pages": min_pages}, list(writers.values()))
        return Merged(*sizes_of)


def _known(keys: NDArray[np.uint64], among: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which rows have a key that is among sorted ones, and where it is there."""
    at = np.searchsorted(among, keys)
    rows = np.flatnonzero(among[np.minimum(at, len(among) - 1)] == keys) if len(among) else np.zeros(0, np.int64)
    return rows, at[rows]


def _group_starts(block: Block, depth: int, before: tuple[int, ...] | None = None) -> NDArray[np.int64]:
    """Rows that differ from the one before in one of the first columns; `before` is the row before the first."""
    new = np.zeros(len(block.starts), np.bool_)
    new[0] = before is None or tuple(int(column[0]) for column in block.columns[:depth]) != before
    for column in block.columns[:depth]:
        new[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(new)


def _counted(blocks: Iterator[Block], depth: int) -> Iterator[tuple[Block, NDArray[np.int64]]]:
    """Count rows that agree in the first columns: blocks of the first row of each group, and how many it has."""
    open_: tuple[Block, int] | None = None  # the group that the next block may go on with
    for block in blocks:
        before = None if open_ is None else tuple(int(column[0]) for column in open_[0].columns[:depth])
        starts = _group_starts(block, depth, before)
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


def merged(parts: _Parts, table: Table) -> Iterator[Block]:
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
