"""HTML to lines: what a browser would show, one block a line, with the tree they stand in.

Nothing is judged here.  The lines are those of the page's plain text; the tree is kept beside them as
evidence for `detector.features.structure` and for weak labels of kind.
"""

from __future__ import annotations

import codecs
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Final

from detector.encoding import decode as decode_text
from detector.errors import InputError
from detector.segment.structure import Structure

_SKIPPED: Final = (
    *("audio", "canvas", "datalist", "embed", "iframe", "math", "noembed", "object", "script", "select"),
    *("style", "svg", "template", "textarea", "title", "video"),
)
_BLOCKS: Final = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "button", "caption", "center", "dd", "details"),
        *("dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2"),
        *("h3", "h4", "h5", "h6", "header", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "optgroup"),
        *("option", "p", "pre", "search", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul"),
        *("plaintext", "xmp", "listing"),
    )
)
_VERBATIM: Final = frozenset(("pre", "plaintext", "xmp", "listing"))
_SPACE: Final = re.compile(r"[ \t\n\r\f]+")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_META_CHARSET: Final = re.compile(rb"""<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w:.-]{1,40})""", re.I)
_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)(?![a-zA-Z0-9])[^<>]*>")
_UNNESTED: Final = frozenset(
    (
        *("area", "base", "br", "col", "dd", "dt", "embed", "frame", "hr", "img", "input", "li", "link", "meta"),
        *("option", "p", "param", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr"),
    )
)
_FOREIGN: Final = frozenset(("math", "svg"))
_MAX_DEPTH: Final = 4096
_NOT_OF_PAGES: Final = frozenset(("idna", "punycode", "raw-unicode-escape", "unicode-escape", "utf-7"))
_OTHER: Final = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"PK\x03\x04", "a zip archive"),
)
MAX_BYTES: Final = 64 << 20
"""A packed document that unpacks to more than this is refused."""
_NAMING: Final = ("class", "id", "role", "itemprop")
_MAX_WORDS: Final = 200
_UNSEEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")
HIDDEN: Final = "hidden-element"
"""Among the words of an element that is hidden: often until a script shows it, so its lines are read."""
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
    """

    lines: tuple[str, ...]
    structure: Structure

    @property
    def text(self) -> str:
        """The lines as one text, each ended by a line feed."""
        return "".join(f"{line}\n" for line in self.lines)


def decode(data: bytes) -> str:
    """Decode an HTML document: byte order mark or plain UTF-16, then strict UTF-8, then what it declares."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    if b"\0" in data[:4096]:
        text, encoding = decode_text(data)
        if encoding.codec.startswith("utf-16"):  # without a mark
            return text
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    match = _META_CHARSET.search(data[:4096])
    declared = match.group(1).decode("ascii", "replace").lower() if match else "cp1252"
    # WHATWG reads these labels as windows-1252; declared UTF-8 that is broken stays UTF-8.
    name = {"iso-8859-1": "cp1252", "latin1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030"}.get(declared, declared)
    try:
        if codecs.lookup(name).name in _NOT_OF_PAGES:
            name = "utf-8"
        return data.decode(name, "replace")
    except (LookupError, UnicodeError):  # no such encoding, or one that is not for text
        return data.decode("utf-8", "replace")


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
    if isinstance(html, bytes):
        html = decode(_unpacked(html))
    try:
        from selectolax.lexbor import LexborHTMLParser
    except ImportError:
        raise InputError("reading HTML needs selectolax: pip install 'detector-lines[html]'") from None

    parser = LexborHTMLParser(_shallow(html))
    if parser.root is None:
        return HtmlText((), Structure())
    embedded = [node.text() for node in parser.css('script[type="application/ld+json"]')]
    parser.strip_tags([*_SKIPPED])
    writer = _LineWriter()
    writer.read(parser.root)
    shown: list[str] = []
    for body in _embedded_texts(embedded):
        words = _WORD.findall(body)
        shown = shown or [" ".join(_WORD.findall(" ".join(writer.lines)))]
        middle = " ".join(words[len(words) // 2 :][:6])
        if not any(middle in text for text in shown):
            writer.add_embedded(body)
            shown.append(" ".join(words))
    return writer.finish()


def _unpacked(data: bytes) -> bytes:
    """The bytes of a document that may have been left packed; refuse what is no document."""
    for magic, name in _OTHER:
        if data.startswith(magic):
            raise InputError(f"is {name}, not HTML")
    if not data.startswith(b"\x1f\x8b"):
        return data
    try:
        unpacked = zlib.decompressobj(31).decompress(data, MAX_BYTES + 1)
    except zlib.error as error:
        raise InputError(f"packed with gzip, but damaged ({error})") from None
    if len(unpacked) > MAX_BYTES:
        raise InputError(f"unpacks to more than {MAX_BYTES >> 20} MB")
    return unpacked


def _shallow(html: str) -> str:
    """Leave out start tags nested beyond any sense: the parser takes time quadratic in the depth.

    No browser keeps elements so deep either; no text is lost.
    """
    if html.count("<") <= _MAX_DEPTH:
        return html
    depth = foreign = 0

    def keep(match: re.Match[str]) -> str:
        nonlocal depth, foreign
        tag = match.group(2).lower()
        if tag in _FOREIGN:
            foreign = max(foreign - 1, 0) if match.group(1) else foreign + 1
        # Only inside a drawing or a formula does "/>" close an element.
        if tag in _UNNESTED or (foreign and match.group().endswith("/>") and tag not in _BLOCKS):
            pass
        elif match.group(1):
            depth -= depth > 0
        elif depth >= _MAX_DEPTH:
            return ""
        else:
            depth += 1
        return match.group()

    return _TAG.sub(keep, html)


@dataclass(slots=True)
class _Open:
    """An element that is not closed yet; `number` is -1 until a line stands in it."""

    tag: str
    node: Any
    number: int = -1


@dataclass(slots=True)
class _LineWriter:
    lines: list[str] = field(default_factory=list)
    elements: list[int] = field(default_factory=list)
    links: list[int] = field(default_factory=list)
    images: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    _open: list[_Open] = field(default_factory=list)
    _pending: list[str] = field(default_factory=list)
    _verbatim: int = 0
    _linked: int = 0
    _pictures: int = 0

    def read(self, root: Any) -> None:
        """Walk the tree in document order; an element closes when a node comes that does not lie in it."""
        pending, stack = self._pending, self._open
        path: list[int] = []
        links = 0
        for node in root.traverse(include_text=True):
            tag = node.tag
            around = node.parent
            parent = around.mem_id if around is not None else 0
            while path and path[-1] != parent:
                path.pop()
                links -= self._close() == "a"
            if tag == "-text":
                text = node.text_content
                if text:
                    pending.append(text)
                    if links:
                        self._linked += len(_SPACE.sub(" ", text))
            elif tag == "br":
                pending.append("\n") if self._verbatim else self._flush()
            elif tag == "img":
                self._pictures += 1
            elif node.is_element_node and tag is not None:
                if tag in _BLOCKS:
                    self._flush()
                    self._verbatim += tag in _VERBATIM
                elif tag in ("td", "th"):
                    pending.append(" ")
                links += tag == "a"
                path.append(node.mem_id)
                stack.append(_Open(tag, node))
        while stack:
            self._close()
        self._flush()

    def _close(self) -> str:
        tag = self._open[-1].tag
        if tag in _BLOCKS:
            self._flush()
            self._verbatim -= tag in _VERBATIM
        self._open.pop()
        return tag

    def add_embedded(self, body: str) -> None:
        """Add a text that the visible page lacks, as a script at its end."""
        self.parents.append(-1)
        self.tags.append("script")
        self.words.append("")
        for piece in _LINE_END.split(body):
            if piece.strip():
                self.lines.append(piece)
                self.elements.append(len(self.tags) - 1)
                self.links.append(0)
                self.images.append(0)

    def _flush(self) -> None:
        if not self._pending:
            return
        text = "".join(self._pending)
        self._pending.clear()
        if text.isspace():
            self._linked = 0
            return
        pieces = _LINE_END.split(text) if self._verbatim else [_SPACE.sub(" ", text).strip()]
        pieces = [piece for piece in pieces if piece.strip()]
        if not pieces:
            return
        element = self._element()
        for piece in pieces:
            self.lines.append(piece)
            self.elements.append(element)
            self.links.append(min(self._linked, len(piece)))
            self.images.append(self._pictures)
            self._pictures = 0
        self._linked = 0

    def _element(self) -> int:
        """The number of the innermost open element; it and those around it get one where they have none."""
        stack = self._open
        known = len(stack)
        while known and stack[known - 1].number < 0:
            known -= 1
        number = stack[known - 1].number if known else -1
        for element in stack[known:]:
            self.parents.append(number)
            self.tags.append(element.tag)
            attributes = element.node.attributes
            named = [value for name in _NAMING if (value := attributes.get(name))] if attributes else []
            if "hidden" in attributes or _UNSEEN.search(attributes.get("style") or ""):
                named.insert(0, HIDDEN)
            self.words.append(" ".join(named)[:_MAX_WORDS])
            element.number = number = len(self.tags) - 1
        return number

    def finish(self) -> HtmlText:
        columns = (self.elements, self.links, self.images, self.parents, self.tags, self.words)
        return HtmlText(tuple(self.lines), Structure(*map(tuple, columns)))  # type: ignore[arg-type]


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
