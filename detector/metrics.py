"""Figures of merit: numbers from verdicts and truth, nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

_WORD: Final = re.compile(r"\w+")
_SHINGLE: Final = 4


class Interval(NamedTuple):
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


def f1(true_positive: float, predicted: float, actual: float) -> float:
    """F1 from counts; 1 when there is nothing to find and nothing was found."""
    return 2 * true_positive / (predicted + actual) if predicted + actual else 1.0


def calibration_error(p_noise: NDArray[np.float64], is_noise: NDArray[np.bool_], n_bins: int = 15) -> float:
    """Expected calibration error: mean distance of probability and frequency over equal-width bins."""
    if not len(p_noise):
        return 0.0
    bins = np.minimum((p_noise * n_bins).astype(np.int64), n_bins - 1)
    count = np.bincount(bins, minlength=n_bins)
    gap = np.bincount(bins, weights=p_noise - is_noise, minlength=n_bins)
    return float(np.abs(gap).sum() / count.sum())


def shingle_counts(predicted: str, gold: str) -> tuple[float, float, float]:
    """Shares of true positives, false positives and false negatives among four-word shingles.

    Scrapinghub's article-extraction-benchmark: a page's counts are scaled to sum to one, so that each
    page weighs the same.
    """
    ours, theirs = _shingles(predicted), _shingles(gold)
    shared = (ours & theirs).total()
    counts = np.array([shared, ours.total() - shared, theirs.total() - shared], float)
    total = counts.sum()
    return tuple((counts / total if total else counts).tolist())


def shingle_f1(counts: Sequence[tuple[float, float, float]]) -> tuple[float, float, float]:
    """Precision, recall and F1 from the counts of pages, as that benchmark defines them.

    Precision and recall are means over the pages that have shingles to count.
    """
    precision = [tp / (tp + fp) for tp, fp, _ in counts if tp + fp]
    recall = [tp / (tp + fn) for tp, _, fn in counts if tp + fn]
    p = float(np.mean(precision)) if precision else 0.0
    r = float(np.mean(recall)) if recall else 0.0
    return p, r, 2 * p * r / (p + r) if p + r else 0.0


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    tokens = _WORD.findall(text)
    if len(tokens) < _SHINGLE:
        return Counter([tuple(tokens)] if tokens else [])
    return Counter(zip(*(tokens[offset:] for offset in range(_SHINGLE)), strict=False))


def bootstrap(
    n_items: int, statistic: Callable[[NDArray[np.int64]], float], n_rounds: int = 1000, seed: int = 0
) -> Interval:
    """A statistic of items with its 95 % percentile interval by resampling the items.

    Parameters
    ----------
    n_items
        How many items there are, such as pages.
    statistic
        Called with indices of items, drawn with replacement.
    """
    value = statistic(np.arange(n_items))
    rng = np.random.default_rng(seed)
    draws = [statistic(rng.integers(0, n_items, n_items)) for _ in range(n_rounds)] if n_items else [value]
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return Interval(value, float(low), float(high))
