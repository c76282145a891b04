"""Reading and scoring the pages of a review: their lines as arrays, the pages themselves on a shelf."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector.cleaner import CleanPage
from detector.errors import InputError, OutputError
from detector.features.memory import page_key
from detector.review.shelf import Shelf
from detector.segment.normal import COMPARED_CHARS, normal_form

MAX_LINES: Final = 4_000_000
"""Pages are taken in until they have so many lines, about 40 bytes of memory each."""

PAGE_CHARS: Final = 16_000_000
"""A page with more characters is left out."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of all pages under review, segments where noise is glued to text.

    Parameters
    ----------
    page_rows
        int64, shape (n_pages + 1,): the first line of each page.
    page
        int32, shape (n_lines,): the page of each line.
    starts, ends
        int32, shape (n_lines,): where it stands in the text of its page.
    numbers
        int32, shape (n_lines,): its line number, from 1, blank lines counted.
    p_noise
        float32, shape (n_lines,): calibrated probability of noise.
    is_noise
        bool, shape (n_lines,): the model's verdict.
    kinds
        int8, shape (n_lines,): index into `KINDS` of the likeliest kind, were it noise.
    groups
        int32, shape (n_lines,): lines of one site and one normal form share a number, counted from 0.
    """

    page_rows: NDArray[np.int64]
    page: NDArray[np.int32]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    numbers: NDArray[np.int32]
    p_noise: NDArray[np.float32]
    is_noise: NDArray[np.bool_]
    kinds: NDArray[np.int8]
    groups: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.page)

    @property
    def n_groups(self) -> int:
        """How many distinct lines there are."""
        return int(self.groups.max()) + 1 if len(self.groups) else 0

    def rows_of(self, page: int) -> slice:
        """The lines of a page."""
        return slice(int(self.page_rows[page]), int(self.page_rows[page + 1]))


@dataclass(frozen=True, slots=True)
class PageName:
    """What tells a page from the others.

    Parameters
    ----------
    id
        Its name.
    key
        Of its text, see `detector.features.memory.page_key`.
    site
        Its site, ``""`` where nobody says.
    """

    id: str
    key: int
    site: str


@dataclass(frozen=True, slots=True)
class Collection:
    """The pages of a review.

    Parameters
    ----------
    names
        Of each page.
    lines
        All their lines.
    shelf
        The pages themselves.
    is_whole
        False where the corpus has more pages than were taken in.
    """

    names: tuple[PageName, ...]
    lines: Lines
    shelf: Shelf
    is_whole: bool


def collect(
    batches: Iterable[list[CleanPage]],
    site: str | None = None,
    *,
    max_lines: int = MAX_LINES,
    watch: Callable[[int, int], None] = lambda pages, lines: None,
) -> Collection:
    """Take in scored pages.

    Parameters
    ----------
    batches
        Scored pages.
    site
        Pages of other sites are left out; those that name none are taken to be of it.
    max_lines
        No page is taken in after so many lines.
    watch
        Told how many pages and lines there are.

    Raises
    ------
    InputError
        There is no line to review.
    OutputError
        The temporary file cannot be written.
    """
    shelf = Shelf()
    try:
        names, columns, is_whole = _take_in(itertools.chain.from_iterable(batches), site, shelf, max_lines, watch)
    except BaseException:
        shelf.close()
        raise
    sizes = [len(column[0]) for column in columns]
    starts, ends, numbers, p_noise, is_noise, kinds, keys = (np.concatenate(c) for c in zip(*columns, strict=True))
    page = np.repeat(np.arange(len(names), dtype=np.int32), sizes)
    groups = np.unique(keys, return_inverse=True)[1].astype(np.int32)
    lines = Lines(np.cumsum([0, *sizes]), page, starts, ends, numbers, p_noise, is_noise, kinds, groups)
    return Collection(tuple(names), lines, shelf, is_whole)


def _take_in(
    results: Iterable[CleanPage], site: str | None, shelf: Shelf, max_lines: int, watch: Callable[[int, int], None]
) -> tuple[list[PageName], list[tuple[NDArray[Any], ...]], bool]:
    """Put pages on the shelf; give their names, their columns, and whether there were no more."""
    names: list[PageName] = []
    columns: list[tuple[NDArray[Any], ...]] = []
    n_lines = 0
    is_whole = True
    for result in results:
        if n_lines >= max_lines:
            is_whole = False
            break
        own = result.page.site or site or ""
        if site is not None and own != site:
            continue
        try:
            shelf.add(result.page)
        except OSError as error:
            raise OutputError(f"temporary file: cannot be written: {error.strerror or error}") from None
        names.append(PageName(result.page.id, page_key(result.page.text), own))
        columns.append(_columns(result, own))
        n_lines += len(result.scores.starts)
        watch(len(names), n_lines)
    if not n_lines:
        where = f" of the site {site!r}" if site is not None else ""
        raise InputError(f"nothing to review: there is no page{where} with a line of text")
    return names, columns, is_whole


def _columns(result: CleanPage, site: str) -> tuple[NDArray[Any], ...]:
    scores, text = result.scores, result.page.text
    keys = [
        _key(text[start:end], site) for start, end in zip(scores.starts.tolist(), scores.ends.tolist(), strict=True)
    ]
    return (
        scores.starts.astype(np.int32),
        scores.ends.astype(np.int32),
        scores.numbers.astype(np.int32),
        scores.p_noise.astype(np.float32),
        result.is_noise,
        scores.kinds.astype(np.int8),
        np.array(keys, np.uint64),
    )


def _key(text: str, site: str) -> int:
    """Hash what lines that one answer settles share; long ones must be equal to the last character."""
    form = normal_form(text) if len(text) <= COMPARED_CHARS else text
    digest = hashlib.blake2b(f"{site}\n{form}".encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "little")
