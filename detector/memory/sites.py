"""The memory of sites: how many pages of a site hold a line, looked up in a file that is mapped into memory."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.errors import InputError, ModelError
from detector.features.memory import Repeats, page_key
from detector.memory.arrays import Array, Header, map_arrays, read_header
from detector.memory.part import ARRAYS, PART, TEXT_BYTES

MEMORY: Final = "memory"
"""The kind of file, see `detector.memory.arrays`."""

MEMORY_ARRAYS: Final = {
    "site_keys": "<u8",  # sorted
    "name_ends": "<u8",
    "names": "|u1",
    "page_ends": "<u8",
    "page_keys": "<u8",  # sorted within a site
    "line_ends": "<u8",
    "line_keys": "<u8",  # sorted within a site
    "counts": "<u4",
    "text_ends": "<u8",
    "text_sizes": "|u1",
    "texts": "|u1",
}
"""The arrays of the file; those named ``ends`` have an entry a site and say where what belongs to it ends."""

_ENDS: Final = {
    "name_ends": "names",
    "page_ends": "page_keys",
    "line_ends": "line_keys",
    "text_ends": "texts",
}


class SiteCount(NamedTuple):
    """A site, its pages, and the lines that it repeats."""

    site: str
    pages: int
    lines: int


class RepeatedLine(NamedTuple):
    """A line of a site: on how many of its pages it stands, of how many, and how it reads on one of them."""

    text: str
    on_pages: int
    of_pages: int


class SiteMemory:
    """Counts of lines by site, read-only; `load` opens a file.

    Works the same in every process: a worker that gets it opens the file for itself, and all share one copy.
    """

    def __init__(self, path: str, header: Header, arrays: dict[str, Array]) -> None:
        self.path = path
        self.digest = header.digest
        self.min_pages = int(header.info["min_pages"])
        self._arrays = arrays

    def __reduce__(self) -> tuple[Any, ...]:
        return SiteMemory.load, (self.path, False)

    @classmethod
    def load(cls, path: Path | str, verify: bool = True) -> SiteMemory:
        """Open a file that `detector sites learn` wrote.

        Parameters
        ----------
        path
            The file.
        verify
            Whether all checksums are looked at, which reads the file once; where its header is, is checked
            in any case.

        Raises
        ------
        ModelError
            The file is missing, truncated, altered, too new, a part, or something else.
        """
        header = read_header(path, {PART: ARRAYS, MEMORY: MEMORY_ARRAYS})
        if header.info["kind"] == PART:
            raise ModelError(f"{path}: is a part of a memory; finish it: detector sites merge {path} -o FILE")
        if type(header.info.get("min_pages")) is not int:
            raise ModelError(f"{path}: the site memory is incomplete or altered (min_pages)")
        arrays = map_arrays(path, header, verify=verify)
        _check(path, arrays)
        return cls(str(path), header, arrays)

    @property
    def sites(self) -> list[SiteCount]:
        """All sites, by name."""
        names = _split(self._arrays["names"], self._arrays["name_ends"])
        pages, lines = _sizes(self._arrays["page_ends"]), _sizes(self._arrays["line_ends"])
        return sorted(map(SiteCount, map(_decode, names), pages.tolist(), lines.tolist()))

    def repeated(self, site: str) -> list[RepeatedLine]:
        """What a site repeats, most pages first.

        Raises
        ------
        InputError
            The site is not known.
        """
        index = int(self._indices([site])[0])
        if index < 0:
            raise InputError(f"{self.path}: knows nothing of the site {site!r}; `detector sites show` lists the sites")
        lines, texts = self._span("line_ends", index), self._span("text_ends", index)
        ends = np.cumsum(self._arrays["text_sizes"][lines], dtype=np.int64)
        clips = _split(self._arrays["texts"][texts], ends)
        pages = self._span("page_ends", index)
        counts = self._arrays["counts"][lines].tolist()
        found = [
            RepeatedLine(_decode(clip), count, pages.stop - pages.start)
            for clip, count in zip(clips, counts, strict=True)
        ]
        return sorted(found, key=lambda line: (-line.on_pages, line.text))

    def look_up(
        self,
        sites: Sequence[str | None],
        page_keys: NDArray[np.uint64],
        keys: NDArray[np.uint64],
        page_rows: NDArray[np.int64],
    ) -> Repeats:
        """See `detector.features.memory.Memory`."""
        indices = self._indices(sites)
        row_pages = np.repeat(np.arange(len(sites)), np.diff(page_rows))
        rows_of = dict(_groups(indices[row_pages]))
        counts = np.zeros(len(keys), np.int64)
        n_pages = np.zeros(len(sites), np.int64)
        is_counted = np.zeros(len(sites), np.bool_)
        for index, of_site in _groups(indices):
            pages, lines = self._span("page_ends", index), self._span("line_ends", index)
            _, is_counted[of_site] = _find(self._arrays["page_keys"][pages], page_keys[of_site])
            n_pages[of_site] = pages.stop - pages.start
            rows = rows_of.get(index, of_site[:0])
            at, found = _find(self._arrays["line_keys"][lines], keys[rows])
            counts[rows[found]] = self._arrays["counts"][lines][at[found]]
        return Repeats(np.maximum(counts - is_counted[row_pages], 0), n_pages - is_counted)

    def _indices(self, sites: Sequence[str | None]) -> NDArray[np.int64]:
        """The number of each site, -1 where it is not known."""
        known = {site: page_key(site) for site in set(sites) if site}
        keys = np.array([known.get(site or "", 0) for site in sites], np.uint64)
        at, found = _find(self._arrays["site_keys"], keys)
        named = np.array([bool(site) for site in sites], np.bool_)
        return np.where(found & named, at, -1)

    def _span(self, ends: str, index: int) -> slice:
        array = self._arrays[ends]
        return slice(int(array[index - 1]) if index else 0, int(array[index]))


def _groups(indices: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Each index that is not negative, and where it stands."""
    order = np.argsort(indices, kind="stable")
    borders = np.flatnonzero(np.diff(indices[order], prepend=-1))
    for positions in np.split(order, borders)[1:]:
        yield int(indices[positions[0]]), positions


def _find(among: Array, keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where keys stand among sorted ones, and which do at all."""
    if not len(among):
        return np.zeros(len(keys), np.int64), np.zeros(len(keys), np.bool_)
    at = np.minimum(np.searchsorted(among, keys), len(among) - 1)
    return at, among[at] == keys


def _sizes(ends: Array) -> NDArray[np.int64]:
    borders = np.zeros(len(ends) + 1, np.int64)
    borders[1:] = ends
    return borders[1:] - borders[:-1]


def _split(data: Array, ends: Array) -> Iterator[bytes]:
    content, at = data.tobytes(), 0
    for end in ends.tolist():
        yield content[at:end]
        at = end


def _decode(data: bytes) -> str:
    """The text of a clip; a character that was cut through at its end is left out."""
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(data)
    return f"{text} …" if len(data) == TEXT_BYTES else text


def _check(path: Path | str, arrays: dict[str, Array]) -> None:
    """Refuse a file whose parts do not fit each other."""
    n_sites = len(arrays["site_keys"])
    for name, of in _ENDS.items():
        ends = arrays[name]
        if len(ends) != n_sites or (_sizes(ends) < 0).any() or (int(ends[-1]) if n_sites else 0) != len(arrays[of]):
            raise ModelError(f"{path}: the site memory is damaged ({name!r} does not fit {of!r})")
    if not len(arrays["line_keys"]) == len(arrays["counts"]) == len(arrays["text_sizes"]):
        raise ModelError(f"{path}: the site memory is damaged (its columns differ in length)")
    if (arrays["site_keys"][1:] <= arrays["site_keys"][:-1]).any():
        raise ModelError(f"{path}: the site memory is damaged (its sites are not sorted)")
