"""What a clean page is written as: text, Markdown, or the page's own HTML reduced to what was kept."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from detector.encoding import Encoding, encode

if TYPE_CHECKING:
    from detector.cleaner import CleanPage

FORMATS: Final = ("text", "markdown", "html")
_SUFFIXES: Final = {"markdown": ".md", "html": ".html"}


@dataclass(frozen=True, slots=True)
class Renderer:
    """Writes clean pages.

    Parameters
    ----------
    format
        One of `FORMATS`.
    links
        Whether links stay in Markdown.
    """

    format: str = "text"
    links: bool = False

    def render(self, page: CleanPage, text: str, encoding: Encoding) -> bytes:
        """Write a page: text as its bytes were, anything else in UTF-8.

        Parameters
        ----------
        page, text
            The page and its clean text.
        encoding
            How the page's text was bytes.
        """
        if self.format == "text":
            return encode(text, encoding)
        written = page.html() if self.format == "html" else page.markdown(links=self.links)
        return written.encode("utf-8", "replace")

    def target(self, name: str) -> str:
        """The name of an output file, by that of the text: the suffix says what it holds."""
        suffix = _SUFFIXES.get(self.format)
        return name if suffix is None else f"{os.path.splitext(name)[0]}{suffix}"
