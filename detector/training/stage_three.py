"""Training stage three: a small perceptron on stage two's verdicts out of fold, with and without a site's memory."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from detector.features.context import SCORE_UNIT
from detector.features.memory import Repeats
from detector.features.tree import Tree
from detector.metrics import calibration_error
from detector.model import revision_columns
from detector.stages import StageThree, noise_probability
from detector.training.dataset import Dataset
from detector.training.perceptron import Settings, Task, fit_networks
from detector.training.stage_two import standardise

_HIDDEN: Final = (24,)
_EPOCHS: Final = 4
_LEARNING_RATE: Final = 1e-3
_MIN_LINES: Final = 1 << 17  # that many lines are learnt from: those of few pages are repeated


class Fitted(NamedTuple):
    """A trained stage three.

    Parameters
    ----------
    stage
        The stage.
    p_noise
        float64, shape (n_lines,): calibrated probability of noise by models that have not seen a line's fold.
    figures
        What the lines of real pages give, out of fold.
    """

    stage: StageThree
    p_noise: NDArray[np.float64]
    figures: dict[str, float]


def fit_stage_three(
    data: Dataset,
    log_odds: NDArray[np.float64],
    repeats: Repeats,
    tree: Tree | None,
    weights: NDArray[np.float64],
    fold: NDArray[np.int64],
    real: NDArray[np.bool_],
    settings: Settings,
    progress: Callable[[str], None],
) -> Fitted:
    """Train the network and calibrate it.

    Parameters
    ----------
    data
        The lines.
    log_odds
        float64, shape (n_lines,): stage two's, out of fold.
    repeats
        What the sites of the pages repeat: each page is learnt from once with it and once without.
    tree
        The trees of the pages, for pages of HTML.
    weights, fold
        float64 and int64, shape (n_lines,).
    real
        bool, shape (n_lines,): lines of real pages, by which the probabilities are calibrated.
    settings
        How perceptrons are trained.
    progress
        Called with a line of text at each step.
    """
    rows = data.batch.page_rows
    n_chars = data.lines.n_chars
    plain = revision_columns(log_odds, n_chars, rows, tree, None)
    informed = revision_columns(log_odds, n_chars, rows, tree, repeats)
    twice = np.concatenate((data.usable, data.usable))
    both, mean, scale = standardise([np.concatenate((plain, informed))], twice)
    inputs, informed_inputs = both[: len(plain)], both[len(plain) :]
    copies = max(1, round(_MIN_LINES / max(_EPOCHS * twice.sum(), 1)))
    settings = settings._replace(hidden=_HIDDEN, epochs=_EPOCHS, learning_rate=_LEARNING_RATE, dropout=0.0)

    def task(train: NDArray[np.bool_]) -> Task:
        return Task(
            np.concatenate((inputs[train], informed_inputs[train]) * copies),
            np.tile(data.target[train], 2 * copies),
            np.tile(weights[train], 2 * copies),
            settings,
        )

    splits = [held_out for held_out in np.unique(fold).tolist() if (data.usable & (fold != held_out)).any()]
    rows_of = chain((data.usable & (fold != held_out) for held_out in splits), [data.usable])
    found = fit_networks((task(rows) for rows in rows_of), settings.n_jobs, int(twice.sum()))
    revised = np.zeros(len(plain))
    for held_out in splits:
        test = fold == held_out
        revised[test] = next(found).predict(inputs[test].astype(np.float32))[:, 0]
    network = next(found)
    progress("stage three: calibrated")
    target = data.target[real]
    calibration = calibrate(revised[real], target)
    p_noise = noise_probability(revised, calibration)
    figures = {
        "lines out of fold": int(real.sum()),
        "noise among them": round(float((target == 0).mean()), 4),
        "area under the ROC curve": round(float(roc_auc_score(target, -p_noise[real])), 4),
        "expected calibration error": round(calibration_error(p_noise[real], target == 0), 4),
    }
    return Fitted(StageThree(mean, scale, network, calibration), p_noise, figures)


def calibrate(log_odds: NDArray[np.float64], target: NDArray[np.int8]) -> tuple[float, float]:
    """Platt scaling: slope and intercept that make log odds of article calibrated ones."""
    scale = SCORE_UNIT if np.abs(log_odds).max(initial=0) > 50 else 1
    fitted = LogisticRegression(C=1e6).fit(log_odds[:, None] / scale, target)
    return float(fitted.coef_[0, 0]) / scale, float(fitted.intercept_[0])
