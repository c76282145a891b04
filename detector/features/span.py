"""Where the story lies: the run of lines with the greatest sum of scores.

Maximum subsequence segmentation (Pasternack and Roth, "Extracting article text from the web with
maximum subsequence segmentation", WWW 2009).  Three ways to weigh a line give three runs a page; a
line is described by where it stands to each of them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.features.context import SCORE_UNIT

_RUNS: Final = ("by_line", "by_size", "strict")
COLUMNS: Final = tuple(
    f"{run}_{name}"
    for run in _RUNS
    for name in ("inside", "until_run", "since_run", "from_run_start", "to_run_end", "run_share")
)
_SCORE_LIMIT: Final = 3 * SCORE_UNIT
_PAGE_GAP: Final = 1 << 40


def best_runs(values: NDArray[np.int64], page_rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last-plus-one line of the run with the greatest sum in each page.

    All pages must have a line.  Of runs with the same sum the earliest that ends first is taken.
    """
    n_pages = len(page_rows) - 1
    page = np.repeat(np.arange(n_pages), np.diff(page_rows))
    rows = np.arange(len(values))
    sums = np.concatenate(([0], np.cumsum(values)))
    # Each page lies far below the one before it, so a running minimum starts anew with each page.
    before = sums[:-1] - page * _PAGE_GAP
    lowest = np.minimum.accumulate(before) + page * _PAGE_GAP
    gain = sums[1:] - lowest
    best = np.maximum.reduceat(gain, page_rows[:-1])
    beyond = len(values)
    end = np.minimum.reduceat(np.where(gain == best[page], rows, beyond), page_rows[:-1])
    target = sums[end + 1] - best
    fits = (sums[:-1] == target[page]) & (rows <= end[page])
    start = np.minimum.reduceat(np.where(fits, rows, beyond), page_rows[:-1])
    return start, end + 1


def span_columns(
    scores: NDArray[np.int64], n_chars: NDArray[np.int64], page_rows: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Describe each line by its place to the best runs of its page.

    Parameters
    ----------
    scores
        int64, shape (n_lines,): log odds of article in units of 1 / `SCORE_UNIT`.
    n_chars
        int64, shape (n_lines,).
    page_rows
        int64, shape (n_pages + 1,); pages without lines are allowed.

    Returns
    -------
    float32 array of shape (n_lines, len(COLUMNS))
    """
    n_lines = len(scores)
    columns = np.empty((n_lines, len(COLUMNS)), np.float32)
    if not n_lines:
        return columns
    page_rows = np.unique(page_rows)
    sizes = np.diff(page_rows)
    rows = np.arange(n_lines)
    capped = np.clip(scores, -_SCORE_LIMIT, _SCORE_LIMIT)
    root = np.rint(8 * np.sqrt(np.minimum(n_chars, 400))).astype(np.int64)
    at = 0
    for values in (capped, capped * root, (capped - SCORE_UNIT) * root):
        first, last = best_runs(values, page_rows)
        share = ((last - first) / sizes).astype(np.float32)
        start, end = np.repeat(first, sizes), np.repeat(last, sizes)
        inside = (rows >= start) & (rows < end)
        columns[:, at] = inside
        for offset, distance in enumerate(
            (start - rows, rows - end + 1, np.where(inside, rows - start, 0), np.where(inside, end - 1 - rows, 0)), 1
        ):
            columns[:, at + offset] = np.log1p(np.maximum(distance, 0).astype(np.float32))
        columns[:, at + 5] = np.repeat(share, sizes)
        at += 6
    return columns
