"""HTML that page text can never become: every plain string is escaped, only `Html` is taken as it is."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Final, TypeAlias

# What a browser would drop, obey or refuse, or UTF-8 has not; page text has no other use for it.
_UNSEEN: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
_VOID: Final = frozenset({"meta", "br"})
LINE_CHARS: Final = 240
"""Most characters shown of a line in lists."""


class Html(str):
    """Markup that this package has made."""

    __slots__ = ()


Content: TypeAlias = "str | int | Iterable[Content]"


def escaped(text: str) -> Html:
    """Escape any text; control characters and lone surrogates become the replacement character."""
    return Html(html.escape(_UNSEEN.sub("\ufffd", text), quote=False))


def element(name: str, /, *children: Content, **attributes: object) -> Html:
    """Make an element.

    Parameters
    ----------
    name
        Its tag.
    *children
        Plain strings are escaped, `Html` is not; lists are joined.
    **attributes
        ``class_`` is ``class``, ``aria_label`` is ``aria-label``; those that are None are left out.

    Examples
    --------
    >>> print(element("p", "1 < 2 ", element("b", "so"), class_="note"))
    <p class="note">1 &lt; 2 <b>so</b></p>
    """
    head = name
    for key, value in attributes.items():
        if value is not None:
            value = html.escape(_UNSEEN.sub("\ufffd", str(value)))
            head += f' {key.rstrip("_").replace("_", "-")}="{value}"'
    if name in _VOID:
        return Html(f"<{head}>")
    return Html(f"<{head}>{joined(children)}</{name}>")


def joined(children: Iterable[Content]) -> Html:
    """Join contents."""
    parts: list[str] = []
    for child in children:
        if isinstance(child, Html):
            parts.append(child)
        elif isinstance(child, str):
            parts.append(escaped(child))
        elif isinstance(child, int):
            parts.append(f"{child:,}")
        else:
            parts.append(joined(child))
    return Html("".join(parts))


def page_text(text: str, limit: int = LINE_CHARS, length: int | None = None) -> Html:
    """Show text of a page, cut where it is long; whatever its direction, it cannot disturb what is around it.

    Parameters
    ----------
    text
        The text, or the beginning of it.
    limit
        Most characters to show.
    length
        How long the whole text is, by default the length of `text`.
    """
    length = len(text) if length is None else length
    shown = element("bdi", text[:limit])
    if length <= limit:
        return shown
    return joined([shown, "… ", element("small", f"({length - limit:,} more characters)", class_="cut")])


def table(heads: Iterable[str], rows: Iterable[Iterable[Content]], caption: str = "", numbers: int = 0) -> Html:
    """Make a table.

    Parameters
    ----------
    heads
        Names of the columns.
    rows
        Cells; the first of each row is its head.
    caption
        What the table shows.
    numbers
        How many columns, from the second on, hold numbers.
    """
    head = element("tr", [element("th", name, scope="col") for name in heads])
    body: list[Html] = []
    for row in rows:
        first, *rest = row
        cells = [element("th", first, scope="row")]
        cells += [element("td", cell, class_="n" if index < numbers else None) for index, cell in enumerate(rest)]
        body.append(element("tr", cells))
    title = [element("caption", caption)] if caption else []
    inner = element("table", title, element("thead", head), element("tbody", body))
    return element("div", inner, class_="wide")
