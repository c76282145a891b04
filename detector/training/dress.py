"""Text pages in HTML, as an auto-blog puts them there.

The labels of injected noise are those of text pages, and the corpora of HTML hold next to none inside a story.  In a
repost it stands in paragraphs like the story's own, so networks for HTML that have not seen that go by the tags alone.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

from detector.labels import ARTICLE, LabelledPage, LabelledSegment
from detector.segment.structure import Structure
from detector.segment.text import is_blank
from detector.training.inject import INJECTED

_Element = tuple[str, str]
_WEIGHT: Final = 0.35
_PLAIN: Final = (("article", ""),)
_FRAMES: Final[tuple[tuple[_Element, ...], ...]] = (
    (),
    _PLAIN,
    (("main", ""), ("article", "post")),
    (("div", "wrapper"), ("div", "container"), ("div", "row"), ("div", "col-md-8"), ("div", "post-body entry-content")),
    (
        *(("div", "page site"), ("div", "content site-content"), ("main", "main site-main main")),
        *(("article", "post type-post status-publish"), ("div", "entry-content")),
    ),
    (("div", "main"), ("div", "article-body articleBody")),
    (("div", "content"), ("table", ""), ("tbody", ""), ("tr", ""), ("td", "")),
    (("section", ""), ("div", "td-post-content")),
    (("div", "content"),),
)
_PARAGRAPHS: Final = ("p", "p", "p", "p", "p", "p", "div", "div", "span", "")
_LISTS: Final = frozenset(("navigation", "share", "related_link"))
_LINKED: Final = frozenset((*_LISTS, "source_link", "comment_prompt"))
_SUBHEAD_CHARS: Final = 80
_HEADLINE_CHARS: Final = 160
_SENTENCE_ENDS: Final = '.!?…:;,"”»。！？'


@dataclass(slots=True)
class _Tree:
    parents: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    def add(self, parent: int, *elements: _Element) -> int:
        """Put elements into each other; return the innermost."""
        for tag, words in elements:
            self.parents.append(parent)
            self.tags.append(tag)
            self.words.append(words)
            parent = len(self.tags) - 1
        return parent


def dress(page: LabelledPage, rng: random.Random | None = None) -> LabelledPage:
    """Put the lines of a text page into HTML.

    Parameters
    ----------
    page
        A page without structure.
    rng
        Draws the elements: paragraphs in frames as blogs have them, now and then a heading, list, figure or menu.
        Without, each line is a paragraph of an article and nothing tells them apart.

    Returns
    -------
    LabelledPage
        With the same lines, half the weight and a structure; its source is that of pages made for training.
    """
    tree = _Tree()
    body = tree.add(-1, ("html", ""), ("body", ""))
    frame = tree.add(body, *(_PLAIN if rng is None else rng.choice(_FRAMES)))
    paragraph = "p" if rng is None else rng.choice(_PARAGRAPHS)
    elements, links = [frame] * len(page.lines), [0] * len(page.lines)
    filled = [row for row, line in enumerate(page.lines) if line and not is_blank("".join(part.text for part in line))]
    story = [row for row in filled if any(part.label == ARTICLE for part in page.lines[row])]
    for kind, group in groupby(filled, lambda row: _kind(page.lines[row])):
        rows = list(group)
        around, each = frame, paragraph
        if rng is not None and kind in _LISTS and rng.random() < 0.5:
            outside = bool(story) and not story[0] < rows[0] < story[-1]
            if outside and rng.random() < 0.6:
                around = tree.add(body, ("nav" if rows[0] < story[0] else "footer", ""))
            around, each = tree.add(around, ("ul", "")), "li"
        linked = rng is not None and kind in _LINKED and rng.random() < 0.6
        for row in rows:
            elements[row] = around
            if own := each if rng is None else _tag(page.lines[row], kind, row == filled[0], each, rng):
                elements[row] = tree.add(around, *((tag, "") for tag in own.split()))
            if linked:
                links[row] = sum(len(part.text) for part in page.lines[row])
    structure = Structure(
        tuple(elements),
        tuple(links),
        (0,) * len(elements),
        tuple(tree.parents),
        tuple(tree.tags),
        tuple(tree.words),
    )
    return replace(page, source=INJECTED, weight=_WEIGHT * page.weight, structure=structure)


def _kind(line: Sequence[LabelledSegment]) -> str | None:
    """The kind of a line that is noise as a whole."""
    return None if any(part.label == ARTICLE for part in line) else line[0].kind


def _tag(line: Sequence[LabelledSegment], kind: str | None, is_first: bool, tag: str, rng: random.Random) -> str:
    """The elements of a line, the outer one first."""
    text = "".join(part.text for part in line).strip()
    if kind == "caption":
        return "figure figcaption" if rng.random() < 0.2 else tag
    if kind is not None or text[-1:] in _SENTENCE_ENDS:
        return tag
    if is_first and len(text) < _HEADLINE_CHARS:
        return "h1" if rng.random() < 0.6 else tag
    if len(text) < _SUBHEAD_CHARS:
        return rng.choice(("h2", "h3")) if rng.random() < 0.3 else tag
    return tag
