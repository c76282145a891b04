"""Between the ledger of a review and labelled pages."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from itertools import accumulate
from typing import Any, Final

import numpy as np

from detector.labels import KINDS, LabelledPage, LabelledSegment
from detector.page import Page
from detector.review.collect import Lines
from detector.review.ledger import HAND, LABELS, SPREAD, UNKNOWN, UNSURE, Entries
from detector.segment.text import is_blank, split_lines

BY_HAND: Final = "by_hand"
"""In ``meta``: which segments a person has answered, by number from 1, blank lines not counted.

The others with a label have it from an equal line.
"""


def labelled_page(page: Page, lines: Lines, number: int, entries: Entries, known: LabelledPage | None) -> LabelledPage:
    """Make the labelled page.

    Parameters
    ----------
    page
        The page.
    lines
        The lines of all pages.
    number
        Which of them it is.
    entries
        What is known of all lines.
    known
        The page as it was in the labelled-page file; what it says beside the lines stays.
    """
    rows = lines.rows_of(number)
    texts = split_lines(page.text)
    if page.structure is not None:  # its lines end with the last one that is not blank
        texts = texts[: len(page.structure.elements)]
    made: list[tuple[LabelledSegment, ...]] = [()] * len(texts)
    columns: list[list[int]] = [column[rows].tolist() for column in (lines.numbers, *entries)]
    for line, *entry in zip(*columns, strict=True):
        made[line - 1] += (_segment(texts[line - 1], *entry),)
    if (glued := np.flatnonzero(np.diff(lines.numbers[rows]) == 0)).size:
        starts = _line_starts(page.text)
        for line in np.unique(lines.numbers[rows][glued]).tolist():
            first, last = np.searchsorted(lines.numbers[rows], (line, line + 1))
            cuts = lines.starts[rows][first + 1 : last] - starts[line - 1]
            made[line - 1] = _cut(made[line - 1], [0, *cuts.tolist(), len(texts[line - 1])])
    by_hand = (np.flatnonzero(entries.source[rows] >= HAND) + 1).tolist()
    base = known or LabelledPage(page.id, (), page.site or "")
    meta = {**base.meta, BY_HAND: by_hand}
    return LabelledPage(
        base.id,
        tuple(made),
        base.site,
        base.lang,
        base.page_type,
        base.source,
        base.gold,
        base.weight,
        meta,
        page.structure,
    )


def _segment(text: str, label: int, kind: int, source: int) -> LabelledSegment:
    name = None if label == UNKNOWN else LABELS[label]
    return LabelledSegment(text, name, None if kind == UNKNOWN else KINDS[kind], source == UNSURE)


def _cut(parts: tuple[LabelledSegment, ...], borders: list[int]) -> tuple[LabelledSegment, ...]:
    """Give each part of a line, of which all have the whole text, its own."""
    return tuple(
        replace(part, text=part.text[left:right])
        for part, left, right in zip(parts, borders, borders[1:], strict=False)
    )


def _line_starts(text: str) -> list[int]:
    """Where each line begins."""
    return [0, *(found.end() for found in re.finditer(r"\r\n|\r|\n", text))]


def entries_of(labelled: LabelledPage, page: Page, lines: Lines, number: int) -> Entries | None:
    """Read a labelled page back.

    Returns
    -------
    Entries or None
        Of the lines of the page; None where the labelled page has another text, or is cut at other places.
    """
    if _shape(split_lines(page.text)) != _shape(["".join(part.text for part in line) for line in labelled.lines]):
        return None
    rows = lines.rows_of(number)
    n = rows.stop - rows.start
    label, kind, source = np.full(n, UNKNOWN, np.int8), np.full(n, UNKNOWN, np.int8), np.zeros(n, np.int8)
    hand = labelled.meta.get(BY_HAND)
    by_hand = set(hand) if isinstance(hand, list) and all(type(item) is int for item in hand) else None
    starts = _line_starts(page.text)
    borders: dict[int, tuple[list[int], int]] = {}
    ordinal = 1
    for line, parts in enumerate(labelled.lines, 1):
        if parts:
            ends = list(accumulate((len(part.text) for part in parts), initial=starts[line - 1]))
            borders[line] = ends, ordinal
            ordinal += len(parts)
    for row in range(n):
        at = rows.start + row
        line = int(lines.numbers[at])
        bounds, first = borders[line]
        index = bisect_right(bounds, int(lines.starts[at])) - 1
        part = labelled.lines[line - 1][index]
        if int(lines.ends[at]) > bounds[index + 1] and len({(p.label, p.kind) for p in labelled.lines[line - 1]}) > 1:
            return None
        if part.label is not None:
            label[row] = LABELS.index(part.label)
            kind[row] = UNKNOWN if part.kind is None else KINDS.index(part.kind)
            source[row] = UNSURE if part.unsure else HAND if by_hand is None or first + index in by_hand else SPREAD
    return Entries(label, kind, source)


def _shape(texts: list[str]) -> list[str]:
    """Lines as a labelled page holds them; blank lines at the end do not count."""
    shown: list[Any] = ["" if is_blank(text) else text for text in texts]
    while shown and not shown[-1]:
        shown.pop()
    return shown
