"""Emphasis, code and links within a line of Markdown."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Sequence
from itertools import groupby
from typing import Final, NamedTuple

from detector.render import escape
from detector.render.elements import Element

STRONG: Final = 1
EMPHASIS: Final = 2
CODE: Final = 4
_STYLES: Final = {
    **dict.fromkeys(("strong", "b"), STRONG),
    **dict.fromkeys(("em", "i"), EMPHASIS),
    **dict.fromkeys(("code", "kbd", "samp"), CODE),
}
_MARKS: Final = {STRONG: "**", EMPHASIS: "*", STRONG | EMPHASIS: "***"}


class Piece(NamedTuple):
    """A stretch of text of one style, and where it leads."""

    text: str
    style: int = 0
    href: str = ""


class Inline:
    """Collects the pieces of the block that is being read, line by line.

    Parameters
    ----------
    links
        Whether links stay.
    """

    def __init__(self, *, links: bool) -> None:
        self.lines: list[list[Piece]] = [[]]
        self._links = links
        self._open: list[Element] = []
        self._style = 0
        self._href = ""

    def enter(self, element: Element) -> None:
        """Begin an inline element; none lies in another of its tag."""
        self._open.append(element)
        self._refresh()

    def leave(self) -> None:
        """End the innermost one."""
        self._open.pop()
        self._refresh()

    def _refresh(self) -> None:
        self._style, self._href = 0, ""
        for element in self._open:
            self._style |= _STYLES.get(element.tag, 0)
            if element.tag == "a" and self._links:
                self._href = element.attributes["href"]

    def text(self, text: str) -> None:
        """Add text."""
        self.lines[-1].append(Piece(text, self._style, self._href))

    def end_line(self) -> None:
        """Begin another line."""
        self.lines.append([])

    def take(self) -> list[list[Piece]]:
        """The lines so far; an empty one parts two paragraphs."""
        lines, self.lines = self.lines, [[]]
        return lines


def render(pieces: Sequence[Piece], *, in_table: bool = False) -> str:
    """A line of Markdown; it shows the characters of its pieces, whatever they are."""
    groups = [(href, list(group)) for href, group in groupby(pieces, lambda piece: piece.href)]
    out = ""
    for index, (href, group) in enumerate(groups):
        if not href:
            out += _styled(group, out[-1:], "[" if index + 1 < len(groups) else "", in_table)
            continue
        text = _styled(group, "[", "]", in_table)
        if text.strip():
            if out.endswith("!"):
                out = f"{out[:-1]}\\!"  # or it would be an image
            before, behind = (" " if edge.isspace() else "" for edge in (text[0], text[-1]))
            text = f"{before}[{text.strip()}]({escape.address(href)}){behind}"
        out += text
    return out.strip()


def _styled(pieces: Sequence[Piece], before: str, behind: str, in_table: bool) -> str:
    """Pieces with their emphasis and code, between two characters of Markdown."""
    plain = _by_style(pieces)
    texts = [_code(text, in_table) if style & CODE else escape.inline(text) for text, style in plain]
    out = ""
    for index, ((_, style), text) in enumerate(zip(plain, texts, strict=True)):
        mark = _MARKS.get(style, "")
        around = ((out or before)[-1:], texts[index + 1][0] if index + 1 < len(texts) else behind)
        out += f"{mark}{text}{mark}" if mark and _is_marked_well(text, *around) else text
    return out


def _by_style(pieces: Sequence[Piece]) -> list[tuple[str, int]]:
    """Texts and their styles, white space at the borders of styled ones moved out of them."""
    found: list[tuple[str, int]] = []
    for style, same in groupby(pieces, lambda piece: piece.style):
        text = "".join([piece.text for piece in same])
        core = text.strip() if style else text
        start = text.index(core) if core else len(text)
        found += [(text[:start], 0), (core, style), (text[start + len(core) :], 0)]
    return [(text, style) for text, style in found if text]


def _code(text: str, in_table: bool) -> str:
    span = escape.code_span(text)
    return span.replace("|", "\\|") if in_table else span  # a table takes that backslash away, even in code


def _is_marked_well(text: str, before: str, behind: str) -> bool:
    """Whether asterisks around a text, between two characters, mean emphasis by CommonMark's rules of flanking."""
    if before == "*":
        return False
    return (not _may_be_punctuation(text[0]) or _parts(before)) and (
        not _may_be_punctuation(text[-1]) or _parts(behind)
    )


def _may_be_punctuation(char: str) -> bool:
    return unicodedata.category(char)[0] in "PS"


def _parts(char: str) -> bool:
    return char in ("", "\t", "\n") or char in string.punctuation or unicodedata.category(char)[0] in "PZ"
