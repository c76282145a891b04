"""HTML to lines: what a browser would show, one block a line, with the tree they stand in.

Nothing is judged here.  The lines are those of the page's plain text; the tree is kept beside them as
evidence for `detector.features.structure` and for weak labels of kind.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

from detector.encoding import binary_kind
from detector.errors import InputError
from detector.segment.charset import decode
from detector.segment.embedded import Shown, is_markup, island_texts, linked_texts
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
_SHELL_WORDS: Final = 100
"""A page that shows fewer words may be a shell that a script fills; elsewhere its data are menus and other pages."""


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
    linked, islands = (
        [node.text() for node in parser.css(f'script[type^="application/{name}" i]')] for name in ("ld+json", "json")
    )
    parser.strip_tags([*_SKIPPED])
    writer.read(parser.root)
    if linked or islands:
        shown = Shown(writer.lines)
        data = list(linked_texts(linked))
        if shown.n_words < _SHELL_WORDS:
            data += [_rendered(text) if is_markup(text) else text for text in island_texts(islands)]
        for text in data:
            if shown.add(text):
                writer.add_embedded(text)
    return title


def _rendered(html: str) -> str:
    writer = LineWriter()
    _read(html, writer)
    return "\n".join(writer.lines)


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
