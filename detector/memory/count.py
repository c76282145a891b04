"""From pages to parts: which page of which site holds which line."""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from detector.errors import OutputError
from detector.features.memory import page_key
from detector.memory.arrays import Array, WholeArray, write_file
from detector.memory.part import ARRAYS, LINES, NAME_BYTES, PAGES, PART, SITES, SUFFIX, TEXT_BYTES
from detector.page import Page
from detector.segment.chars import CharTables, build_tables
from detector.segment.keys import NO_KEY, line_keys
from detector.segment.text import make_batch
from detector.segment.tokens import find_tokens

MOST_BYTES: Final = 32 << 20
"""A part is written when the pages have this many bytes of text, or this many eighths of lines."""

_BATCH_CHARS: Final = 1 << 18


class Counter:
    """Counts the lines of pages and writes parts; holds the text of one part at a time.

    Parameters
    ----------
    next_path
        Names the next part.
    most_bytes
        See `MOST_BYTES`.

    Attributes
    ----------
    paths
        The parts that have been written.
    n_pages, n_siteless
        Pages counted, and pages left out because their site is not known.
    """

    def __init__(self, next_path: Callable[[], str], most_bytes: int = MOST_BYTES) -> None:
        self._next_path, self._most_bytes = next_path, most_bytes
        self.paths: list[str] = []
        self.n_pages = self.n_siteless = 0
        self._clear()

    def __enter__(self) -> Counter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.flush()

    def add(self, pages: Sequence[Page]) -> None:
        """Count pages.

        Raises
        ------
        OutputError
            A part cannot be written.
        """
        group: list[Page] = []
        size = 0
        for page in pages:
            if page.site:
                group.append(page)
                size += len(page.text)
                if size >= _BATCH_CHARS:
                    self._add(group)
                    group, size = [], 0
            else:
                self.n_siteless += 1
        if group:
            self._add(group)

    def flush(self) -> None:
        """Write what has been counted since the last part.

        Raises
        ------
        OutputError
            It cannot be written.
        """
        if self._page_keys:
            path = self._next_path()
            names = [site.encode("utf-8", "surrogatepass")[:NAME_BYTES] for site in self._sites]
            write_part(
                path,
                (np.array(list(self._sites.values()), np.uint64), names),
                (np.array(self._page_sites, np.uint64), np.array(self._page_keys, np.uint64)),
                (np.concatenate(self._line_pages), np.concatenate(self._line_keys)),
                (np.concatenate(self._starts), np.concatenate(self._sizes), np.concatenate(self._data)),
            )
            self.paths.append(path)
        self._clear()

    def _clear(self) -> None:
        self._sites: dict[str, int] = {}
        self._page_sites: list[int] = []
        self._page_keys: list[int] = []
        self._line_pages: list[NDArray[np.int64]] = []
        self._line_keys: list[NDArray[np.uint64]] = []
        self._starts: list[NDArray[np.int64]] = []
        self._sizes: list[NDArray[np.uint8]] = []
        self._data: list[NDArray[np.uint8]] = []
        self._n_bytes = self._n_lines = 0

    def _add(self, pages: Sequence[Page]) -> None:
        texts = [page.text for page in pages]
        batch = make_batch(texts, _tables())
        keys = line_keys(find_tokens(batch))
        worded = np.flatnonzero(keys != NO_KEY)
        page_of = np.repeat(np.arange(len(pages)), np.diff(batch.page_rows))
        data = np.frombuffer("\n".join([*texts, ""]).encode("utf-8", "surrogatepass"), np.uint8)
        starts, ends = batch.starts[worded], batch.ends[worded]
        if len(data) != len(batch.codes):
            first_bytes = np.append(np.flatnonzero((data & 0xC0) != 0x80), len(data))
            starts, ends = first_bytes.take(starts), first_bytes.take(ends)
        self._line_keys.append(keys[worded])
        self._line_pages.append(page_of[worded] + len(self._page_keys))
        self._starts.append(starts + self._n_bytes)
        self._sizes.append(np.minimum(ends - starts, TEXT_BYTES).astype(np.uint8))
        self._data.append(data)
        for page in pages:
            site = str(page.site)
            if site not in self._sites:
                self._sites[site] = page_key(site)
            self._page_sites.append(self._sites[site])
            self._page_keys.append(page_key(page.text))
        self.n_pages += len(pages)
        self._n_bytes += len(data)
        self._n_lines += len(worded)
        if max(self._n_bytes, 8 * self._n_lines) >= self._most_bytes:
            self.flush()


@functools.cache
def _tables() -> CharTables:
    return build_tables()


def counter_to(folder: str, prefix: str) -> Counter:
    """Make a counter whose parts go into a folder as ``<prefix>-0.part`` and so on.

    Raises
    ------
    OutputError
        The folder cannot be made.
    """
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made: {error.strerror or error}") from None
    paths = (os.path.join(folder, f"{prefix}-{number}{SUFFIX}") for number in itertools.count())
    return Counter(lambda: next(paths))


def write_part(
    path: str,
    sites: tuple[NDArray[np.uint64], Sequence[bytes]],
    pages: tuple[NDArray[np.uint64], NDArray[np.uint64]],
    lines: tuple[NDArray[np.int64], NDArray[np.uint64]],
    texts: tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.uint8]],
) -> None:
    """Sort what some pages hold and write it as a part.

    Parameters
    ----------
    path
        Where to.
    sites
        Hash and name of each site, no site twice.
    pages
        For each page the hash of its site, and its key.
    lines
        For each line the number of its page, from 0, and its key.
    texts
        Where the text of each line begins, how many bytes it has, and the bytes.
    """
    order = np.argsort(sites[0])
    names = [sites[1][index] for index in order.tolist()]
    by_page = np.lexsort(pages[::-1])
    page_sites, page_keys = pages[0][by_page], pages[1][by_page]
    new = np.append(True, (page_sites[1:] != page_sites[:-1]) | (page_keys[1:] != page_keys[:-1]))
    page_sites, page_keys = page_sites[new], page_keys[new]
    ranks = np.empty(len(by_page), np.int64)
    ranks[by_page] = np.cumsum(new) - 1
    pages_of, keys = ranks[lines[0]], lines[1]
    site_of_page = np.searchsorted(sites[0][order], page_sites)
    # Small types are sorted by radix; stable: of a line that a page holds twice the first one stays.
    rows = np.lexsort((_small(pages_of), keys, _small(site_of_page[pages_of])))
    pages_of, keys = pages_of[rows], keys[rows]
    line_sites = site_of_page[pages_of]
    is_first = _changes(line_sites, keys)
    kept = is_first | _changes(pages_of)
    rows, is_first, pages_of, keys = rows[kept], is_first[kept], pages_of[kept], keys[kept]
    starts, sizes, data = texts
    sizes = sizes[rows] * is_first
    columns: dict[str, Array] = {
        SITES.keys[0]: sites[0][order],
        str(SITES.sizes): np.array([len(name) for name in names], np.uint8),
        str(SITES.text): np.frombuffer(b"".join(names), np.uint8),
        PAGES.keys[0]: page_sites,
        PAGES.keys[1]: page_keys,
        LINES.keys[0]: page_sites[pages_of],
        LINES.keys[1]: keys,
        LINES.keys[2]: page_keys[pages_of],
        str(LINES.sizes): sizes,
        str(LINES.text): _clips(data, starts[rows[is_first]], sizes[is_first]),
    }
    write_columns(path, columns)


def write_columns(path: str, columns: dict[str, Array]) -> None:
    """Write a part that is in memory.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    unfinished = f"{path}.{os.getpid()}.tmp"
    try:
        with open(unfinished, "wb") as stream:
            write_file(stream, {"kind": PART}, [WholeArray(name, ARRAYS[name], columns[name]) for name in ARRAYS])
        os.replace(unfinished, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(unfinished)
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from None


def _changes(*columns: Array) -> NDArray[np.bool_]:
    """Tell which rows differ from the row before."""
    changed = np.zeros(len(columns[0]), np.bool_)
    changed[:1] = True
    for column in columns:
        changed[1:] |= column[1:] != column[:-1]
    return changed


def _small(values: NDArray[np.int64]) -> NDArray[np.uint16] | NDArray[np.int64]:
    return values.astype(np.uint16) if len(values) and values.max() < 1 << 16 else values


def _clips(data: NDArray[np.uint8], starts: NDArray[np.int64], sizes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The texts that begin at `starts`, one after the other."""
    windows = sliding_window_view(np.append(data, np.zeros(TEXT_BYTES, np.uint8)), TEXT_BYTES)
    pieces = [np.zeros(0, np.uint8)]
    for first in range(0, len(starts), 1 << 14):
        rows = slice(first, first + (1 << 14))
        pieces.append(windows[starts[rows]][np.arange(TEXT_BYTES) < sizes[rows, None]])
    return np.concatenate(pieces)
