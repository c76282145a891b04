"""HTML to lines: what a browser would show, one block a line, with the tree they stand in.

Nothing is judged here.  The lines are those of the page's plain text; the tree is kept beside them as
evidence for `detector.features.structure` and for weak labels of kind.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Final

from detector.encoding import binary_kind
from detector.errors import InputError
from detector.segment.charset import decode
from detector.segment.structure import Structure
from detector.segment.tame import tame
from detector.segment.walk import SPACE, Event, LineWriter

_SKIPPED: Final = (
    *("audio", "canvas", "datalist", "embed", "iframe", "math", "noembed", "object", "script", "select"),
    *("style", "svg", "template", "textarea", "title", "video"),
)
_FOREIGN_PARENTS: Final = frozenset(("svg", "g", "a", "symbol", "path", "use"))
MAX_BYTES: Final = 64 << 20
"""A packed document that unpacks to more than this is refused."""
_POSTS: Final = ("DiscussionForumPosting", "Comment")
_MIN_EMBEDDED: Final = 200
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class HtmlText:
    """The text of an HTML document and its structure.

    Parameters
    ----------
    lines
        In document order, white space collapsed, none of them blank; none holds a line end.
    structure
        The tree they stand in.
    title
        What the document calls itself.
    """

    lines: tuple[str, ...]
    structure: Structure
    title: str = ""

    @property
    def text(self) -> str:
        """The lines as one text, each ended by a line feed."""
        return "".join(f"{line}\n" for line in self.lines)


def read_html(html: str | bytes) -> HtmlText:
    """Render a document to lines.

    Parameters
    ----------
    html
        The document; bytes are decoded by `decode`.

    Raises
    ------
    InputError
        The document is no HTML (a PDF, an image), or the HTML parser is not installed.
    """
    writer = LineWriter()
    title = _read(document(html), writer)
    return HtmlText(tuple(writer.lines), writer.structure(), title)


def document(html: str | bytes, sent_as: str = "") -> str:
    """The characters of a document, unpacked and decoded, see `decode`.

    Raises
    ------
    InputError
        The bytes are those of something else, such as a PDF or an image.
    """
    return html if isinstance(html, str) else decode(_unpacked(html), sent_as)


@dataclass(frozen=True, slots=True)
class Trace:
    """How a document became lines: what outputs are made of.

    Parameters
    ----------
    lines
        As those of `read_html`.
    events
        The steps of the walk that made them, in order.
    title
        What the document calls itself.
    """

    lines: tuple[str, ...]
    events: tuple[Event, ...]
    title: str


def trace_html(html: str) -> Trace:
    """Read a document as `read_html` does, and tell each step.

    Raises
    ------
    InputError
        The HTML parser is not installed.
    """
    events: list[Event] = []
    writer = LineWriter(events)
    title = _read(html, writer)
    return Trace(tuple(writer.lines), tuple(events), title)


def _read(html: str, writer: LineWriter) -> str:
    """Write the lines of a document; return its title."""
    try:
        from selectolax.lexbor import LexborHTMLParser
    except ImportError:
        raise InputError("reading HTML needs selectolax: pip install 'detector-lines[html]'") from None

    parser = LexborHTMLParser(tame(html))
    if parser.root is None:
        return ""
    # Where something stands before the head, the title is in the body; drawings have titles, too.
    named = (node for node in parser.css("title") if node.parent is None or node.parent.tag not in _FOREIGN_PARENTS)
    title = SPACE.sub(" ", node.text()).strip() if (node := next(named, None)) is not None else ""
    embedded = [node.text() for node in parser.css('script[type^="application/ld+json" i]')]
    parser.strip_tags([*_SKIPPED])
    writer.read(parser.root)
    shown: list[str] = []
    for body in _embedded_texts(embedded):
        words = _WORD.findall(body)
        shown = shown or [" ".join(_WORD.findall(" ".join(writer.lines)))]
        middle = " ".join(words[len(words) // 2 :][:6])
        if not any(middle in text for text in shown):
            writer.add_embedded(body)
            shown.append(" ".join(words))
    return title


def _unpacked(data: bytes) -> bytes:
    """The bytes of a document that may have been left packed; refuse what is no document."""
    if other := binary_kind(data):
        raise InputError(f"is {other}, not HTML")
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        unpacked = zlib.decompressobj(31).decompress(data, MAX_BYTES + 1)
    except zlib.error as error:
        raise InputError(f"packed with gzip, but damaged ({error})") from None
    if len(unpacked) > MAX_BYTES:
        raise InputError(f"unpacks to more than {MAX_BYTES >> 20} MB")
    return unpacked


def _embedded_texts(scripts: list[str]) -> Iterator[str]:
    """The stories and posts in a page's linked data (schema.org), in order."""
    for script in scripts:
        if '"articleBody"' not in script and not any(name in script for name in _POSTS):
            continue
        try:
            waiting = [json.loads(script, strict=False)]
        except (ValueError, RecursionError):
            continue
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                body = value.get("text" if value.get("@type") in _POSTS else "articleBody")
                if isinstance(body, str) and len(body) >= _MIN_EMBEDDED:
                    yield unescape(body)
                waiting.extend(list(value.values())[::-1])
            elif isinstance(value, list):
                waiting.extend(value[::-1])
