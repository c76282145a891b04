"""What the verdicts on a page's lines say of the page: how sure they are, and what is kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.cleaner import CleanPage

COLUMNS: Final = (
    "words",
    "kept_words",
    "kept_share",
    "expected_share",
    "expected_precision",
    "expected_recall",
    "expected_f1",
    "doubt",
    "doubtful",
    "very_doubtful",
    "sure_article",
    "sure_noise",
    "lines",
    "kept_lines",
    "kept_lines_share",
    "kept_runs",
    "largest_run",
    "words_a_kept_line",
    "long_lines",
    "longer_lines",
    "long_lines_removed",
    "threshold",
    "first_kept",
    "last_kept",
    "html",
)
_LONG, _LONGER = 20, 40
_UNIT: Final = 1_000_000  # probabilities have six digits


def verdict_columns(pages: Sequence[CleanPage]) -> NDArray[np.float64]:
    """Describe pages by the verdicts on their lines.

    Sums are of whole numbers, so a page's columns do not depend on the other pages.

    Returns
    -------
    float64 array of shape (n_pages, len(COLUMNS)); zeros for a page without a line
    """
    n_lines = np.array([len(page.scores.numbers) for page in pages], np.int64)
    out = np.zeros((len(pages), len(COLUMNS)))
    filled = np.flatnonzero(n_lines)
    if not len(filled):
        return out
    used = [pages[index] for index in filled.tolist()]
    n = n_lines[filled]
    first = np.cumsum(n) - n
    noise = np.rint(np.concatenate([page.scores.p_noise for page in used]) * _UNIT).astype(np.int64)
    size = np.concatenate([page.scores.sizes for page in used]).astype(np.int64)
    kept = np.concatenate([page.is_kept for page in used])
    threshold = np.array([page.threshold for page in used])

    def total(values: NDArray[np.int64] | NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.add.reduceat(values, first, dtype=np.int64)

    article = (_UNIT - noise) * size
    words, kept_words = total(size), total(size * kept)
    expected, expected_kept = total(article) / _UNIT, total(article * kept) / _UNIT
    doubt = np.minimum(noise, _UNIT - noise)
    starts_run = kept.copy()
    starts_run[1:] &= ~kept[:-1]
    starts_run[first] = kept[first]
    row = np.arange(len(kept)) - np.repeat(first, n)
    n_kept = total(kept)
    safe_words, safe_kept, some = np.maximum(words, 1), np.maximum(kept_words, 1), n_kept > 0
    first_kept = np.minimum.reduceat(np.where(kept, row, len(kept)), first)
    last_kept = np.maximum.reduceat(np.where(kept, row, -1), first)
    columns = (
        np.log1p(words),
        np.log1p(kept_words),
        kept_words / safe_words,
        expected / safe_words,
        expected_kept / safe_kept,
        expected_kept / np.maximum(expected, 1e-6),
        2 * expected_kept / np.maximum(kept_words + expected, 1e-6),
        total(doubt * size) / _UNIT / safe_words,
        total(size * (doubt > _UNIT // 5)) / safe_words,
        total(size * (doubt > 2 * _UNIT // 5)) / safe_words,
        total(size * (noise < _UNIT // 20)) / safe_words,
        total(size * (noise > _UNIT - _UNIT // 20)) / safe_words,
        np.log1p(n),
        np.log1p(n_kept),
        n_kept / n,
        np.log1p(total(starts_run)),
        _largest_run(size, kept, starts_run, first) / safe_kept,
        np.log1p(kept_words / np.maximum(n_kept, 1)),
        total(size * (kept & (size >= _LONG))) / safe_kept,
        total(size * (kept & (size >= _LONGER))) / safe_kept,
        total(size * (~kept & (size >= _LONG))) / safe_words,
        threshold,
        np.where(some, first_kept, 0) / n,
        np.where(some, last_kept + 1, 0) / n,
        np.array([page.page.structure is not None for page in used], np.float64),
    )
    out[filled] = np.stack(columns, 1)
    return out


def _largest_run(
    size: NDArray[np.int64], kept: NDArray[np.bool_], starts_run: NDArray[np.bool_], first: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Words of the largest run of kept lines of each page."""
    run = np.cumsum(starts_run)
    words = np.bincount(run, size * kept, minlength=int(run[-1]) + 1).astype(np.int64)
    return np.asarray(np.maximum.reduceat(np.where(kept, words[run], 0), first))
