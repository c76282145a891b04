"""What other pages of a site repeat: counts that stage two may use, never a verdict."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


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


def page_key(text: str) -> int:
    """The key of a page: equal texts have equal keys."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "little")
