"""Putting parts together: as one part, or counted and pruned as a memory."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.errors import InputError, ModelError, OutputError
from detector.files import atomic_writer, refuse_input
from detector.memory.arrays import Header, array_writers, read_header, write_file
from detector.memory.part import ARRAYS, LINES, PAGES, PART, SITES, SUFFIX
from detector.memory.sites import MEMORY, MEMORY_ARRAYS
from detector.memory.union import Parts, counted, group_starts, merged

MIN_PAGES: Final = 2
"""A line that stands on fewer pages of its site is not kept: no other page has it."""

_MOST_PARTS: Final = 100
"""So many are open at a time."""


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
        The parts, or folders of them.
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
    InputError
        A folder holds no part.
    ModelError
        An input is no part.
    OutputError
        The output is one of the parts, or cannot be written.
    """
    paths = [path for named in paths for path in _parts_of(named)]
    refuse_input(paths, output)
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


def _parts_of(path: str) -> list[str]:
    """A part, or the parts that a folder holds."""
    if not os.path.isdir(path):
        return [path]
    found = sorted(os.path.join(path, name) for name in os.listdir(path) if name.endswith(SUFFIX))
    if not found:
        raise InputError(f"{path}: the folder holds no {SUFFIX} file")
    return found


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


def _write_union(parts: Parts, stream: BinaryIO, folder: str) -> Merged:
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
                heads = group_starts(block, depth, group)
                sizes = np.zeros(len(block.starts), np.uint8)
                sizes[heads] = block.sizes[heads]
                writers[table.sizes].append(sizes)
                writers[table.text].append(block.texts(heads))
                group = tuple(int(column[-1]) for column in block.columns[:depth])
            counts.append(writers[table.keys[0]].size)
        write_file(stream, {"kind": PART}, list(writers.values()))
        return Merged(*counts)


def _write_memory(parts: Parts, stream: BinaryIO, folder: str, min_pages: int) -> Merged:
    with array_writers(folder, MEMORY_ARRAYS) as writers:
        groups = [(block.columns[0], counts) for block, counts in counted(merged(parts, PAGES), 1)]
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
        for block, counts in counted(merged(parts, LINES), 2):
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
