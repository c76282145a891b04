"""Training stage two: perceptrons that judge lines in their pages, and tell kinds and page types apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain, islice
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from detector.features import heads
from detector.network import INPUT_UNIT, Network, quantise_inputs
from detector.stages import StageTwo, page_means
from detector.training.dataset import Dataset, page_types
from detector.training.kinds import KnownKinds, kind_tasks, no_kinds
from detector.training.perceptron import Settings, Task, fit_networks, spread

_PAGE_TYPE_C: Final = 0.02


def fit_stage_two(
    data: Dataset,
    families: Iterable[NDArray[np.float32]],
    known: KnownKinds,
    weights: NDArray[np.float64],
    fold: NDArray[np.int64],
    settings: Settings,
    progress: Callable[[str], None],
) -> tuple[StageTwo, NDArray[np.float64]]:
    """Train the networks of lines, of kinds and of page types.

    Parameters
    ----------
    data
        The lines.
    families
        Their columns, see `features.family_columns`.
    known
        The lines whose kind is learnt from.
    weights, fold
        float64 and int64, shape (n_lines,).
    settings
        How.
    progress
        Called with a line of text at each step.

    Returns
    -------
    stage, log_odds
        The stage, and log odds of article of each line by a network that has not seen its fold.
    """
    usable = data.usable
    inputs, mean, scale = standardise(families, usable)

    def task(rows: NDArray[np.bool_], seed: int) -> Task:
        return Task(inputs[rows], data.target[rows], weights[rows], settings._replace(seed=seed))

    splits = [held_out for held_out in np.unique(fold).tolist() if (usable & (fold != held_out)).any()]
    seeds = [settings.seed + index for index in range(settings.n_networks)]
    out_of_fold = (task(usable & (fold != held_out), settings.seed) for held_out in splits)
    final = (task(usable, seed) for seed in seeds)
    kinds = kind_tasks(inputs, known, data, weights, settings)
    found = fit_networks(chain(out_of_fold, final, kinds), settings.n_jobs, int(usable.sum()))
    log_odds = np.zeros(len(inputs))
    for held_out in splits:
        test = fold == held_out
        log_odds[test] = next(found).predict(inputs[test].astype(np.float32))[:, 0]
        progress(f"stage two: fold {held_out + 1}")
    networks = tuple(islice(found, len(seeds)))
    progress("kinds of noise")
    tell_kinds = tuple(found) or (no_kinds(data, known, inputs.shape[1]),)
    return StageTwo(mean, scale, networks, tell_kinds, _fit_page_types(data, inputs)), log_odds


def standardise(
    families: Iterable[NDArray[np.float32]], usable: NDArray[np.bool_]
) -> tuple[NDArray[np.int8], NDArray[np.float32], NDArray[np.float32]]:
    """Columns as small whole numbers, and what standardises them."""
    inputs, means, scales = [], [], []
    for columns in families:
        mean = columns[usable].mean(0, dtype=np.float64).astype(np.float32)
        scale = (1 / (columns[usable].std(0, dtype=np.float64) + 1e-6)).astype(np.float32)
        means.append(mean)
        scales.append(np.minimum(scale, 1e4))
        inputs.append(quantise_inputs(columns, mean, scales[-1]).astype(np.int8))
    return np.concatenate(inputs, 1), np.concatenate(means), np.concatenate(scales)


def _fit_page_types(data: Dataset, inputs: NDArray[np.int8]) -> Network:
    """A linear model of page types, from the pages of corpora that have several."""
    types = page_types(data.pages)
    filled = np.diff(data.batch.page_rows) > 0
    means = np.zeros((len(types), inputs.shape[1]), np.float32)
    means[filled] = page_means(inputs, data.batch.page_rows[:-1][filled])
    known = filled & (types >= 0)
    if len(np.unique(types[known])) < 2:
        coef = np.zeros((inputs.shape[1], len(heads.PAGE_TYPES)))
        return Network.from_floats([coef], [np.zeros(len(heads.PAGE_TYPES))], means)
    fitted = LogisticRegression(C=_PAGE_TYPE_C, max_iter=2000).fit(means[known] / INPUT_UNIT, types[known])
    coef, intercept = spread(fitted.coef_.T, fitted.intercept_, fitted.classes_, len(heads.PAGE_TYPES))
    return Network.from_floats([coef], [intercept], means)
