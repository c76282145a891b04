"""Training one perceptron and rounding it to whole numbers."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import numpy as np
from joblib import Parallel, delayed, parallel_config
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from detector.network import INPUT_UNIT, Network

_BATCH_SIZE: Final = 512
_SAMPLE_ROWS: Final = 20_000
_WORTH_A_PROCESS: Final = 50_000


class Settings(NamedTuple):
    """How perceptrons are trained; see `LineClassifier`."""

    n_networks: int
    hidden: tuple[int, ...]
    epochs: int
    learning_rate: float
    alpha: float
    dropout: float
    seed: int
    n_jobs: int = 1


class Task(NamedTuple):
    """What one perceptron is trained on.

    Parameters
    ----------
    inputs
        int8, shape (n_lines, n_columns), in units of 1 / `INPUT_UNIT` standard deviations.
    target
        Whole numbers, shape (n_lines,): the class of each line.
    weights
        float64, shape (n_lines,).
    settings
        How.
    n_classes
        More than two: one output a class.
    """

    inputs: NDArray[np.int8]
    target: NDArray[Any]
    weights: NDArray[np.float64]
    settings: Settings
    n_classes: int = 2


def fit_networks(tasks: Iterable[Task], n_jobs: int, n_lines: int) -> Iterator[Network]:
    """Train perceptrons, in that many processes where there are so many lines that it is worth it; in order.

    A process has one thread of linear algebra: with others it would round otherwise.
    """
    if n_lines < _WORTH_A_PROCESS:
        n_jobs = 1
    with parallel_config("loky", inner_max_num_threads=1):
        yield from Parallel(n_jobs, return_as="generator")(delayed(fit_network)(task) for task in tasks)


def fit_network(task: Task) -> Network:
    """Train one perceptron."""
    inputs, target, weights, settings, n_classes = task
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
        coefs[-1], intercepts[-1] = spread(coefs[-1], intercepts[-1], network.classes_, n_classes)
    sample = rng.permutation(len(inputs))[:_SAMPLE_ROWS]
    return Network.from_floats(coefs, intercepts, inputs[sample].astype(np.float32))


def spread(
    coef: NDArray[Any], intercept: NDArray[Any], classes: NDArray[Any], n_classes: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Outputs for all classes from outputs for those seen in training."""
    if coef.shape[1] == 1:  # two classes share one output
        coef, intercept = np.hstack([-coef, coef]) / 2, np.concatenate([-intercept, intercept]) / 2
    wide = np.zeros((coef.shape[0], n_classes), coef.dtype)
    bias = np.full(n_classes, -1e3, intercept.dtype)
    wide[:, classes], bias[classes] = coef, intercept
    return wide, bias
