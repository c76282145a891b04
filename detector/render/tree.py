"""The tree of a page of HTML, reduced to what was kept: what all outputs are made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detector.render.builder import Builder
from detector.render.elements import Element
from detector.render.prune import prune
from detector.segment.html import trace_html
from detector.segment.text import is_blank

if TYPE_CHECKING:
    from detector.cleaner import CleanPage


@dataclass(frozen=True, slots=True)
class Reduced:
    """A page of HTML reduced to what was kept: its ``body``, language and title."""

    body: Element
    title: str = ""
    lang: str = ""


def reduced(page: CleanPage) -> Reduced | None:
    """The tree of a clean page, or None where the page is no HTML."""
    html = page.page.html
    if html is None:
        return None
    trace = trace_html(html)
    starts = [0]
    for line in trace.lines:
        starts.append(starts[-1] + len(line) + 1)
    if "".join(f"{line}\n" for line in trace.lines) != page.page.text:
        return None  # somebody has given the page another text
    builder = Builder(trace.lines, _kept_parts(trace.lines, starts, page.spans), page.page.url)
    for event in trace.events:
        if event.kind == "open":
            builder.open(event.text, event.attributes)
        elif event.kind == "close":
            builder.close()
        elif event.kind == "text":
            builder.text(event.text)
        elif event.kind == "lines":
            builder.lines(event.first, event.size, event.verbatim)
        else:
            builder.embedded(event.first, event.size)
    prune(builder.body)
    return Reduced(builder.body, trace.title, builder.lang)


def _kept_parts(
    lines: tuple[str, ...], starts: list[int], spans: Iterable[tuple[int, int]]
) -> dict[int, list[tuple[int, int]]]:
    """Which stretches of which lines are kept; a line that shows nothing never is."""
    kept: dict[int, list[tuple[int, int]]] = {}
    row = 0
    for start, end in spans:
        while row < len(lines) and starts[row + 1] <= start:
            row += 1
        at = row
        while at < len(lines) and starts[at] < end:
            first, last = max(start - starts[at], 0), min(end - starts[at], len(lines[at]))
            if not is_blank(lines[at][first:last]):
                kept.setdefault(at, []).append((first, last))
            at += 1
    return kept
