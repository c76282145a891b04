"""One walk over the tree of a page: its lines, where they stand, and on request what an output is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

from detector.segment.structure import Structure

BLOCKS: Final = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "button", "caption", "center", "dd", "details"),
        *("dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2"),
        *("h3", "h4", "h5", "h6", "header", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "optgroup"),
        *("option", "p", "pre", "search", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul"),
        *("plaintext", "xmp", "listing"),
    )
)
_VERBATIM: Final = frozenset(("pre", "plaintext", "xmp", "listing"))
SPACE: Final = re.compile(r"[ \t\n\r\f]+")
LINE_END: Final = re.compile(r"\r\n|\r|\n")
_NAMING: Final = ("class", "id", "role", "itemprop")
_MAX_WORDS: Final = 200
_UNSEEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden")
HIDDEN: Final = "hidden-element"
"""Among the words of an element that is hidden: often until a script shows it, so its lines are read."""


class Event(NamedTuple):
    """A step of the walk.

    Parameters
    ----------
    kind
        ``open`` and ``close`` of an element; ``text``; ``lines``: the text since the event of this kind
        before has become lines; ``embedded``: lines from linked data.
    text
        The tag of an element, the characters of a text.
    attributes
        Of an element.
    first, size
        The first of the lines that came of it, counted from 0, and how many they are.
    verbatim
        Whether the text keeps its white space and line ends.
    """

    kind: Literal["open", "close", "text", "lines", "embedded"]
    text: str = ""
    attributes: Mapping[str, str | None] = MappingProxyType({})
    first: int = 0
    size: int = 0
    verbatim: bool = False


@dataclass(slots=True)
class _Open:
    """An element that is not closed yet; `number` is -1 until a line stands in it."""

    tag: str
    node: Any
    number: int = -1


@dataclass(slots=True)
class LineWriter:
    """Makes the lines of a page and the tree they stand in.

    Parameters
    ----------
    events
        Where to put the steps of the walk, None to save that time.
    """

    events: list[Event] | None = None
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
        pending, stack, events = self._pending, self._open, self.events
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
                        self._linked += len(SPACE.sub(" ", text))
            elif tag == "br":
                pending.append("\n") if self._verbatim else self._flush()
            elif tag == "img":
                self._pictures += 1
            elif node.is_element_node and tag is not None:
                if tag in BLOCKS:
                    self._flush()
                    self._verbatim += tag in _VERBATIM
                elif tag in ("td", "th"):
                    pending.append(" ")
                links += tag == "a"
                path.append(node.mem_id)
                stack.append(_Open(tag, node))
            if events is not None and tag is not None:
                self._tell(events, tag, node)
        while stack:
            self._close()
        self._flush()

    def _tell(self, events: list[Event], tag: str, node: Any) -> None:
        if tag == "-text":
            events.append(Event("text", node.text_content or ""))
        elif tag == "br" and self._verbatim:
            events.append(Event("text", "\n"))
        elif node.is_element_node:
            if tag in ("td", "th"):
                events.append(Event("text", " "))  # what `read` sets them apart with
            events.append(Event("open", tag, node.attributes))
            if tag in ("br", "img"):
                events.append(Event("close", tag))

    def _close(self) -> str:
        tag = self._open[-1].tag
        if tag in BLOCKS:
            self._flush()
            self._verbatim -= tag in _VERBATIM
        self._open.pop()
        if self.events is not None:
            self.events.append(Event("close", tag))
        return tag

    def add_embedded(self, body: str) -> None:
        """Add a text that the visible page lacks, as a script at its end."""
        self.parents.append(-1)
        self.tags.append("script")
        self.words.append("")
        first = len(self.lines)
        for piece in LINE_END.split(body):
            if piece.strip():
                self.lines.append(piece)
                self.elements.append(len(self.tags) - 1)
                self.links.append(0)
                self.images.append(0)
        if self.events is not None:
            self.events.append(Event("embedded", first=first, size=len(self.lines) - first))

    def _flush(self) -> None:
        if not self._pending:
            return
        text = "".join(self._pending)
        self._pending.clear()
        if text.isspace():
            pieces: list[str] = []
            self._linked = 0
        else:
            pieces = LINE_END.split(text) if self._verbatim else [SPACE.sub(" ", text).strip()]
            pieces = [piece for piece in pieces if piece.strip()]
        if self.events is not None:
            self.events.append(Event("lines", first=len(self.lines), size=len(pieces), verbatim=self._verbatim > 0))
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

    def structure(self) -> Structure:
        """The tree of what has been read."""
        columns = (self.elements, self.links, self.images, self.parents, self.tags, self.words)
        return Structure(*map(tuple, columns))  # type: ignore[arg-type]
