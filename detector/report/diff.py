"""Two models or settings over the same pages: which lines change their verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.cleaner import Cleaner, CleanPage
from detector.decide import page_threshold
from detector.labels import ARTICLE, KINDS
from detector.page import Page
from detector.report.frequent import Entry, Frequent
from detector.report.inputs import Fail, clean_batch
from detector.report.markup import LINE_CHARS
from detector.segment.normal import COMPARED_CHARS, normal_form
from detector.segment.text import is_blank

_GROUPS: Final = 20_000
NOW_KEPT: Final = "now kept"
NOW_REMOVED: Final = "now removed"

Both = Callable[[Sequence[Page], Fail], list[tuple[CleanPage, CleanPage]]]


@dataclass(slots=True)
class Group:
    """Lines of one normal form that changed in one direction.

    Parameters
    ----------
    direction
        `NOW_KEPT` or `NOW_REMOVED`.
    text, page, number
        The first example: the beginning of its text, its page, and its line there.
    kinds
        How often each pair of verdicts: what the first one takes the line for, and what the second one does.
    """

    direction: str
    text: str
    page: str
    number: int
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)


class Change(NamedTuple):
    """A stretch of a page that one keeps and the other removes, and what each takes it for."""

    start: int
    end: int
    number: int
    now_kept: bool
    before: str
    after: str


@dataclass(slots=True)
class Diff:
    """What changed, in memory that does not grow with the pages.

    Parameters
    ----------
    pages, lines
        What was compared; lines as the first model cuts them.
    pages_changed
        Pages with a change.
    now_kept, now_removed
        Lines and characters.
    groups
        The changes by normal form.
    """

    pages: int = 0
    lines: int = 0
    pages_changed: int = 0
    now_kept: list[int] = field(default_factory=lambda: [0, 0])
    now_removed: list[int] = field(default_factory=lambda: [0, 0])
    groups: Frequent[Group] = field(default_factory=lambda: Frequent(_GROUPS))

    def add(self, before: CleanPage, after: CleanPage) -> None:
        """Compare the verdicts on a page."""
        self.pages += 1
        self.lines += len(before.scores.starts)
        found = changes(before, after)
        self.pages_changed += bool(found)
        text = before.page.text
        for change in found:
            direction = NOW_KEPT if change.now_kept else NOW_REMOVED
            counts = self.now_kept if change.now_kept else self.now_removed
            counts[0] += 1
            counts[1] += change.end - change.start
            form = normal_form(text[change.start : min(change.end, change.start + COMPARED_CHARS)])
            key = f"{direction}\n{form}"
            entry = self.groups.get(key)
            if entry is None:
                example = text[change.start : min(change.end, change.start + LINE_CHARS)]
                group = Group(direction, example, before.page.id[:LINE_CHARS], change.number)
                entry = self.groups.insert(key, group)
            entry.count += 1
            entry.note.kinds[change.before, change.after] += 1

    def as_json(self, top: int) -> dict[str, Any]:
        """Give all of it as JSON values, with the `top` most frequent groups."""
        return {
            "pages": self.pages,
            "pages_changed": self.pages_changed,
            "lines": self.lines,
            "now_kept": dict(zip(("lines", "chars"), self.now_kept, strict=True)),
            "now_removed": dict(zip(("lines", "chars"), self.now_removed, strict=True)),
            "count_may_miss": self.groups.missed,
            "groups": [_group_json(key, entry) for key, entry in self.groups.top(top)],
        }


def _group_json(key: str, entry: Entry[Group]) -> dict[str, Any]:
    group = entry.note
    return {
        "count": entry.count,
        "direction": group.direction,
        "normal_form": key.partition("\n")[2],
        "kinds": [{"a": a, "b": b, "count": n} for (a, b), n in group.kinds.most_common()],
        "text": group.text,
        "page": group.page,
        "line": group.number,
    }


def both(before: Cleaner, after: Cleaner) -> Both:
    """Give a function that cleans pages both ways; where they differ in the threshold alone, pages are scored once."""

    def clean(pages: Sequence[Page], fail: Fail) -> list[tuple[CleanPage, CleanPage]]:
        first = clean_batch(before, pages, fail)
        # A profile has a threshold of its own, which a page that is decided anew would not get.
        if before.model is after.model and before.memory is after.memory and not (before.profiles or after.profiles):
            return [(result, _redecided(result, after.threshold)) for result in first]
        second = clean_batch(after, [result.page for result in first], fail)
        if len(second) < len(first):
            # Pages that only the second model fails on are left out of both.
            done = {id(result.page) for result in second}
            first = [result for result in first if id(result.page) in done]
        return list(zip(first, second, strict=True))

    return clean


def _redecided(result: CleanPage, threshold: float | None) -> CleanPage:
    if threshold is None:
        threshold = page_threshold(result.scores.p_noise, result.scores.sizes)
    return replace(result, threshold=threshold)


def changes(before: CleanPage, after: CleanPage) -> list[Change]:
    """Find what changed in a page.

    Models may cut a line into segments in different places; then each piece that both agree on is compared.
    """
    a, b = before.scores, after.scores
    if not len(a.starts) or not len(b.starts):
        return []
    if np.array_equal(a.starts, b.starts) and np.array_equal(a.ends, b.ends):
        starts, ends = a.starts, a.ends
        row_a = row_b = np.arange(len(starts))
    else:
        bounds = np.unique(np.concatenate([a.starts, a.ends, b.starts, b.ends]))
        starts, ends = bounds[:-1], bounds[1:]
        row_a, in_a = _rows(a.starts, a.ends, starts)
        row_b, in_b = _rows(b.starts, b.ends, starts)
        shared = in_a & in_b
        starts, ends, row_a, row_b = starts[shared], ends[shared], row_a[shared], row_b[shared]
    kept_a, kept_b = before.is_kept[row_a], after.is_kept[row_b]
    noise_a, noise_b = before.is_noise[row_a], after.is_noise[row_b]
    text = before.page.text
    return [
        Change(
            int(starts[at]),
            int(ends[at]),
            int(a.numbers[row_a[at]]),
            bool(kept_b[at]),
            KINDS[a.kinds[row_a[at]]] if noise_a[at] else ARTICLE,
            KINDS[b.kinds[row_b[at]]] if noise_b[at] else ARTICLE,
        )
        for at in np.flatnonzero(kept_a != kept_b).tolist()
        if not is_blank(text[starts[at] : ends[at]])
    ]


def _rows(
    starts: NDArray[np.int64], ends: NDArray[np.int64], places: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Which row each place lies in, and whether it lies in one at all."""
    row = np.maximum(np.searchsorted(starts, places, "right") - 1, 0)
    return row, np.asarray((places >= starts[row]) & (places < ends[row]))
