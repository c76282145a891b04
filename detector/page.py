"""The record that passes through: a page, as lines of text with the tree they stand in where it is HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal

from detector.encoding import binary_kind, decode
from detector.errors import InputError
from detector.segment.structure import Structure

Format = Literal["auto", "text", "html"]
FORMATS: Final = ("auto", "text", "html")

_SNIFFED: Final = 1024
_HTML: Final = re.compile(
    r"(?:\ufeff|\s|<\?xml[^>]*>|<!--(?:(?!-->).)*-->)*<(?:!doctype\s+html|html|head|body|script|meta|title|link)\b",
    re.I | re.S,
)


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
    structure
        For a page of HTML, the tree that its lines stand in.
    html
        For a page of HTML, the document, of which `CleanPage.markdown` and `CleanPage.html` are made.
    title
        What the page calls itself, with or without the name of its site.
    """

    text: str
    id: str = ""
    url: str | None = None
    site: str | None = None
    structure: Structure | None = None
    html: str | None = field(default=None, repr=False)
    title: str | None = None

    @classmethod
    def from_html(cls, html: str | bytes, *, id: str = "", url: str | None = None, site: str | None = None) -> Page:
        """Render a document of HTML to lines.

        Raises
        ------
        InputError
            The document is no HTML (a PDF, an image), or the HTML parser is not installed.
        """
        from detector.segment.html import document, read_html

        source = document(html)
        rendered = read_html(source)
        return cls(rendered.text, id, url, site, rendered.structure, source, rendered.title or None)

    @classmethod
    def read(
        cls,
        content: str | bytes,
        *,
        format: Format = "auto",
        id: str = "",
        url: str | None = None,
        site: str | None = None,
    ) -> Page:
        """Make a page of text or HTML, whichever it is.

        Parameters
        ----------
        content
            The page; bytes of text are UTF-8 or UTF-16, bytes of HTML what they declare.
        format
            ``"auto"`` takes for HTML what begins as HTML does.
        id, url, site
            See the class.

        Raises
        ------
        InputError
            The page is neither text nor HTML, see `from_html`.
        ValueError
            There is no such format.
        TypeError
            The content is neither characters nor bytes.
        """
        if not isinstance(content, (str, bytes)):
            raise TypeError(f"a page is str or bytes, not {type(content).__name__}")
        if format not in FORMATS:
            raise ValueError(f"format must be one of {', '.join(FORMATS)}, not {format!r}")
        if format == "html" or (format == "auto" and looks_like_html(content)):
            return cls.from_html(content, id=id, url=url, site=site)
        if isinstance(content, bytes):
            if other := binary_kind(content):
                raise InputError(f"is {other}, not text")
            content = decode(content)[0]
        return cls(content, id, url, site)


def looks_like_html(content: str | bytes) -> bool:
    """Whether a page begins as documents of HTML do."""
    head = content[:_SNIFFED]
    if isinstance(head, bytes):
        head = decode(head)[0]
    return _HTML.match(head) is not None
