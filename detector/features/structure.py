"""What the tree of an HTML page says of its lines.

A linear model of the tags and names around a line gives it a structure score, as n-grams give it a
text score; columns for stage two come from both scores and from the tree's shape.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.features.context import SCORE_UNIT
from detector.features.pages import PageRows, prefix_sums
from detector.features.span import COLUMNS as SPAN_COLUMNS
from detector.features.span import span_columns
from detector.features.tree import (
    AROUND,
    CODES,
    HEADINGS,
    INNERMOST,
    NEAR,
    TAGS,
    Tree,
    codes_at,
    intervals,
    path_hashes,
)

_WINDOW: Final = 5
_WIDE: Final = (10, 30)
_LEVELS: Final = (1, 2, 4)
_HEARTS: Final = (0.4, 0.75)
_MAX_CHARS: Final = 600
_PAGE_SALT: Final = np.uint64(0x9E3779B97F4A7C15)
_Column = NDArray[Any]

COLUMNS: Final = (
    *(f"structure_{step:+d}" for step in range(-_WINDOW, _WINDOW + 1)),
    *(f"joint_{step:+d}" for step in range(-_WINDOW, _WINDOW + 1)),
    *(f"joint_{side}_{width}" for width in _WIDE for side in ("before", "after")),
    "page_structure",
    "page_joint",
    *(f"joint_{name}" for name in SPAN_COLUMNS),
    *(f"in_{group[0]}" for group in INNERMOST),
    *(f"under_{group[0]}" for group in AROUND),
    "linked",
    "linked_before",
    "linked_after",
    "images",
    "depth",
    *(
        f"{kind}_{name}"
        for kind in ("alike", "akin")
        for name in ("lines", "chars", "joint", "text", "before", "after")
    ),
    *(f"around_{level}_{name}" for level in _LEVELS for name in ("lines", "mass", "joint", "linked", "place")),
    *(f"heart_{share}_{name}" for share in _HEARTS for name in ("inside", "above", "below", "lines")),
    "since_heading",
    "until_heading",
    "heading",
    "since_h1",
    "any_h1",
)


class _Mass(NamedTuple):
    """Running sums over lines: of scores, of characters, of likely story, of text of links."""

    joint: NDArray[np.int64]
    chars: NDArray[np.int64]
    story: NDArray[np.int64]
    linked: NDArray[np.int64]


def structure_columns(
    tree: Tree,
    text: NDArray[np.int64],
    structure: NDArray[np.int64],
    n_chars: NDArray[np.int64],
    page_rows: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Describe each line by the tree around it.

    Parameters
    ----------
    tree
        The trees of the pages.
    text, structure
        int64, shape (n_lines,): log odds of article by the line's text and by its tags and names, in
        units of 1 / `SCORE_UNIT`.
    n_chars
        int64, shape (n_lines,).
    page_rows
        int64, shape (n_pages + 1,): the first line of each page.

    Returns
    -------
    float32 array of shape (n_lines, len(COLUMNS))
    """
    pages = PageRows.of(page_rows)
    joint = text + structure
    capped = np.minimum(n_chars, _MAX_CHARS)
    linked = np.rint(tree.linked * capped).astype(np.int64)
    mass = _Mass(*map(prefix_sums, (joint, capped, np.where(joint > 0, capped, 0), linked)))
    columns = np.empty((len(text), len(COLUMNS)), np.float32)
    families = (
        _score_columns(pages, structure, joint),
        iter(span_columns(joint, n_chars, page_rows).T),
        _tag_columns(tree),
        _link_columns(tree, pages),
        _alike_columns(tree, pages, text, joint, capped),
        _around_columns(tree, pages, mass),
        _heart_columns(tree, pages, mass.story),
        _heading_columns(tree, pages),
    )
    for index, values in enumerate(itertools.chain.from_iterable(families)):
        columns[:, index] = values
    return columns


def _score_columns(pages: PageRows, structure: NDArray[np.int64], joint: NDArray[np.int64]) -> Iterator[_Column]:
    for values in (structure, joint):
        score = _score(values)
        for step in range(-_WINDOW, _WINDOW + 1):
            yield pages.moved(score, step, -3.0)
    sums = prefix_sums(joint)
    for width in _WIDE:
        first, last = np.maximum(pages.rows - width, pages.low), np.minimum(pages.rows + width + 1, pages.high)
        for begin, end in ((first, pages.rows), (pages.rows + 1, last)):
            yield _score(sums[end] - sums[begin]) / np.maximum(end - begin, 1)
    for prefix in (prefix_sums(structure), sums):
        total = np.diff(prefix[pages.page_rows])
        yield (_score(total) / np.maximum(np.diff(pages.page_rows), 1))[pages.page]


def _tag_columns(tree: Tree) -> Iterator[_Column]:
    nearest = codes_at(tree, 0)
    for tags in INNERMOST:
        yield np.isin(nearest, [CODES[tag] for tag in tags])
    is_around = np.zeros((len(AROUND), len(TAGS) + 1), np.bool_)
    for index, group in enumerate(AROUND):
        is_around[index, [CODES[tag] for tag in group]] = True
    under = np.zeros((len(AROUND), len(nearest)), np.bool_)
    for level in range(len(tree.ancestors)):
        under |= is_around[:, codes_at(tree, level)]
    yield from under


def _link_columns(tree: Tree, pages: PageRows) -> Iterator[_Column]:
    for step in (0, -1, 1):
        yield pages.moved(tree.linked, step, 0)
    yield np.minimum(tree.images, 3)
    depth = np.zeros(len(tree.linked), np.int64)
    for around in tree.ancestors:
        depth += around >= 0
    yield _log(depth)


def _alike_columns(
    tree: Tree, pages: PageRows, text: NDArray[np.int64], joint: NDArray[np.int64], capped: NDArray[np.int64]
) -> Iterator[_Column]:
    """Lines of the page under the same tags and names, or only the same tags."""
    page_chars = np.maximum(np.bincount(pages.page, capped, len(pages.page_rows) - 1), 1)
    for paths in (path_hashes(tree, range(NEAR + 1), names=True), path_hashes(tree, range(NEAR), names=False)):
        keys = paths ^ (pages.page.astype(np.uint64) * _PAGE_SALT)
        group = np.unique(keys, return_inverse=True)[1]
        lines = np.bincount(group)
        yield _log(lines[group])
        yield (np.bincount(group, capped)[group] / page_chars[pages.page]).astype(np.float32)
        for values in (joint, text):
            yield (_score(np.bincount(group, values)) / lines)[group]
        same = np.zeros(len(group) + 1, np.bool_)
        same[1:-1] = group[1:] == group[:-1]
        yield same[:-1]
        yield same[1:]


def _around_columns(tree: Tree, pages: PageRows, mass: _Mass) -> Iterator[_Column]:
    """The elements around each line, some levels up."""
    page_story = np.maximum(mass.story[pages.high] - mass.story[pages.low], 1)
    first, last = intervals(tree)
    for level in _LEVELS:
        begin, end = pages.low, pages.high
        if level < len(tree.ancestors):
            around = tree.ancestors[level]
            begin = np.where(around >= 0, first[np.maximum(around, 0)], begin)
            end = np.where(around >= 0, last[np.maximum(around, 0)], end)
        count = np.maximum(end - begin, 1)
        yield _log(count)
        yield (mass.story[end] - mass.story[begin]) / page_story
        yield _score(mass.joint[end] - mass.joint[begin]) / count
        yield (mass.linked[end] - mass.linked[begin]) / np.maximum(mass.chars[end] - mass.chars[begin], 1)
        yield (pages.rows - begin) / count


def _heart_columns(tree: Tree, pages: PageRows, story: NDArray[np.int64]) -> Iterator[_Column]:
    """The innermost element that holds a share of the page's likely story."""
    first, last = intervals(tree)
    known = np.flatnonzero(last > first)
    first, last = first[known], last[known]
    owner = pages.page[first]
    held = story[last] - story[first]
    total = np.maximum(np.diff(story[pages.page_rows]), 1)[owner]
    for share in _HEARTS:
        enough = held >= share * total
        begin, end = pages.page_rows[:-1].copy(), pages.page_rows[1:].copy()
        begin[owner[enough]] = first[enough]  # of the elements of a page the last assignment stays: the innermost
        end[owner[enough]] = last[enough]
        start, stop = begin[pages.page], end[pages.page]
        yield (pages.rows >= start) & (pages.rows < stop)
        yield _log(start - pages.rows)
        yield _log(pages.rows - stop + 1)
        yield (stop - start) / np.maximum(pages.high - pages.low, 1)


def _heading_columns(tree: Tree, pages: PageRows) -> Iterator[_Column]:
    rank_of = np.zeros(len(TAGS) + 1, np.int64)
    for rank, tag in enumerate(HEADINGS, 1):
        rank_of[CODES[tag]] = rank
    n_lines = len(pages.rows)
    heading = np.zeros(n_lines, np.int64)
    for level in range(NEAR):
        heading = np.where(heading == 0, rank_of[codes_at(tree, level)], heading)
    before = np.maximum.accumulate(np.where(heading > 0, pages.rows, -1))
    after = np.minimum.accumulate(np.where(heading > 0, pages.rows, n_lines)[::-1])[::-1]
    h1 = np.maximum.accumulate(np.where(heading == 1, pages.rows, -1))
    yield _log(np.where(before >= pages.low, pages.rows - before, 99))
    yield _log(np.where(after < pages.high, after - pages.rows, 99))
    yield np.where(before >= pages.low, heading[np.maximum(before, 0)], 0)
    yield _log(np.where(h1 >= pages.low, pages.rows - h1, 199))
    yield h1 >= pages.low


def _score(values: _Column) -> NDArray[np.float32]:
    return np.asarray(values / np.float32(SCORE_UNIT), np.float32)


def _log(values: _Column) -> NDArray[np.float32]:
    return np.asarray(np.log1p(np.maximum(values, 0).astype(np.float32)))
