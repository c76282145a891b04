"""Plots as vector graphics: written by hand, coloured by the style sheet, described for those who do not see them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from detector.report.markup import Content, Html, element, joined, table

_WIDTH: Final = 460
_HEIGHT: Final = 220
_LEFT: Final = 58
_BOTTOM: Final = 40
_TOP: Final = 10
_RIGHT: Final = 14
_INNER_WIDTH: Final = _WIDTH - _LEFT - _RIGHT
_INNER_HEIGHT: Final = _HEIGHT - _TOP - _BOTTOM


class Series(NamedTuple):
    """Points of a curve.

    Parameters
    ----------
    name
        What it shows.
    points
        Pairs from 0 to 1.
    style
        A class of the style sheet: ``"a"`` is a line, ``"dots"`` a line with dots, ``"even"`` is dashed, ``"mark"``
        is one large dot.
    """

    name: str
    points: Sequence[tuple[float, float]]
    style: str = "a"


def short(value: float) -> str:
    """Write a number as short as a plot needs it.

    Examples
    --------
    >>> short(12), short(25_000), short(3_100_000), short(0.25)
    ('12', '25k', '3.1M', '0.25')
    """
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= size:
            return f"{value / (1e3 if unit == 'k' else size):.3g}{unit}"
    return f"{value:g}"


def histogram(
    title: str, edges: Sequence[str], series: Sequence[tuple[str, Sequence[int]]], x_label: str, y_label: str
) -> Html:
    """Show counts as bars, those of several series on top of each other.

    Parameters
    ----------
    title
        What it shows.
    edges
        Where the bins begin and end, one more than there are bins.
    series
        Names and counts.
    x_label, y_label
        What is on the axes.
    """
    n = len(edges) - 1
    totals = [sum(counts[index] for _, counts in series) for index in range(n)]
    top = max([*totals, 1])
    width = _INNER_WIDTH / n
    shapes = _frame([(index / n, edges[index]) for index in range(0, n + 1, max(1, n // 5))], _steps(top))
    for index in range(n):
        base = 0
        for number, (name, counts) in enumerate(series):
            if count := counts[index]:
                height = _INNER_HEIGHT * count / top
                y = _TOP + _INNER_HEIGHT * (1 - base / top) - height
                tip = element("title", f"{edges[index]} to {edges[index + 1]}: {count:,} {name}")
                x = _LEFT + index * width
                place = {"x": _at(x + 0.5), "y": _at(y), "width": _at(width - 1), "height": _at(max(height, 0.5))}
                shapes.append(element("rect", tip, **place, class_=f"bar s{number}"))
                base += count
    desc = f"Bars of {y_label} by {x_label}; the highest is {max(totals):,}" if any(totals) else "No data"
    heads = [x_label, *(name for name, _ in series)]
    rows: list[list[Content]] = [
        [f"{edges[index]} to {edges[index + 1]}", *(counts[index] for _, counts in series)]
        for index in range(n)
        if totals[index]
    ]
    legend = [(name, f"s{number}") for number, (name, _) in enumerate(series)] if len(series) > 1 else []
    return _figure(title, desc, shapes, x_label, y_label, legend, table(heads, rows, numbers=len(series)))


def curves(title: str, desc: str, series: Sequence[Series], x_label: str, y_label: str, numbers: Html) -> Html:
    """Show curves in the unit square.

    Parameters
    ----------
    title, desc
        What it shows, and what it says in words.
    series
        The curves.
    x_label, y_label
        What is on the axes.
    numbers
        The same as a table.
    """
    ticks = [(step / 5, f"{step / 5:g}") for step in range(6)]
    shapes = _frame(ticks, ticks)
    for one in series:
        places = [(_LEFT + x * _INNER_WIDTH, _TOP + (1 - y) * _INNER_HEIGHT) for x, y in one.points]
        if one.style != "mark" and len(places) > 1:
            line = " ".join(f"{_at(x)},{_at(y)}" for x, y in places)
            shapes.append(element("polyline", element("title", one.name), points=line, class_=f"curve {one.style}"))
        if one.style in ("mark", "dots"):
            for (x, y), (value_x, value_y) in zip(places, one.points, strict=True):
                tip = element("title", f"{one.name}: {value_x:.3f}, {value_y:.3f}")
                size = "6" if one.style == "mark" else "3"
                shapes.append(element("circle", tip, cx=_at(x), cy=_at(y), r=size, class_=f"dot {one.style}"))
    return _figure(title, desc, shapes, x_label, y_label, [(one.name, one.style) for one in series], numbers)


def _at(value: float) -> str:
    return f"{value:.1f}"


def _steps(top: int) -> list[tuple[float, str]]:
    """Ticks at round numbers: at most five above zero."""
    size = 10 ** (len(str(top)) - 1)
    step = next(step for step in (size // 10 * 2, size // 2, size, 2 * size) if step and top // step <= 5)
    return [(count / top, short(count)) for count in range(0, top + 1, step)]


def _frame(x_ticks: Sequence[tuple[float, str]], y_ticks: Sequence[tuple[float, str]]) -> list[Html]:
    bottom = _TOP + _INNER_HEIGHT
    shapes = []
    for share, name in y_ticks:
        y = _at(bottom - share * _INNER_HEIGHT)
        shapes.append(element("line", x1=_at(_LEFT), x2=_at(_WIDTH - _RIGHT), y1=y, y2=y, class_="grid"))
        shapes.append(element("text", name, x=_at(_LEFT - 5), y=y, dy="0.35em", class_="tick end"))
    for share, name in x_ticks:
        x = _at(_LEFT + share * _INNER_WIDTH)
        shapes.append(element("text", name, x=x, y=_at(bottom + 14), class_="tick mid"))
    return shapes


def _figure(
    title: str,
    desc: str,
    shapes: list[Html],
    x_label: str,
    y_label: str,
    legend: Sequence[tuple[str, str]],
    numbers: Html,
) -> Html:
    slug = re.sub(r"\W+", "-", title.lower())
    middle = _at(_TOP + _INNER_HEIGHT / 2)
    graphic = element(
        "svg",
        element("title", title, id=f"{slug}-title"),
        element("desc", desc, id=f"{slug}-desc"),
        shapes,
        element("text", x_label, x=_at(_LEFT + _INNER_WIDTH / 2), y=_at(_HEIGHT - 6), class_="axis mid"),
        element("text", y_label, x="12", y=middle, transform=f"rotate(-90 12 {middle})", class_="axis mid"),
        role="img",
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        aria_labelledby=f"{slug}-title {slug}-desc",
    )
    keys = [element("li", _key(style), " ", name) for name, style in legend]
    details = element("details", element("summary", "The numbers"), numbers)
    return element(
        "figure",
        element("figcaption", title),
        graphic,
        joined([element("ul", keys, class_="legend")]) if keys else "",
        details,
    )


def _key(style: str) -> Html:
    """A sample of how a series is drawn."""
    if style.startswith("s"):
        shape = element("rect", x="1", y="1", width="22", height="10", class_=f"bar {style}")
    elif style == "mark":
        shape = element("circle", cx="12", cy="6", r="5", class_="dot mark")
    else:
        shape = element("polyline", points="1,6 23,6", class_=f"curve {style}")
    return element("svg", shape, viewBox="0 0 24 12", class_="key", aria_hidden="true")
