"""What other pages of a site repeat: counts that stage two may use, never a verdict."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from detector.features.pages import PageRows, prefix_sums

_NEIGHBOURS: Final = 2
_WIDE: Final = 6
_SHARE_UNIT: Final = 1 << 10
_MAX_CHARS: Final = 600

COLUMNS: Final = (
    "site_pages",
    "site_count",
    *(f"site_share[{step:+d}]" for step in range(-_NEIGHBOURS, _NEIGHBOURS + 1)),
    "site_repeated",
    "site_share_before",
    "site_share_after",
    "site_page_share",
    "site_page_long_share",
)
"""All of them 0 where the site is unknown."""


class Repeats(NamedTuple):
    """How often the lines of some pages stand on other pages of their sites.

    Parameters
    ----------
    counts
        int64, shape (n_lines,): other pages of the site that hold the line; 0 where none is known.
    n_pages
        int64, shape (n_pages,): other pages of the site that were counted; 0 where the site is unknown.
    """

    counts: NDArray[np.int64]
    n_pages: NDArray[np.int64]


class Memory(Protocol):
    """What knows how many pages of a site hold a line."""

    def look_up(
        self,
        sites: Sequence[str | None],
        page_keys: NDArray[np.uint64],
        keys: NDArray[np.uint64],
        page_rows: NDArray[np.int64],
    ) -> Repeats:
        """Look the lines of pages up.

        Parameters
        ----------
        sites
            The site of each page.
        page_keys
            uint64, shape (n_pages,): see `page_key`.  A page that was counted itself is left out of its counts.
        keys
            uint64, shape (n_lines,): see `detector.segment.keys`.
        page_rows
            int64, shape (n_pages + 1,): the first line of each page.
        """
        ...


def memory_columns(
    repeats: Repeats | None, n_chars: NDArray[np.int64], page_rows: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Describe each line by how many pages of its site hold it and its neighbours.

    Parameters
    ----------
    repeats
        The counts; None where no site is known.
    n_chars
        int64, shape (n_lines,).
    page_rows
        int64, shape (n_pages + 1,): the first line of each page.

    Returns
    -------
    float32 array of shape (n_lines, len(COLUMNS))
    """
    if repeats is None or not repeats.n_pages.any():
        return np.zeros((len(n_chars), len(COLUMNS)), np.float32)
    pages = PageRows.of(page_rows)
    known = repeats.n_pages[pages.page]
    share = np.rint(_SHARE_UNIT * np.minimum(repeats.counts / np.maximum(known, 1), 1)).astype(np.int64)
    as_float = (share / np.float32(_SHARE_UNIT)).astype(np.float32)
    capped = np.minimum(n_chars, _MAX_CHARS)
    sums = prefix_sums(share)
    first, last = np.maximum(pages.rows - _WIDE, pages.low), np.minimum(pages.rows + _WIDE + 1, pages.high)
    windows = [
        (sums[end] - sums[begin]) / (_SHARE_UNIT * np.maximum(end - begin, 1))
        for begin, end in ((first, pages.rows), (pages.rows + 1, last))
    ]
    by_line = np.diff(sums[page_rows]) / (_SHARE_UNIT * np.maximum(np.diff(page_rows), 1))
    by_char = np.diff(prefix_sums(share * capped)[page_rows]) / (
        _SHARE_UNIT * np.maximum(np.diff(prefix_sums(capped)[page_rows]), 1)
    )
    columns = [
        np.log1p(known),
        np.log1p(repeats.counts),
        *(pages.moved(as_float, step, 0.0) for step in range(-_NEIGHBOURS, _NEIGHBOURS + 1)),
        repeats.counts > 0,
        *windows,
        by_line[pages.page],
        by_char[pages.page],
    ]
    return np.where((known > 0)[:, None], np.stack(columns, 1), 0).astype(np.float32)


def page_key(text: str) -> int:
    """The key of a page: equal texts have equal keys."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "little")
