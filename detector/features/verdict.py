"""What stage two's verdicts on the lines of a page say of each other, for stage three.

A line that looks like noise among lines that are surely article, or under the same tags as cards that are, is
judged anew by what became of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector.features.context import SCORE_UNIT
from detector.features.pages import PageRows, prefix_sums
from detector.features.tree import Tree, intervals, path_hashes

_NEIGHBOURS: Final = 3
_WIDE: Final = 8
_MAX_CHARS: Final = 600
_PROBABILITY_UNIT: Final = 1 << 10
_PAGE_SALT: Final = np.uint64(0x9E3779B97F4A7C15)
_PATHS: Final = (("alike", range(4), True), ("kin", range(3), False), ("twin", range(2), True))
_LEVELS: Final = (1, 2, 3, 4)
_LIMIT: Final = 8 * SCORE_UNIT  # log odds beyond this are as sure as they get

COLUMNS: Final = (
    *(f"verdict[{step:+d}]" for step in range(-_NEIGHBOURS, _NEIGHBOURS + 1)),
    "verdict_before",
    "verdict_after",
    "page_verdict",
    "page_article",
    "verdict_log_chars",
)
"""Columns for every page."""

OWN: Final = COLUMNS.index("verdict[+0]")
"""Which column is the verdict on the line itself."""

TREE_COLUMNS: Final = (
    *(f"{name}_verdict_{value}" for name, _, _ in _PATHS for value in ("mean", "others", "lines", "chars")),
    *(f"around_{level}_verdict" for level in _LEVELS),
)
"""Columns for pages of HTML besides."""

_Column = NDArray[Any]


def verdict_columns(
    verdicts: NDArray[np.int64], n_chars: NDArray[np.int64], page_rows: NDArray[np.int64], tree: Tree | None = None
) -> NDArray[np.float32]:
    """Describe each line by the verdicts on it and on others.

    Parameters
    ----------
    verdicts
        int64, shape (n_lines,): stage two's log odds of article, in units of 1 / `SCORE_UNIT`.
    n_chars
        int64, shape (n_lines,).
    page_rows
        int64, shape (n_pages + 1,): the first line of each page.
    tree
        The trees of the pages, for pages of HTML.

    Returns
    -------
    float32 array of shape (n_lines, n_columns)
        `COLUMNS`, and `TREE_COLUMNS` for pages of HTML.
    """
    verdicts = np.clip(verdicts, -_LIMIT, _LIMIT)
    capped = np.minimum(n_chars, _MAX_CHARS)
    pages = PageRows.of(page_rows)
    columns = [*_neighbour_columns(pages, verdicts, capped)]
    if tree is not None:
        columns += _tree_columns(tree, pages, verdicts, capped)
    return np.stack(columns, 1).astype(np.float32)


def own_column(verdicts: NDArray[np.int64]) -> NDArray[np.float32]:
    """Give the column of the verdict on the line itself."""
    return (np.clip(verdicts, -_LIMIT, _LIMIT) / np.float32(SCORE_UNIT)).astype(np.float32)


def _neighbour_columns(pages: PageRows, verdicts: NDArray[np.int64], capped: NDArray[np.int64]) -> Iterator[_Column]:
    score = own_column(verdicts)
    for step in range(-_NEIGHBOURS, _NEIGHBOURS + 1):
        yield pages.moved(score, step, 0.0)
    sums, chars = prefix_sums(verdicts * capped), prefix_sums(capped)
    first, last = np.maximum(pages.rows - _WIDE, pages.low), np.minimum(pages.rows + _WIDE + 1, pages.high)
    for begin, end in ((first, pages.rows), (pages.rows + 1, last)):
        yield (sums[end] - sums[begin]) / (SCORE_UNIT * np.maximum(chars[end] - chars[begin], 1))
    article = np.rint(_PROBABILITY_UNIT / (1 + np.exp(-verdicts / SCORE_UNIT))).astype(np.int64)
    size = np.maximum(np.diff(chars[pages.page_rows]), 1)
    for total, unit in ((sums, SCORE_UNIT), (prefix_sums(article * capped), _PROBABILITY_UNIT)):
        yield (np.diff(total[pages.page_rows]) / (unit * size))[pages.page]
    yield np.log1p(capped)


def _tree_columns(
    tree: Tree, pages: PageRows, verdicts: NDArray[np.int64], capped: NDArray[np.int64]
) -> Iterator[_Column]:
    weighted = verdicts * capped
    salt = pages.page.astype(np.uint64) * _PAGE_SALT
    for _, levels, names in _PATHS:
        group = np.unique(path_hashes(tree, levels, names=names) ^ salt, return_inverse=True)[1]
        # Sums of whole numbers far below 2**53 are exact in double precision.
        lines, total = np.bincount(group)[group], np.bincount(group, verdicts)[group]
        yield total / (SCORE_UNIT * lines)
        yield (total - verdicts) / (SCORE_UNIT * np.maximum(lines - 1, 1))
        yield np.log1p(lines)
        yield np.bincount(group, weighted)[group] / (SCORE_UNIT * np.bincount(group, capped)[group])
    first, last = intervals(tree)
    sums, chars = prefix_sums(weighted), prefix_sums(capped)
    for level in _LEVELS:
        if level >= len(tree.ancestors):
            yield np.zeros(len(verdicts))
            continue
        element = np.maximum(tree.ancestors[level], 0)
        begin, end = first[element], last[element]
        mean = (sums[end] - sums[begin]) / (SCORE_UNIT * np.maximum(chars[end] - chars[begin], 1))
        yield np.where(tree.ancestors[level] >= 0, mean, 0)
