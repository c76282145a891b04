"""Training stage two: perceptrons that judge lines in their pages, and tell kinds and page types apart."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from detector.features import heads
from detector.labels import KINDS
from detector.network import INPUT_UNIT, Network, quantise_inputs
from detector.stages import StageTwo, page_means
from detector.training.dataset import Dataset, page_types

_BATCH_SIZE: Final = 512
_SAMPLE_ROWS: Final = 20_000
_WEAK_KINDS: Final = 0.25
_PAGE_TYPE_C: Final = 0.02


class Settings(NamedTuple):
    """How perceptrons are trained; see `LineClassifier`."""

    n_networks: int
    hidden: tuple[int, ...]
    epochs: int
    learning_rate: float
    alpha: float
    dropout: float
    seed: int


def fit_stage_two(
    data: Dataset,
    families: Iterable[NDArray[np.float32]],
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
    log_odds = np.zeros(len(inputs))
    for held_out in np.unique(fold).tolist():
        train, test = usable & (fold != held_out), fold == held_out
        if train.any():
            one = settings._replace(n_networks=1)
            log_odds[test] = _mean_log_odds(
                _fit_networks(inputs[train], data.target[train], weights[train], one), inputs[test]
            )
            progress(f"stage two: fold {held_out + 1}")
    networks = _fit_networks(inputs[usable], data.target[usable], weights[usable], settings)
    progress("kinds of noise")
    known = (data.kind >= 0) & (data.target == 0)
    # Kinds read off a page's HTML are many and rough: a share of them does not drown those given by hand.
    weak = np.array([page.structure is not None for page in data.pages])[data.page]
    known &= ~weak | (np.random.default_rng(settings.seed).random(len(known)) < _WEAK_KINDS)
    kinds = _fit_kinds(inputs[known], data.kind[known], weights[known], settings)
    return StageTwo(mean, scale, networks, kinds, _fit_page_types(data, inputs)), log_odds


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
    coef, intercept = _spread(fitted.coef_.T, fitted.intercept_, fitted.classes_, len(heads.PAGE_TYPES))
    return Network.from_floats([coef], [intercept], means)


def _spread(
    coef: NDArray[Any], intercept: NDArray[Any], classes: NDArray[Any], n_classes: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Outputs for all classes from outputs for those seen in training."""
    if coef.shape[1] == 1:  # two classes share one output
        coef, intercept = np.hstack([-coef, coef]) / 2, np.concatenate([-intercept, intercept]) / 2
    wide = np.zeros((coef.shape[0], n_classes), coef.dtype)
    bias = np.full(n_classes, -1e3, intercept.dtype)
    wide[:, classes], bias[classes] = coef, intercept
    return wide, bias


def _fit_networks(
    inputs: NDArray[np.int8], target: NDArray[np.int8], weights: NDArray[np.float64], settings: Settings
) -> tuple[Network, ...]:
    return tuple(
        fit_network(inputs, target, weights, settings._replace(seed=settings.seed + index))
        for index in range(settings.n_networks)
    )


def _fit_kinds(
    inputs: NDArray[np.int8], kind: NDArray[np.int64], weights: NDArray[np.float64], settings: Settings
) -> Network:
    """The network of kinds; a kind without an example gets no chance."""
    if len(np.unique(kind)) < 2:
        layer = np.zeros((inputs.shape[1], len(KINDS)))
        bias = np.where(np.isin(np.arange(len(KINDS)), kind), 0.0, -1.0)
        return Network.from_floats([layer], [bias], inputs[:1].astype(np.float32))
    # Rare kinds weigh more, up to a limit, so that the common ones do not swallow them.
    share = np.bincount(kind, weights=weights, minlength=len(KINDS)) / weights.sum()
    balanced = weights * np.clip(share.max() / np.maximum(share[kind], 1e-9), 1, 20) ** 0.5
    return fit_network(inputs, kind, balanced, settings, len(KINDS))


def fit_network(
    inputs: NDArray[np.int8],
    target: NDArray[Any],
    weights: NDArray[np.float64],
    settings: Settings,
    n_classes: int = 2,
) -> Network:
    """Train one perceptron on inputs in units of 1 / `INPUT_UNIT` standard deviations."""
    rng = np.random.default_rng(settings.seed)
    network = MLPClassifier(
        settings.hidden,
        alpha=settings.alpha,
        batch_size=_BATCH_SIZE,
        max_iter=1,
        warm_start=True,
        random_state=settings.seed,
    )
    step = np.float32(1 / (INPUT_UNIT * (1 - settings.dropout)))
    blanked = round(256 * settings.dropout)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", UserWarning)  # fewer rows than a batch
        for epoch in range(settings.epochs):
            # A column is missing now and then, so no prediction hangs on one of them.
            kept = rng.integers(0, 256, inputs.shape, dtype=np.uint8) >= blanked
            network.set_params(learning_rate_init=settings.learning_rate * (1 - epoch / settings.epochs))
            network.fit(inputs * (kept * step), target, sample_weight=weights)
    coefs, intercepts = list(network.coefs_), list(network.intercepts_)
    if n_classes > 2:
        coefs[-1], intercepts[-1] = _spread(coefs[-1], intercepts[-1], network.classes_, n_classes)
    sample = rng.permutation(len(inputs))[:_SAMPLE_ROWS]
    return Network.from_floats(coefs, intercepts, inputs[sample].astype(np.float32))


def _mean_log_odds(networks: Sequence[Network], inputs: NDArray[np.int8]) -> NDArray[np.float64]:
    values = inputs.astype(np.float32)
    return np.asarray(sum(network.predict(values)[:, 0].astype(np.float64) for network in networks) / len(networks))
