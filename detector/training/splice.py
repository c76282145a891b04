"""Pages spliced of several: the story of one, the top of another, the bottom of a third.

On a real page the story ends and something else begins; there are only so many real pages to learn
that from.  A splice makes another such border out of real parts.  Used in training only.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from detector.labels import ARTICLE, NOISE, LabelledPage, LabelledSegment

SPLICED: Final = "spliced"
"""The source of spliced pages."""

_WEIGHT: Final = 0.7
_MIN_ARTICLE_LINES: Final = 4
_LONG_TAIL: Final = 8

_Line = tuple[LabelledSegment, ...]


class _Parts(NamedTuple):
    page: LabelledPage
    head: list[_Line]
    story: list[_Line]
    tail: list[_Line]


def _parts(page: LabelledPage) -> _Parts | None:
    if page.page_type not in ("", "article") or page.meta.get("oracle_f1", 1.0) < 0.9:
        return None
    lines = [line for line in page.lines if line]
    if any(segment.label not in (ARTICLE, NOISE) for line in lines for segment in line):
        return None
    story = [row for row, line in enumerate(lines) if any(segment.label == ARTICLE for segment in line)]
    if len(story) < _MIN_ARTICLE_LINES:
        return None
    first, last = story[0], story[-1] + 1
    return _Parts(page, lines[:first], lines[first:last], lines[last:])


def _splice(own: _Parts, pool: Sequence[_Parts], rng: random.Random) -> LabelledPage:
    top, bottom = rng.choice(pool), rng.choice(pool)
    for _ in range(5):
        if len(bottom.tail) > _LONG_TAIL:
            break
        bottom = rng.choice(pool)
    head, story, tail = list(top.head), list(own.story), list(bottom.tail)
    if head and rng.random() < 0.3:
        head = head[len(head) - rng.randint(0, min(len(head), 20)) :]
    if rng.random() < 0.3:
        tail = tail[: rng.randint(0, 40)]
    if rng.random() < 0.5:
        other = rng.choice(pool)
        block = other.tail or other.head
        if len(block) > 3:
            start, size = rng.randrange(len(block)), rng.randint(2, 14)
            at = rng.randint(1, len(story))
            story[at:at] = block[start : start + size]
    return replace(
        own.page,
        id=f"{own.page.id}~{SPLICED}",
        lines=tuple(head + story + tail),
        gold=None,
        source=SPLICED,
        weight=_WEIGHT * min(own.page.weight, 1),
        meta={},
        structure=None,
    )


def splice_all(pages: Sequence[LabelledPage], folds: Sequence[int], seed: int) -> tuple[list[LabelledPage], list[int]]:
    """One splice of each fully labelled article; all parts of a splice come from one fold.

    Returns
    -------
    pages, folds
        The splices and the fold of each.
    """
    pools: dict[int, list[_Parts]] = {}
    for page, fold in zip(pages, folds, strict=True):
        if parts := _parts(page):
            pools.setdefault(fold, []).append(parts)
    made, made_folds = [], []
    for fold, pool in sorted(pools.items()):
        for parts in pool:
            made.append(_splice(parts, pool, random.Random(f"{seed}:{parts.page.id}")))
            made_folds.append(fold)
    return made, made_folds
