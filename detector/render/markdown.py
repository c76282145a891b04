"""A clean page as Markdown: CommonMark, and tables as GitHub has them.

A page of HTML keeps its headings, lists, quotes, code, tables of data, emphasis and line breaks; images are left
out, and links unless they are asked for.  What a table merely lays out is written as paragraphs.

A page of plain text is its clean text, line for line, so escaped that it stays text, white space at the borders
of lines left out.  Lines that follow each other without a blank one are a paragraph.  Text that was Markdown
already is best written as text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from detector.render import escape
from detector.render.elements import CELLS, HEADINGS, INLINE, LISTS, Element, steps
from detector.render.inline import Inline, Piece, render
from detector.render.table import read_table
from detector.render.tree import reduced
from detector.segment.text import is_blank, split_lines

if TYPE_CHECKING:
    from detector.cleaner import CleanPage

_MAX_NESTING: Final = 8
"""Quotes and lists within each other; parsers of Markdown give up early."""


def to_markdown(page: CleanPage, *, links: bool = False) -> str:
    """Write what is kept of a page as Markdown.

    Parameters
    ----------
    page
        The clean page.
    links
        Whether links stay.

    Returns
    -------
    str
        Ends with a line feed, unless nothing is kept.
    """
    tree = reduced(page)
    if tree is None:
        lines = [escape.line_start(escape.inline(line.strip())) for line in split_lines(page.text)]
        return "\n".join(lines)
    writer = _Writer(links)
    writer.write(tree.body)
    return "\n".join([*writer.out, ""]) if writer.out else ""


@dataclass(slots=True, eq=False)
class _List:
    """A list, its next number if it has any, and what stands before or behind it."""

    mark: str
    number: int | None
    is_inside: bool = False  # the item before it, where it stands between the items of another list


@dataclass(slots=True, eq=False)
class _Container:
    """A quote or an item: what its first line begins with, and what the others do."""

    first: str = ""
    rest: str = ""
    list: _List | None = None
    is_fresh: bool = True
    last_mark: str = ""  # of the list that has just ended in it: the next one must look different


@dataclass(slots=True)
class _Writer:
    links: bool
    out: list[str] = field(default_factory=list)
    _containers: list[_Container] = field(default_factory=lambda: [_Container()])
    _pushed: list[bool] = field(default_factory=list)
    _lists: list[_List] = field(default_factory=list)
    _last: tuple[_Container, ...] = ()
    _heading: int = 0
    _code: list[str] | None = None

    def write(self, body: Element) -> None:
        inline = Inline(links=self.links)
        skipped: Element | None = None
        verbatim: Element | None = None
        for node, entered in steps(body):
            if skipped is not None:
                skipped = None if node is skipped else skipped
            elif verbatim is not None:
                verbatim = self._read_code(verbatim, node)
            elif isinstance(node, str):
                inline.text(node)
            elif node.tag in INLINE:
                inline.enter(node) if entered else inline.leave()
            elif node.tag == "br":
                if entered:
                    inline.end_line()
            elif node.tag in CELLS:
                inline.text(" " if entered else "")
            elif node.tag != "img":
                self._paragraphs(inline.take())
                if not entered:
                    self._leave(node)
                elif node.tag == "pre":
                    verbatim, self._code = node, []
                elif node.tag == "table" and self._table(node):
                    skipped = node
                else:
                    self._enter(node)

    def _enter(self, element: Element) -> None:
        tag = element.tag
        if tag in HEADINGS:
            self._heading = int(tag[1])
        elif tag in LISTS:
            self._begin_list(element)
        elif tag == "li":
            self._push(self._item())
        elif tag == "blockquote":
            self._push(_Container("> ", "> "))

    def _leave(self, element: Element) -> None:
        tag = element.tag
        if tag in HEADINGS:
            self._heading = 0
        elif tag in LISTS:
            if self._lists.pop().is_inside:
                self._containers.pop()
        elif tag in ("li", "blockquote") and self._pushed.pop():
            self._containers.pop()

    def _push(self, container: _Container) -> None:
        fits = len(self._containers) <= _MAX_NESTING
        self._pushed.append(fits)
        if fits:
            self._containers.append(container)

    def _begin_list(self, element: Element) -> None:
        depth = len(self._containers)
        item = self._last[depth] if len(self._last) > depth else None
        is_inside = item is not None and bool(self._lists) and item.list is self._lists[-1]
        if item is not None and is_inside:
            self._containers.append(item)
        around = self._containers[-1]
        if element.tag == "ol":
            mark = ")" if around.last_mark == "." else "."
            self._lists.append(_List(mark, int(element.attributes.get("start", 1)), is_inside))
        else:
            mark = "*" if around.last_mark == "-" else "-"
            self._lists.append(_List(mark, None, is_inside))
        around.last_mark = mark

    def _item(self) -> _Container:
        of = self._lists[-1]
        if of.number is None:
            marker = f"{of.mark} "
        else:
            marker = f"{of.number}{of.mark} "
            of.number += 1
        return _Container(marker, " " * len(marker), of)

    def _paragraphs(self, lines: list[list[Piece]]) -> None:
        """Write lines as paragraphs, or as headings where they stand in one."""
        texts = [render(line) for line in lines]
        if self._heading:
            if text := escape.heading(" ".join(filter(None, texts))):
                self._emit([f"{'#' * self._heading} {text}"])
            return
        paragraph: list[str] = []
        for text in [*texts, ""]:
            if text:
                paragraph.append(escape.line_start(text))
            elif paragraph:
                self._emit([*[f"{line}\\" for line in paragraph[:-1]], paragraph[-1]])
                paragraph = []

    def _read_code(self, element: Element, node: Element | str) -> Element | None:
        """Collect the text of a verbatim element; return None at its end."""
        code = self._code or []
        if isinstance(node, str):
            code.append(node)
        elif node.tag not in INLINE and code and not code[-1].endswith("\n"):
            code.append("\n")
        self._code = code
        if node is not element:
            return element
        lines = split_lines(escape.visible("".join(code)))
        while lines and is_blank(lines[0]):
            lines.pop(0)
        while lines and is_blank(lines[-1]):
            lines.pop()
        if lines:
            fence = escape.fence("\n".join(lines))
            self._emit([fence, *lines, fence])
        return None

    def _table(self, element: Element) -> bool:
        table = read_table(element, links=self.links)
        if table is None:
            return False
        self._paragraphs(table.caption)
        self._emit(table.markdown)
        return True

    def _emit(self, lines: list[str]) -> None:
        """Write a block into the containers that are open."""
        containers = self._containers
        if self.out and not self._is_tight():
            self.out.append("".join([each.rest for each in containers if not each.is_fresh]).rstrip())
        first = "".join([each.first if each.is_fresh else each.rest for each in containers])
        rest = "".join([each.rest for each in containers])
        for index, line in enumerate(lines):
            whole = f"{rest if index else first}{line}"
            self.out.append(whole if line else whole.rstrip())
        for each in containers:
            each.is_fresh = False
        containers[-1].last_mark = ""
        self._last = tuple(containers)

    def _is_tight(self) -> bool:
        """Whether what follows is the next item of a list, or the first one below the text of an item."""
        fresh = next((each for each in self._containers if each.is_fresh), None)
        if fresh is None or fresh.list is None:
            return False
        if any(each.list is fresh.list for each in self._last):
            return True
        around = self._containers[self._containers.index(fresh) - 1]
        begins = fresh.list.number is None or fresh.first.startswith("1.") or fresh.first.startswith("1)")
        return around is self._last[-1] and around.list is not None and begins
