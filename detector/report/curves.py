"""Curves and tables of judged pages: precision and recall, calibration, confusion of kinds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.evaluate import PageResult
from detector.labels import KINDS

CALIBRATION_BINS: Final = 15
"""As `detector.metrics.calibration_error` has them."""

_POINTS: Final = 200


class PrecisionRecall(NamedTuple):
    """Precision and recall of noise lines.

    Parameters
    ----------
    points
        Recall and precision at falling thresholds.
    area
        Average precision.
    chosen
        Recall and precision of the verdicts as they were, each page by its own threshold.
    """

    points: list[tuple[float, float]]
    area: float
    chosen: tuple[float, float]


class Bin(NamedTuple):
    """Lines of like probability: how many, their mean probability, and the share of noise among them."""

    lines: int
    predicted: float
    actual: float


def precision_recall(results: Sequence[PageResult]) -> PrecisionRecall | None:
    """Give the curve over all labelled lines; None where none of them is noise."""
    p_noise, is_noise = _lines(results)
    removed = np.concatenate([np.zeros(0, np.bool_), *(result.removed for result in results)])
    if not is_noise.any():
        return None
    order = np.argsort(-p_noise, kind="stable")
    found = np.cumsum(is_noise[order])
    # Lines of equal probability come together, at the last of them.
    last = np.flatnonzero(np.diff(p_noise[order], append=-1.0))
    recall = found[last] / found[-1]
    precision = found[last] / (last + 1)
    area = float((np.diff(recall, prepend=0.0) * precision).sum())
    some = np.unique(np.linspace(0, len(last) - 1, min(_POINTS, len(last))).astype(np.int64))
    right = int((is_noise & removed).sum())
    chosen = (right / int(found[-1]), right / int(removed.sum()) if removed.any() else 1.0)
    return PrecisionRecall(list(zip(recall[some].tolist(), precision[some].tolist(), strict=True)), area, chosen)


def calibration(results: Sequence[PageResult]) -> list[Bin]:
    """Compare probabilities with what became of them; bins without a line are left out."""
    p_noise, is_noise = _lines(results)
    bins = np.minimum((p_noise * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)
    lines = np.bincount(bins, minlength=CALIBRATION_BINS)
    predicted = np.bincount(bins, p_noise, CALIBRATION_BINS)
    actual = np.bincount(bins, is_noise, CALIBRATION_BINS)
    return [
        Bin(int(lines[index]), float(predicted[index] / lines[index]), float(actual[index] / lines[index]))
        for index in np.flatnonzero(lines).tolist()
    ]


def confusion(results: Sequence[PageResult]) -> NDArray[np.int64]:
    """Count kinds of noise lines, actual by predicted: int64, shape (n_kinds, n_kinds)."""
    counts = np.zeros((len(KINDS), len(KINDS)), np.int64)
    for result in results:
        known = result.is_noise & (result.kind >= 0)
        np.add.at(counts, (result.kind[known], result.predicted_kind[known]), 1)
    return counts


def _lines(results: Sequence[PageResult]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    p_noise = np.concatenate([np.zeros(0), *(result.p_noise for result in results)])
    return p_noise, np.concatenate([np.zeros(0, np.bool_), *(result.is_noise for result in results)])
