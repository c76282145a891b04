"""The elements of a reduced page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
LISTS: Final = frozenset(("ul", "ol"))
CELLS: Final = frozenset(("td", "th"))
TABLE_PARTS: Final = frozenset(("table", "thead", "tbody", "tfoot", "tr"))
INLINE: Final = frozenset(
    (
        *("a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "rp"),
        *("rt", "ruby", "s", "samp", "small", "strong", "sub", "sup", "time", "u", "var"),
    )
)

HOLDS_BLOCK: Final = 1
HOLDS_STRUCTURE: Final = 2
"""Of `Element.holds`: a heading, list, quote, table or verbatim text."""
HOLDS_TEXT: Final = 4
HOLDS_IMAGE: Final = 8
HOLDS_BREAK: Final = 16
STRUCTURE: Final = HEADINGS | LISTS | {"dl", "blockquote", "pre", "table", "figure"}


@dataclass(slots=True)
class Element:
    """An element of the reduced page.

    Parameters
    ----------
    tag, attributes
        Only such as are safe to show; addresses are checked and resolved.
    children
        Elements and text.  The text of a line is as it stands in the line.
    holds
        What lies in it: `HOLDS_BLOCK` and so on.
    """

    tag: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)
    holds: int = 0


def steps(root: Element) -> Iterator[tuple[Element | str, bool]]:
    """Walk a tree in document order, without recursion, which could not go as deep as pages do.

    Yields
    ------
    (node, entered)
        Elements twice, when they begin and, with False, when they end.
    """
    stack: list[tuple[Element, Iterator[Element | str]]] = [(root, iter(root.children))]
    yield root, True
    while stack:
        element, children = stack[-1]
        child = next(children, None)
        if child is None:
            stack.pop()
            yield element, False
        elif isinstance(child, str):
            yield child, True
        else:
            yield child, True
            stack.append((child, iter(child.children)))
