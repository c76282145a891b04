"""Figures of extractors as Markdown tables and as an SVG plot that reads well on light and on dark pages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Final, NamedTuple

BEGIN: Final = "<!-- begin: benchmarks/extractors.py -->"
END: Final = "<!-- end: benchmarks/extractors.py -->"

Figures = Mapping[str, float]

_MAIN: Final = (
    ("WCXB word F1", "wcxb", "{:.3f}"),
    ("articles that lose over 10 %", "harmed", "{:.3f}"),
    ("block noise left in", "noise left", "{:.3f}"),
    ("Scrapinghub F1", "scrapinghub", "{:.3f}"),
    ("trafilatura-eval F1", "trafilatura-eval", "{:.3f}"),
    ("ms a page", "ms", "{:.1f}"),
    ("times this project's", "ratio", "{:.2f}"),
)
_TYPES: Final = tuple(
    (name, f"wcxb {name}", "{:.3f}")
    for name in ("article", "forum", "product", "collection", "listing", "documentation", "service")
)


def tables(rows: Mapping[str, Figures], versions: Mapping[str, str], own: str) -> str:
    """Two tables, the extractors in order of their word F1: all figures, then word F1 by page type.

    Parameters
    ----------
    rows
        Figures of each extractor; what is missing is left blank.
    versions
        Of each extractor.
    own
        The extractor in bold, whose time the others' are compared with.
    """
    base = rows.get(own, {}).get("ms")
    full = {name: dict(row) for name, row in rows.items()}
    for row in full.values():
        if base and "ms" in row:
            row["ratio"] = row["ms"] / base
    order = sorted(full, key=lambda name: -full[name].get("wcxb", 0.0))
    parts = []
    for columns in (_MAIN, _TYPES):
        lines = [
            "| " + " | ".join(["extractor", *(title for title, _, _ in columns)]) + " |",
            "|---" * (len(columns) + 1) + "|",
        ]
        for name in order:
            cells = [form.format(full[name][key]) if key in full[name] else "" for _, key, form in columns]
            title = f"{name} {versions.get(name, '')}".strip()
            lines.append("| " + " | ".join([f"**{title}**" if name == own else title, *cells]) + " |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def insert(document: str, text: str) -> str:
    """The document with `text` between its markers.

    Raises
    ------
    ValueError
        It has no such markers.
    """
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no lines {BEGIN} and {END}")
    return f"{before}{begin}\n\n{text.strip()}\n\n{end}{after}"


def write(folder: Path, text: str, svg: str) -> None:
    document = folder / "extractors.md"
    document.write_text(insert(document.read_text("utf-8"), text), "utf-8")
    (folder / "extractors.svg").write_text(svg, "utf-8")


class _Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


_WIDTH, _HEIGHT = 720, 430
_PLOT: Final = _Box(62, 44, 700, 376)
_STYLE: Final = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .tick { font-size: 12px; fill: #59636e; }
  .head { font-size: 15px; font-weight: 600; }
  .grid { stroke: #d1d9e0; stroke-width: 1; }
  .peer { fill: #59636e; }
  .own { fill: #0969da; font-weight: 600; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .tick { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    .peer { fill: #9198a1; }
    .own { fill: #4493f8; }
  }
"""


def plot(points: Mapping[str, tuple[float, float]], own: str) -> str:
    """An SVG of word F1 (upwards) against milliseconds a page (to the right, logarithmic).

    Parameters
    ----------
    points
        For each extractor milliseconds and F1.
    own
        The one to stand out.
    """
    low_x, high_x = _decades([ms for ms, _ in points.values()])
    low_y, high_y = _twentieths([f1 for _, f1 in points.values()])

    def place(ms: float, f1: float) -> tuple[float, float]:
        across = (math.log10(ms) - math.log10(low_x)) / (math.log10(high_x) - math.log10(low_x))
        up = (f1 - low_y) / (high_y - low_y)
        return _PLOT.left + across * (_PLOT.right - _PLOT.left), _PLOT.bottom - up * (_PLOT.bottom - _PLOT.top)

    title = "WCXB dev: word F1 against time a page"
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{title}</title>",
        f"<style>{_STYLE}</style>",
        f'<text class="head" x="{_PLOT.left}" y="24">{title}</text>',
        f'<text class="tick" x="{_PLOT.right}" y="{_HEIGHT - 14}" text-anchor="end">'
        "ms a page, one core, log scale (left is faster)</text>",
    ]
    for ms in (factor * 10.0**power for power in range(-3, 6) for factor in (1, 2, 5)):
        if low_x <= ms <= high_x:
            x = place(ms, low_y)[0]
            out.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_PLOT.top}" y2="{_PLOT.bottom}"/>')
            out.append(f'<text class="tick" x="{x:.1f}" y="{_PLOT.bottom + 18}" text-anchor="middle">{ms:g}</text>')
    for step in range(round(low_y * 20), round(high_y * 20) + 1):
        y = place(low_x, step / 20)[1]
        out.append(f'<line class="grid" x1="{_PLOT.left}" x2="{_PLOT.right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        out.append(f'<text class="tick" x="{_PLOT.left - 8}" y="{y + 4:.1f}" text-anchor="end">{step / 20:.2f}</text>')
    places = {name: place(*point) for name, point in points.items()}
    labels = _labels(places)
    for name, (x, y) in places.items():
        kind = "own" if name == own else "peer"
        out.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{7 if name == own else 5}"/>')
        box = labels[name]
        style = ' class="own"' if name == own else ""
        out.append(f'<text{style} x="{box.left:.1f}" y="{box.bottom - 4:.1f}">{escape(name)}</text>')
    return "\n".join([*out, "</svg>", ""])


def _decades(values: Sequence[float]) -> tuple[float, float]:
    """The bounds of a logarithmic axis: the nearest of 1, 2, 5 times a power of ten around the values."""
    marks = [factor * 10.0**power for power in range(-4, 6) for factor in (1, 2, 5)]
    return (
        max(mark for mark in marks if mark < min(values, default=1) / 1.1),
        min(mark for mark in marks if mark > max(values, default=10) * 1.1),
    )


def _twentieths(values: Sequence[float]) -> tuple[float, float]:
    return (
        max(math.floor((min(values, default=0.5) - 0.01) * 20), 0) / 20,
        math.ceil((max(values, default=0.9) + 0.01) * 20) / 20,
    )


def _labels(places: Mapping[str, tuple[float, float]]) -> dict[str, _Box]:
    """Where the names go: right of, left of, above or below their points, wherever nothing else is."""
    taken = [_Box(x - 6, y - 6, x + 6, y + 6) for x, y in places.values()]
    found: dict[str, _Box] = {}
    for name, (x, y) in sorted(places.items(), key=lambda item: item[1]):
        width = 7.4 * len(name)
        tries = [
            _Box(left, top, left + width, top + 17)
            for left, top in (
                (x + 10, y - 9),
                (x - 10 - width, y - 9),
                (x - width / 2, y - 26),
                (x - width / 2, y + 9),
                (x + 8, y - 24),
                (x + 8, y + 7),
            )
        ]
        inside = [box for box in tries if box.left > _PLOT.left and box.right < _WIDTH and box.top > 0]
        free = [box for box in inside if not any(box.meets(other) for other in taken)]
        found[name] = (free or inside or tries)[0]
        taken.append(found[name])
    return found
