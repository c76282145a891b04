"""Between the ledger of a review and labelled pages."""

from __future__ import annotations

from bisect import bisect_right
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
    segments: dict[int, list[tuple[int, LabelledSegment]]] = {}
    texts = split_lines(page.text)
    if page.structure is not None:  # its lines end with the last one that is not blank
        texts = texts[: len(page.structure.elements)]
    by_hand = [row for row, source in enumerate(entries.source[rows].tolist(), 1) if source >= HAND]
    offsets = dict(zip(*_line_starts(page.text), strict=True))
    columns: list[list[int]] = [column[rows].tolist() for column in (lines.starts, lines.numbers, *entries)]
    for start, line, label, kind, source in zip(*columns, strict=True):
        name = None if label == UNKNOWN else LABELS[label]
        given = LabelledSegment("", name, None if kind == UNKNOWN else KINDS[kind], source == UNSURE)
        segments.setdefault(line, []).append((start - offsets[line], given))
    made = tuple(_cut(text, segments.get(line, [])) for line, text in enumerate(texts, 1))
    base = known or LabelledPage(page.id, (), page.site or "")
    meta = {**base.meta, BY_HAND: by_hand}
    return LabelledPage(
        base.id,
        made,
        base.site,
        base.lang,
        base.page_type,
        base.source,
        base.gold,
        base.weight,
        meta,
        page.structure,
    )


def _cut(text: str, parts: list[tuple[int, LabelledSegment]]) -> tuple[LabelledSegment, ...]:
    borders = [0, *(start for start, _ in parts[1:]), len(text)]
    return tuple(
        LabelledSegment(text[left:right], part.label, part.kind, part.unsure)
        for (_, part), left, right in zip(parts, borders, borders[1:], strict=False)
    )


def _line_starts(text: str) -> tuple[range, list[int]]:
    """Number and beginning of each line."""
    starts = [0]
    at = 0
    for line in split_lines(text)[:-1]:
        at += len(line)
        at += 2 if text.startswith("\r\n", at) else 1
        starts.append(at)
    return range(1, len(starts) + 1), starts


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
    starts = dict(zip(*_line_starts(page.text), strict=True))
    borders: dict[int, tuple[list[int], int]] = {}
    ordinal = 1
    for line, parts in enumerate(labelled.lines, 1):
        if parts:
            ends = list(accumulate((len(part.text) for part in parts), initial=starts[line]))
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
