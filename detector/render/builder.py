"""From the steps of the walk over a document to the tree of what was kept."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from detector.render.elements import INLINE, LISTS, Element
from detector.render.urls import safe_url
from detector.segment.walk import BLOCKS, LINE_END, SPACE

# What becomes of elements that would act, or that no document should hold; their text stays where it is.
_RENAMED: Final = {
    **dict.fromkeys(("menu", "dir"), "ul"),
    **dict.fromkeys(("plaintext", "xmp", "listing"), "pre"),
    **dict.fromkeys(
        ("button", "center", "dialog", "fieldset", "form", "legend", "optgroup", "option", "search"), "div"
    ),
}
_OWNERS: Final = {"li": LISTS, "dt": frozenset(("dl",)), "dd": frozenset(("dl",))}
_ATTRIBUTES: Final = {
    "a": ("href",),
    "img": ("src", "alt"),
    "time": ("datetime",),
    "del": ("datetime",),
    "ins": ("datetime",),
    "td": ("colspan", "rowspan"),
    "th": ("colspan", "rowspan"),
    "ol": ("start",),
}
_EVERYWHERE: Final = ("title", "lang", "dir")
_NUMBERS: Final = ("colspan", "rowspan", "start")
_NUMBER: Final = re.compile(r"[0-9]{1,3}")

Span = tuple[int, int]


class Builder:
    """Builds the tree from events; it holds empty elements until it is pruned.

    Parameters
    ----------
    lines
        The lines of the document.
    kept
        Which stretches of which lines are kept.
    url
        Where the document came from, if known.
    """

    def __init__(self, lines: Sequence[str], kept: Mapping[int, Sequence[Span]], url: str | None) -> None:
        self.body = Element("body")
        self.lang = ""
        self._lines = lines
        self._kept = kept
        self._base = url
        self._based = False
        self._stack: list[Element | None] = []  # None where an element is left out, but not its content
        self._near: list[Element] = [self.body]
        self._inline: Counter[str] = Counter()
        self._run: list[tuple[Element, int, str]] = []  # text that is no line yet, and where it belongs

    def open(self, tag: str, attributes: Mapping[str, str | None]) -> None:
        """Begin an element."""
        element = self._element(tag, attributes)
        self._stack.append(element)
        if element is not None:
            self._near[-1].children.append(element)
            self._near.append(element)
            self._inline[element.tag] += element.tag in INLINE

    def close(self) -> None:
        """End the innermost element."""
        if (element := self._stack.pop()) is not None:
            self._near.pop()
            self._inline[element.tag] -= element.tag in INLINE

    def text(self, text: str) -> None:
        """Note some text; what of it stays is known when it is a line."""
        near = self._near[-1]
        self._run.append((near, len(near.children), text))
        near.children.append("")

    def lines(self, first: int, size: int, verbatim: bool) -> None:
        """Let the text since the last call be lines, and keep what is kept of them."""
        run, self._run = self._run, []
        if not any(row in self._kept for row in range(first, first + size)):
            return
        texts = [text for _, _, text in run]
        if verbatim:
            kept = self._verbatim_spans("".join(texts), first)
        else:
            texts, kept = _collapsed(texts), list(self._kept[first])
        start = 0
        for (element, index, _), text in zip(run, texts, strict=True):
            inside = ((max(a - start, 0), b - start) for a, b in kept if b > start and a < start + len(text))
            element.children[index] = "".join([text[a:b] for a, b in inside])
            start += len(text)

    def embedded(self, first: int, size: int) -> None:
        """Add lines that are no part of the visible document."""
        for row in range(first, first + size):
            text = "".join([self._lines[row][a:b] for a, b in self._kept.get(row, ())])
            self.body.children.append(Element("p", children=[SPACE.sub(" ", text).strip()]))

    def _element(self, tag: str, attributes: Mapping[str, str | None]) -> Element | None:
        if tag == "html":
            self.lang = attributes.get("lang") or ""
        if tag == "base" and not self._based and (href := safe_url(attributes.get("href"), self._base, shown=True)):
            self._base, self._based = href, True
        tag = _RENAMED.get(tag, tag)
        if tag in INLINE:
            if self._inline[tag]:  # twice is once, and a link in a link would end it
                return None
        elif tag in ("html", "body") or (tag not in BLOCKS and tag not in ("td", "th", "br", "img")):
            return None
        owners = _OWNERS.get(tag)
        if owners and not self._is_in(owners):
            tag = "div"
        known = self._attributes(tag, attributes)
        if (tag == "a" and "href" not in known) or (tag == "img" and "src" not in known):
            return None
        return Element(tag, known)

    def _is_in(self, owners: frozenset[str]) -> bool:
        """Whether the nearest block is one of these; a group of a description list does not count."""
        for element in reversed(self._near):
            if element.tag not in INLINE and not (element.tag == "div" and "dl" in owners):
                return element.tag in owners
        return False

    def _attributes(self, tag: str, attributes: Mapping[str, str | None]) -> dict[str, str]:
        known: dict[str, str] = {}
        for name in (*_ATTRIBUTES.get(tag, ()), *_EVERYWHERE):
            value = attributes.get(name)
            if name in ("href", "src"):
                value = safe_url(value, self._base, shown=name == "src")
            elif name in _NUMBERS and not _NUMBER.fullmatch(value or ""):
                value = None
            if value or (name == "alt" and value is not None):
                known[name] = value
        return known

    def _verbatim_spans(self, text: str, row: int) -> list[Span]:
        """Where the kept lines of a verbatim text are, with their ends and the blank lines that follow them."""
        spans: list[Span] = []
        start, keep = 0, False
        ends = [match.span() for match in LINE_END.finditer(text)]
        for stop, following in [*ends, (len(text), len(text))]:
            if text[start:stop].strip():
                kept = self._kept.get(row, ())
                spans += [(start + a, start + b) for a, b in kept]
                keep = bool(kept)
                row += 1
                spans += [(stop, following)] if keep else []
            elif keep:
                spans.append((start, following))
            start = following
        return spans


def _collapsed(texts: list[str]) -> list[str]:
    """Collapse white space as in the line that these texts become."""
    pieces: list[str] = []
    last = ""
    for text in texts:
        piece = SPACE.sub(" ", text)
        if last == " " and piece.startswith(" "):
            piece = piece[1:]
        last = piece[-1] if piece else last
        pieces.append(piece)
    for order, strip in ((range(len(pieces)), str.lstrip), (range(len(pieces) - 1, -1, -1), str.rstrip)):
        for index in order:
            pieces[index] = strip(pieces[index])
            if pieces[index]:
                break
    return pieces
