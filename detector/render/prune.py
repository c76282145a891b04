"""Take out of a tree what was not kept, without letting lines run together that stood apart."""

from __future__ import annotations

from typing import Final

from detector.render.elements import (
    CELLS,
    HEADINGS,
    HOLDS_BLOCK,
    HOLDS_BREAK,
    HOLDS_IMAGE,
    HOLDS_STRUCTURE,
    HOLDS_TEXT,
    INLINE,
    LISTS,
    STRUCTURE,
    TABLE_PARTS,
    Element,
    steps,
)

_ATOMS: Final = {"br": HOLDS_BREAK, "img": HOLDS_IMAGE}
_GLUED: Final = INLINE | CELLS
"""These do not end a line, so a line break at their borders parts what stands around them."""
_INSIDE: Final = INLINE | CELLS | {"br", "img"}
_MAX_BREAKS: Final = 2


def prune(root: Element) -> None:
    """Remove elements without text, in place.

    Images stay beside text in the same block.  Where a block goes from between two stretches of text, a
    line break takes its place.
    """
    for node, entered in steps(root):
        if not entered and isinstance(node, Element):
            _reduce(node)


def _reduce(element: Element) -> None:
    if element.tag in _ATOMS:
        element.holds = _ATOMS[element.tag]
        return
    children: list[Element | str] = []
    holds = 0
    for child in element.children:
        if isinstance(child, str):
            if child:
                children.append(child)
                holds |= HOLDS_TEXT
            continue
        if child.holds & HOLDS_TEXT or (child.holds & HOLDS_IMAGE and child.tag in _INSIDE):
            children.append(_without_wrapper(child, element))
            holds |= child.holds
        elif child.tag in CELLS:
            children.append(child)
        elif child.holds & HOLDS_BREAK or child.tag not in _INSIDE:
            children.append(Element("br", holds=HOLDS_BREAK))
            holds |= HOLDS_BREAK
        if child.tag not in _INSIDE and child.holds & HOLDS_TEXT:
            holds |= HOLDS_BLOCK | (HOLDS_STRUCTURE if child.tag in STRUCTURE else 0)
    if not holds & HOLDS_TEXT:
        # What an inline element or a cell without text holds is the block's to judge.
        holds &= HOLDS_IMAGE | HOLDS_BREAK if element.tag in _GLUED else 0
        children = children if element.tag in _GLUED else []
    elif element.tag == "body":
        children = [child for child in children if isinstance(child, str) or child.holds & (HOLDS_TEXT | HOLDS_BREAK)]
    element.holds = holds
    element.children = _with_breaks(children, element.tag)
    is_list = element.tag in LISTS and any(isinstance(child, Element) and child.tag == "li" for child in children)
    if (element.tag == "p" and holds & HOLDS_BLOCK) or (element.tag in LISTS and not is_list):
        element.tag, element.attributes = "div", {}


def _without_wrapper(child: Element, parent: Element) -> Element:
    """The only block in a ``div`` that says nothing, in its place."""
    if child.tag != "div" or child.attributes or len(child.children) != 1 or parent.tag in HEADINGS | LISTS | {"dl"}:
        return child
    only = child.children[0]
    return child if isinstance(only, str) or only.tag in _INSIDE else only


def _with_breaks(children: list[Element | str], tag: str) -> list[Element | str]:
    """Leave out line breaks that part nothing: at the borders of blocks, and more than two in a row."""
    if tag in TABLE_PARTS:
        return [child for child in children if isinstance(child, Element) and child.tag != "br"]
    inline = tag in _GLUED
    found: list[Element | str] = []
    breaks = 0 if inline else _MAX_BREAKS
    for child in children:
        if isinstance(child, Element) and child.tag == "br":
            if breaks < _MAX_BREAKS:
                found.append(child)
                breaks += 1
            continue
        if isinstance(child, Element) and child.tag not in _INSIDE:
            _drop_breaks(found)
            breaks = _MAX_BREAKS
        else:
            breaks = 0
        found.append(child)
    if not inline:
        _drop_breaks(found)
    return found


def _drop_breaks(found: list[Element | str]) -> None:
    while found and isinstance(found[-1], Element) and found[-1].tag == "br":
        found.pop()
