"""What a part of a corpus holds: sorted sets, so that parts can be put together in any order.

A part has three tables, each sorted and without duplicates: sites, the pages of sites, and the lines of
pages.  Putting parts together is the union of these sets, which is associative, commutative and idempotent;
a page that stands in two parts is there once.
"""

from __future__ import annotations

from typing import Final, NamedTuple

PART: Final = "part"
"""The kind of file, see `detector.memory.arrays`."""

SUFFIX: Final = ".part"
"""What names of parts end with, by which those in a folder are found."""

TEXT_BYTES: Final = 80
"""Of a line's text this many bytes are kept, for people to read."""

NAME_BYTES: Final = 255
"""Of a site's name this many."""


class Table(NamedTuple):
    """A table of a part.

    Parameters
    ----------
    keys
        Its columns, by which it is sorted: the hash of a site, the key of a line, the key of a page.
    sizes, text
        Bytes of text of each row, and the texts one after the other; None for a table without.
    """

    keys: tuple[str, ...]
    sizes: str | None = None
    text: str | None = None

    @property
    def arrays(self) -> dict[str, str]:
        """The types of its arrays by name."""
        texts = {} if self.sizes is None or self.text is None else {self.sizes: "|u1", self.text: "|u1"}
        return {**dict.fromkeys(self.keys, "<u8"), **texts}


SITES: Final = Table(("site_keys",), "site_name_sizes", "site_names")
PAGES: Final = Table(("page_sites", "page_keys"))
LINES: Final = Table(("line_sites", "line_keys", "line_pages"), "text_sizes", "texts")
"""Only the first page of each line has its text."""

ARRAYS: Final = {**SITES.arrays, **PAGES.arrays, **LINES.arrays}
