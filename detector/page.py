"""The records that pass through: a page in, lines with verdicts and a clean page out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """A page to clean.

    Parameters
    ----------
    text
        The page as text, one block a line.
    id
        A name for the page in reports, such as its file name.
    url
        Where the page came from, if known.
    site
        The site it belongs to: a registrable domain, or what the user names.
    """

    text: str
    id: str = ""
    url: str | None = None
    site: str | None = None
