"""The neighbourhood of a line: its neighbours' scores and shapes, its place, its page."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.features.pages import prefix_sums

SCORE_UNIT: Final = 64
"""Scores are whole numbers of this many to one logit, so that sums of them are exact."""

_WINDOW: Final = 5
_WIDE: Final = (4, 10, 25)
_STRONG_CHARS: Final = 90

COLUMNS: Final = (
    *(f"score[{k:+d}]" for k in range(-_WINDOW, _WINDOW + 1)),
    *(f"log_chars[{k:+d}]" for k in range(-_WINDOW, _WINDOW + 1) if k),
    *(f"ends_sentence[{k:+d}]" for k in (-3, -2, -1, 1, 2, 3)),
    *(f"score_{side}_{width}" for width in _WIDE for side in ("before", "after")),
    *(f"mass_{side}_{width}" for width in _WIDE for side in ("before", "after")),
    "from_top",
    "from_bottom",
    "place",
    "place_in_chars",
    "story_before",
    "story_after",
    "since_strong",
    "until_strong",
    "strong_before",
    "strong_after",
    "page_lines",
    "page_chars",
    "page_score",
    "page_weighted_score",
    "page_sentences",
    "page_mean_chars",
    "page_strong",
)


def context_columns(
    scores: NDArray[np.int64],
    n_chars: NDArray[np.int64],
    ends_sentence: NDArray[np.bool_],
    page_rows: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Describe each line by what stands around it.

    Parameters
    ----------
    scores
        int64, shape (n_lines,): log odds of article before context, in units of 1 / `SCORE_UNIT`.
    n_chars
        int64, shape (n_lines,).
    ends_sentence
        bool, shape (n_lines,).
    page_rows
        int64, shape (n_pages + 1,): the first line of each page.

    Returns
    -------
    float32 array of shape (n_lines, len(COLUMNS))
    """
    n_lines = len(scores)
    sizes = np.diff(page_rows)
    low = np.repeat(page_rows[:-1], sizes)
    high = np.repeat(page_rows[1:], sizes)
    rows = np.arange(n_lines)
    columns = np.empty((n_lines, len(COLUMNS)), np.float32)
    put = iter(range(len(COLUMNS)))

    def add(values: NDArray[np.generic]) -> None:
        columns[:, next(put)] = values

    score = (scores / np.float32(SCORE_UNIT)).astype(np.float32)
    log_chars = np.log1p(n_chars.astype(np.float32))
    before, after = rows - low, high - 1 - rows  # lines of the page on either side

    def neighbour(values: NDArray[np.generic], step: int, missing: float) -> NDArray[np.float32]:
        moved = np.full(n_lines, missing, np.float32)
        if abs(step) < n_lines:
            if step < 0:
                moved[-step:] = values[:step]
            elif step > 0:
                moved[:-step] = values[step:]
            else:
                moved[:] = values
        moved[(before < -step) if step < 0 else (after < step)] = missing
        return moved

    for step in range(-_WINDOW, _WINDOW + 1):
        add(neighbour(score, step, -2.0))
    for step in range(-_WINDOW, _WINDOW + 1):
        if step:
            add(neighbour(log_chars, step, 0.0))
    for step in (-3, -2, -1, 1, 2, 3):
        add(neighbour(ends_sentence, step, 0.0))

    capped = np.minimum(n_chars, 600)
    mass = np.where(scores > 0, capped, 0)
    score_sums, mass_sums, size_sums = prefix_sums(scores), prefix_sums(mass), prefix_sums(capped)
    for width in _WIDE:
        first, last = np.maximum(rows - width, low), np.minimum(rows + width + 1, high)
        for begin, end in ((first, rows), (rows + 1, last)):
            add((score_sums[end] - score_sums[begin]) / (SCORE_UNIT * np.maximum(end - begin, 1)))
    for width in _WIDE:
        first, last = np.maximum(rows - width, low), np.minimum(rows + width + 1, high)
        for begin, end in ((first, rows), (rows + 1, last)):
            add(np.log1p((mass_sums[end] - mass_sums[begin]).astype(np.float32)))

    add(np.log1p(before.astype(np.float32)))
    add(np.log1p(after.astype(np.float32)))
    add(before / np.maximum(high - low - 1, 1))
    add((size_sums[rows] - size_sums[low]) / np.maximum(size_sums[high] - size_sums[low], 1))
    page_mass = np.maximum(mass_sums[high] - mass_sums[low], 1)
    add((mass_sums[rows] - mass_sums[low]) / page_mass)
    add((mass_sums[high] - mass_sums[rows + 1]) / page_mass)

    strong = (scores > 0) & (n_chars >= _STRONG_CHARS)
    strong_sums = prefix_sums(strong)
    previous = np.maximum.accumulate(np.where(strong, rows, -1))
    previous = np.concatenate(([-1], previous[:-1]))
    since = np.where(previous >= low, rows - previous, 99)
    following = np.minimum.accumulate(np.where(strong, rows, n_lines)[::-1])[::-1]
    following = np.concatenate((following[1:], [n_lines]))
    until = np.where(following < high, following - rows, 99)
    add(np.log1p(np.minimum(since, 99).astype(np.float32)))
    add(np.log1p(np.minimum(until, 99).astype(np.float32)))
    add(np.log1p((strong_sums[rows] - strong_sums[low]).astype(np.float32)))
    add(np.log1p((strong_sums[high] - strong_sums[rows + 1]).astype(np.float32)))

    lines = np.maximum(sizes, 1)

    def page(values: NDArray[np.generic]) -> None:
        add(np.repeat(values, sizes))

    page(np.log1p(sizes.astype(np.float32)))
    page_size = np.diff(size_sums[page_rows])
    page(np.log1p(page_size.astype(np.float32)))
    page(np.diff(score_sums[page_rows]) / (SCORE_UNIT * lines))
    page(np.diff(prefix_sums(scores * capped)[page_rows]) / (SCORE_UNIT * np.maximum(page_size, 1)))
    page(np.diff(prefix_sums(ends_sentence)[page_rows]) / lines)
    page(page_size / lines / 100)
    page(np.log1p(np.diff(strong_sums[page_rows]).astype(np.float32)))
    return columns
