"""A clean page as HTML: its own document reduced to what was kept.

Nothing of the page is copied as markup: elements and attributes are written anew from short lists of those that
are safe, and all text is escaped.  So scripts, styles, event handlers, frames and controls cannot come through.
A page of plain text becomes a paragraph for each block of its lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from detector.render.elements import INLINE, Element, steps
from detector.render.escape import visible
from detector.render.tree import reduced
from detector.segment.text import is_blank, split_lines

if TYPE_CHECKING:
    from detector.cleaner import CleanPage

_VOID: Final = ("br", "img")
_WITHIN: Final = INLINE | {"br", "img"}
_MAX_TITLE: Final = 200


def to_html(page: CleanPage) -> str:
    """Write what is kept of a page as a document of HTML that is safe to show.

    Parameters
    ----------
    page
        The clean page.

    Returns
    -------
    str
        The document; its declared encoding is UTF-8.
    """
    tree = reduced(page)
    if tree is None:
        return _document(_paragraphs(page.text), "", "", page.text)
    return _document("".join(_markup(tree.body)), tree.title, tree.lang, page.text)


def _document(body: str, title: str, lang: str, text: str) -> str:
    if not title:
        title = next((line.strip() for line in split_lines(text) if not is_blank(line)), "")
    language = f' lang="{_escaped(lang)}"' if lang else ""
    return (
        f'<!DOCTYPE html>\n<html{language}>\n<head>\n<meta charset="utf-8">\n'
        f"<title>{_escaped(title[:_MAX_TITLE])}</title>\n</head>\n<body>\n{body.strip(chr(10))}\n</body>\n</html>\n"
    )


def _paragraphs(text: str) -> str:
    blocks: list[list[str]] = [[]]
    for line in split_lines(text):
        if not is_blank(line):
            blocks[-1].append(_escaped(line.strip()))
        elif blocks[-1]:
            blocks.append([])
    return "\n".join("<p>" + "<br>\n".join(block) + "</p>" for block in blocks if block)


def _markup(body: Element) -> list[str]:
    parts: list[str] = []
    verbatim = 0
    for node, entered in steps(body):
        if isinstance(node, str):
            parts.append(_escaped(node))
            continue
        if node is body:
            continue
        tag = node.tag
        block = tag not in _WITHIN
        if entered:
            attributes = "".join([f' {name}="{_escaped(value)}"' for name, value in node.attributes.items()])
            if block and not verbatim:
                parts.append("\n")
            parts.append(f"<{tag}{attributes}>")
            if tag == "pre":
                verbatim += 1
                if _first_text(node).startswith("\n"):  # a parser leaves out the first one
                    parts.append("\n")
        elif tag not in _VOID:
            verbatim -= tag == "pre"
            parts.append(f"</{tag}>")
            if block and not verbatim:
                parts.append("\n")
    return [part for part, before in zip(parts, ["", *parts], strict=False) if not part == before == "\n"]


def _first_text(element: Element) -> str:
    """The text an element begins with, if it does."""
    first: Element | str = element
    while isinstance(first, Element):
        if not first.children:
            return ""
        first = first.children[0]
    return first


def _escaped(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return visible(text)
