"""The stages of a model: arrays that turn columns into scores, with numpy alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.features import LineScores, heads, kinds, ngrams, to_score_units
from detector.features.tree import Tree, structure_sums
from detector.network import INPUT_LIMIT, Committee, Network, quantise_inputs
from detector.segment.text import Batch, row_blocks
from detector.segment.tokens import Tokens, select

_ROWS_AT_ONCE: Final = 1024
_KIND_UNIT: Final = INPUT_LIMIT / kinds.SCORE_LIMIT
_PROBABILITY_DIGITS: Final = 6

Columns = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class StageOne:
    """The linear model of single lines.

    Parameters
    ----------
    weights
        int16, shape (ngrams.TABLE_SIZE,): weight of each n-gram, in units of `scale`.
    scale, bias
        Log odds of article are ``sum * scale / sqrt(n) + bias``.
    head_weights
        int8, shape (2 ** heads.HEAD_BITS, len(heads.HEADS)).
    head_scale, head_bias
        float64, shape (len(heads.HEADS),).
    """

    weights: NDArray[np.int16]
    scale: float
    bias: float
    head_weights: NDArray[np.int8]
    head_scale: NDArray[np.float64]
    head_bias: NDArray[np.float64]
    _wide: NDArray[np.int32] = field(init=False, repr=False)
    _packed: NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_wide", self.weights.astype(np.int32))
        object.__setattr__(self, "_packed", heads.pack_weights(self.head_weights))

    def scores(self, batch: Batch, tokens: Tokens) -> LineScores:
        """Score each line of a batch by itself."""
        article = np.empty(len(batch), np.float64)
        head_scores = np.empty((len(batch), len(heads.HEADS)), np.float32)
        for first, last in row_blocks(batch):
            words = select(tokens, first, last)
            total = np.zeros(last - first, np.int64)
            count = np.zeros(last - first, np.int64)
            for run in ngrams.index_runs(batch, words, first, last):
                # Weights are whole numbers: sums are exact, whatever else is in the batch.
                # "wrap" only spares the check that indices are in range: they are.
                total += ngrams.run_sums(self._wide.take(run.indices, mode="wrap"), run)
                count += run.last - run.first
            article[first:last] = total * self.scale / np.sqrt(np.maximum(count, 1)) + self.bias
            head_total, head_count = heads.head_sums(words, self._packed, len(heads.HEADS))
            root = np.sqrt(np.maximum(head_count, 1))[:, None]
            head_scores[first:last] = head_total * self.head_scale / root + self.head_bias
        return LineScores(to_score_units(article), head_scores)


@dataclass(frozen=True, slots=True)
class KindModel:
    """The linear model that tells the kinds of noise apart by a line alone.

    Parameters
    ----------
    weights
        int8, shape (2 ** heads.HEAD_BITS, len(KINDS)): weight of each n-gram, word and pair of words.
    scale, bias
        float64, shape (len(KINDS),): log odds of a kind are ``sum * scale / sqrt(n) + bias``.
    """

    weights: NDArray[np.int8]
    scale: NDArray[np.float64]
    bias: NDArray[np.float64]
    _packed: NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_packed", heads.pack_weights(self.weights))

    def inputs(self, batch: Batch, tokens: Tokens, rows: NDArray[np.int64]) -> NDArray[np.int8]:
        """Scores of some lines of a batch as small whole numbers; shape (len(rows), len(KINDS))."""
        inputs = np.empty((len(rows), self.weights.shape[1]), np.int8)
        for span, runs in kinds.kind_runs(batch, tokens, rows):
            total, count = heads.packed_sums(runs, self._packed, inputs.shape[1], span.stop - span.start)
            inputs[span] = kind_inputs(total * self.scale / np.sqrt(np.maximum(count, 1))[:, None] + self.bias)
        return inputs


def kind_inputs(scores: NDArray[np.float64]) -> NDArray[np.int8]:
    """Log odds of kinds as small whole numbers."""
    inputs: NDArray[np.int8] = np.rint(np.clip(scores * _KIND_UNIT, -INPUT_LIMIT, INPUT_LIMIT)).astype(np.int8)
    return inputs


@dataclass(frozen=True, slots=True)
class StructureModel:
    """The linear model of the tags and names around a line of HTML.

    Parameters
    ----------
    weights
        int16, shape (2 ** STRUCTURE_BITS,): weight of each entry, in units of `scale`.
    scale, bias
        Log odds of article are ``sum * scale / sqrt(n) + bias``.
    """

    weights: NDArray[np.int16]
    scale: float
    bias: float

    def scores(self, tree: Tree) -> NDArray[np.int64]:
        """Log odds of article of each line, in units of 1 / `context.SCORE_UNIT`."""
        total, count = structure_sums(tree, self.weights)
        return to_score_units(total * self.scale / np.sqrt(np.maximum(count, 1)) + self.bias)


@dataclass(frozen=True, slots=True)
class StageTwo:
    """Perceptrons that judge lines in their pages.

    Parameters
    ----------
    mean, scale
        float32, shape (n_columns,): standardise the columns.
    networks
        Their log odds of article are averaged.
    kinds
        Tell the kinds of noise apart by a line's inputs and `KindModel.inputs`; their log odds are averaged.
    page_types
        Tells the types of pages apart by the means of their lines' inputs.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    networks: tuple[Network, ...]
    kinds: tuple[Network, ...]
    page_types: Network
    _committee: Committee = field(init=False, repr=False)
    _kind_committee: Committee = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_committee", Committee(self.networks))
        object.__setattr__(self, "_kind_committee", Committee(self.kinds))

    def inputs(self, families: Iterable[Columns], n_lines: int) -> NDArray[np.int8]:
        """Columns as small whole numbers; shape (n_lines, n_columns)."""
        inputs = np.empty((n_lines, len(self.mean)), np.int8)
        at = 0
        for columns in families:
            span = slice(at, at + columns.shape[1])
            inputs[:, span] = quantise_inputs(columns, self.mean[span], self.scale[span])
            at = span.stop
        return inputs

    def outputs(self, inputs: NDArray[np.int8]) -> NDArray[np.float64]:
        """Log odds of article of each line."""
        log_odds = np.empty(len(inputs))
        for first in range(0, len(inputs), _ROWS_AT_ONCE):
            rows = slice(first, first + _ROWS_AT_ONCE)
            votes = self._committee.predict(inputs[rows].astype(np.float32))
            log_odds[rows] = sum(vote[:, 0].astype(np.float64) for vote in votes) / len(votes)
        return log_odds

    def kind(self, inputs: NDArray[np.int8]) -> NDArray[np.int64]:
        """The likeliest kind of noise of lines, from their inputs and those of `KindModel` side by side."""
        kind = np.empty(len(inputs), np.int64)
        for first in range(0, len(inputs), _ROWS_AT_ONCE):
            rows = slice(first, first + _ROWS_AT_ONCE)
            votes = self._kind_committee.predict(inputs[rows].astype(np.float32))
            kind[rows] = np.sum(votes, axis=0, dtype=np.float64).argmax(1)
        return kind

    def page_type(self, inputs: NDArray[np.int8], page_rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The likeliest type of each page, 0 for a page without lines."""
        found = np.zeros(len(page_rows) - 1, np.int64)
        filled = np.flatnonzero(np.diff(page_rows))
        if len(filled):
            found[filled] = self.page_types.predict(page_means(inputs, page_rows[:-1][filled])).argmax(1)
        return found


@dataclass(frozen=True, slots=True)
class StageThree:
    """A small perceptron that judges lines by stage two's verdicts on their pages and by what sites repeat.

    Parameters
    ----------
    mean, scale
        float32, shape (n_columns,): standardise the columns.
    network
        Gives log odds of article.
    calibration
        Slope and intercept from its log odds to calibrated ones.
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    network: Network
    calibration: tuple[float, float]

    def inputs(self, columns: Columns) -> NDArray[np.int8]:
        """`revision_columns` as small whole numbers; shape (n_lines, n_columns)."""
        return quantise_inputs(columns, self.mean, self.scale).astype(np.int8)

    def outputs(self, inputs: NDArray[np.int8]) -> NDArray[np.float64]:
        """Uncalibrated log odds of article of each line."""
        log_odds = np.empty(len(inputs))
        for first in range(0, len(inputs), _ROWS_AT_ONCE):
            rows = slice(first, first + _ROWS_AT_ONCE)
            log_odds[rows] = self.network.predict(inputs[rows].astype(np.float32))[:, 0]
        return log_odds


def page_means(inputs: NDArray[np.int8], first_rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Mean inputs of pages, as whole numbers; each page begins at one of `first_rows` and has a line."""
    sums = np.zeros((len(first_rows), inputs.shape[1]), np.int64)
    last_rows = np.append(first_rows[1:], len(inputs))
    for page, (begin, end) in enumerate(zip(first_rows.tolist(), last_rows.tolist(), strict=True)):
        for first in range(begin, end, _ROWS_AT_ONCE):  # so few that their sums are exact in single precision
            rows = inputs[first : min(first + _ROWS_AT_ONCE, end)].astype(np.float32)
            sums[page] += (np.ones(len(rows), np.float32) @ rows).astype(np.int64)
    return np.rint(sums / (last_rows - first_rows)[:, None]).astype(np.float32)


def noise_probability(log_odds: NDArray[np.float64], calibration: tuple[float, float]) -> NDArray[np.float64]:
    """Calibrated probability of noise from log odds of article, to six digits."""
    slope, intercept = calibration
    return np.round(1 / (1 + np.exp(np.clip(log_odds * slope + intercept, -30, 30))), _PROBABILITY_DIGITS)
