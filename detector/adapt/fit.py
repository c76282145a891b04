"""Fitting a profile: a small logistic regression whose prior is what other sites have taught."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.adapt.evidence import COLUMNS, Knowledge, Labelled, columns, learn
from detector.adapt.marks import Marks, page_marks
from detector.adapt.profile import KnownLine, Profile, log_odds
from detector.cleaner import CleanPage
from detector.labels import KINDS, NOISE, LabelledPage
from detector.segment.chars import CharTables

PRIOR_MEAN: Final = np.array([1.05, -0.1, 1.0, 0.4, 0.35, 0.15, 0.6, -0.2, 0.55, -0.3])
PRIOR_PRECISION: Final = np.full(len(COLUMNS), 5.0)
"""Mean and precision of the weights of `COLUMNS` over sites; `docs/experiments.md` says how they were found."""

_STEPS: Final = 30
_MAX_LINES: Final = 60
_TEXT_CHARS: Final = 100


class SitePage(NamedTuple):
    """A labelled page of a site as the model sees it.

    Parameters
    ----------
    page, clean
        The labels and the verdicts.
    marks
        The marks of its lines.
    labels
        int8, shape (n_lines,): 1 noise, 0 article, -1 unknown or unsure.
    kinds
        int64, shape (n_lines,): index into `KINDS`, -1 unknown.
    """

    page: LabelledPage
    clean: CleanPage
    marks: Marks
    labels: NDArray[np.int8]
    kinds: NDArray[np.int64]

    @classmethod
    def of(cls, page: LabelledPage, clean: CleanPage, tables: CharTables) -> SitePage:
        """Lay labels and marks beside the lines that the model has judged."""
        scores = clean.scores
        marks = page_marks(page.text, scores.starts, scores.numbers, clean.page.structure, tables)
        begins, labels, kinds = [], [], []
        at = 0
        for line in page.lines:
            for part in line:
                begins.append(at)
                labels.append(-1 if part.label is None or part.unsure else int(part.label == NOISE))
                kinds.append(KINDS.index(part.kind) if part.kind else -1)
                at += len(part.text)
            at += 1
        # Models may cut lines in other places than labels do: the middle of a piece decides.
        row = np.searchsorted(np.array(begins, np.int64), (scores.starts + scores.ends) // 2, "right") - 1
        return cls(page, clean, marks, np.array(labels, np.int8)[row], np.array(kinds, np.int64)[row])


def fit_profile(pages: Sequence[SitePage], base: str, threshold: float | None = None) -> Profile:
    """Make a profile of the labelled pages of a site.

    Each page's columns are made of the other pages' counts, as they will be on pages to come.

    Parameters
    ----------
    pages
        The pages; with fewer than two nothing is learnt but the lines themselves.
    base
        Fingerprint of the model that judged them.
    threshold
        See `Profile`.
    """
    inputs = [np.zeros((0, len(COLUMNS)))]
    target, weights = [np.zeros(0, np.int8)], [np.zeros(0)]
    for index, page in enumerate(pages):
        others = [*pages[:index], *pages[index + 1 :]]
        known = page.labels >= 0
        inputs.append(columns(log_odds(page.clean.scores.p_noise), page.marks, _knowledge(others))[known])
        target.append(page.labels[known])
        weights.append(_weights(page.clean.scores.sizes[known]))
    fitted = fit_weights(
        np.concatenate(inputs), np.concatenate(target), np.concatenate(weights), PRIOR_MEAN, PRIOR_PRECISION
    )
    knowledge = _knowledge(pages)
    return Profile(base, fitted, knowledge, threshold, _lines(pages, knowledge), {"pages": len(pages)})


def _knowledge(pages: Sequence[SitePage]) -> Knowledge:
    return learn([Labelled(page.marks, page.labels, page.clean.scores.p_noise) for page in pages])


def _weights(sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Weights of the lines of a page: half as a line, half by its words; a page by its lines up to a limit."""
    if not len(sizes):
        return np.zeros(0)
    words = sizes + 1.0
    return np.asarray((0.5 / len(sizes) + 0.5 * words / words.sum()) * min(len(sizes), _MAX_LINES))


def _lines(pages: Sequence[SitePage], knowledge: Knowledge) -> tuple[KnownLine, ...]:
    """How each known line reads, and the kind that it is most often labelled."""
    texts: dict[int, str] = {}
    kinds: dict[int, Counter[int]] = {}
    wanted = set(knowledge.words[0].keys.tolist())
    for page in pages:
        for row, key in enumerate(page.marks.line.tolist()):
            if key in wanted:
                start, end = int(page.clean.scores.starts[row]), int(page.clean.scores.ends[row])
                texts.setdefault(key, page.clean.page.text[start:end][:_TEXT_CHARS])
                if page.kinds[row] >= 0:
                    kinds.setdefault(key, Counter())[int(page.kinds[row])] += 1
    return tuple(
        KnownLine(kinds[key].most_common(1)[0][0] if key in kinds else -1, texts[key])
        for key in knowledge.words[0].keys.tolist()
    )


def fit_weights(
    inputs: NDArray[np.float64],
    target: NDArray[np.int8],
    weights: NDArray[np.float64],
    mean: NDArray[np.float64],
    precision: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Logistic regression under a Gaussian prior, by Newton's method with step halving.

    Parameters
    ----------
    inputs
        float64, shape (n_lines, n_columns).
    target
        int8, shape (n_lines,): 1 noise, 0 article.
    weights
        float64, shape (n_lines,).
    mean, precision
        float64, shape (n_columns,): of the prior.

    Returns
    -------
    float64 array of shape (n_columns,)
    """
    beta = mean.copy()

    def loss(beta: NDArray[np.float64]) -> float:
        z = inputs @ beta
        return float(weights @ (np.logaddexp(0, z) - target * z) + 0.5 * precision @ (beta - mean) ** 2)

    value = loss(beta)
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(inputs @ beta, -30, 30)))
        gradient = inputs.T @ (weights * (p - target)) + precision * (beta - mean)
        hessian = (inputs * (weights * p * (1 - p))[:, None]).T @ inputs + np.diag(precision)
        step = np.linalg.solve(hessian, gradient)
        while (lower := loss(beta - step)) > value and np.abs(step).max() > 1e-9:
            step = step / 2
        if value - lower < 1e-9 * max(value, 1.0):
            break
        beta, value = beta - step, lower
    return beta
