"""HTML to plain lines: what a browser would show, one block a line, nothing judged.

Used to make text pages of HTML corpora for training and evaluation.  Each line comes with the
structure it stood in, from which `detector.training.weak` reads weak labels of kind; the text
classifier never sees it.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from detector.errors import InputError

_SKIPPED = frozenset(
    [
        "head",
        "script",
        "style",
        "template",
        "svg",
        "math",
        "iframe",
        "object",
        "embed",
        "canvas",
        "audio",
        "video",
        "select",
        "textarea",
        "datalist",
        "-comment",
        "!doctype",
    ]
)
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "button",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "optgroup",
        "option",
        "p",
        "pre",
        "search",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
_SPACE = re.compile(r"[ \t\n\r\f]+")
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w:.-]{1,40})""", re.I)
_ANCESTORS_SEEN = 6


class HtmlLine(NamedTuple):
    """A rendered line, its nearest tags (innermost first) and their class, id and role words."""

    text: str
    tags: tuple[str, ...]
    words: str


def decode(data: bytes) -> str:
    """Decode an HTML document: byte order mark, then strict UTF-8, then what it declares."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    match = _META_CHARSET.search(data[:4096])
    declared = match.group(1).decode("ascii", "replace").lower() if match else "cp1252"
    # WHATWG reads these labels as windows-1252; declared UTF-8 that is broken stays UTF-8.
    name = {"iso-8859-1": "cp1252", "latin1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030"}.get(declared, declared)
    try:
        return data.decode(name, "replace")
    except (LookupError, UnicodeError):  # no such encoding, or one that is not for text
        return data.decode("utf-8", "replace")


def html_to_lines(html: str | bytes) -> list[HtmlLine]:
    """Render a document to lines.

    Parameters
    ----------
    html
        The document; bytes are decoded by `decode`.

    Returns
    -------
    list of HtmlLine
        In document order, white space collapsed, no blank lines.
    """
    try:
        from selectolax.lexbor import LexborHTMLParser
    except ImportError:
        raise InputError("reading HTML needs selectolax: pip install 'detector-lines[html]'") from None

    root = LexborHTMLParser(decode(html) if isinstance(html, bytes) else html).root
    if root is None:
        return []
    lines: list[HtmlLine] = []
    pending: list[str] = []
    path: list[Any] = []
    preformatted = 0

    def flush() -> None:
        text = "".join(pending)
        pending.clear()
        if not text.strip():
            return
        near = path[: -_ANCESTORS_SEEN - 1 : -1]
        tags = tuple(str(node.tag) for node in near)
        words = " ".join(filter(None, (_words(node) for node in near)))
        pieces = re.split(r"\r\n|\r|\n", text) if preformatted else [_SPACE.sub(" ", text).strip()]
        lines.extend(HtmlLine(piece, tags, words) for piece in pieces if piece.strip())

    node: Any = root
    while node is not None:
        tag = node.tag
        descend = None
        if tag == "-text":
            pending.append(node.text_content or "")
        elif tag == "br":
            pending.append("\n") if preformatted else flush()
        elif tag not in _SKIPPED:
            if tag in _BLOCKS:
                flush()
            elif tag in ("td", "th"):
                pending.append(" ")
            path.append(node)
            preformatted += tag == "pre"
            descend = node.first_child
            if descend is None:
                preformatted -= _leave(path, flush)
        if descend is not None:
            node = descend
            continue
        while node is not None and node.next is None:
            node = node.parent
            if node is None or not path:
                node = None
                break
            preformatted -= _leave(path, flush)
        node = node.next if node is not None else None
    flush()
    return lines


def _leave(path: list[Any], flush: Any) -> int:
    tag = path[-1].tag
    if tag in _BLOCKS:
        flush()
    path.pop()
    return int(tag == "pre")


def _words(node: Any) -> str:
    attributes = node.attributes
    return " ".join(value for name in ("class", "id", "role", "itemprop") if (value := attributes.get(name)))
