"""The line model: arrays that turn pages into verdicts, with numpy alone.

`detector.classifier` trains one, `detector.model_file` keeps one in a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.features import (
    COLUMNS,
    FAMILIES,
    LineScores,
    family_columns,
    heads,
    ngrams,
    shapes,
    to_score_units,
)
from detector.network import Committee, Network, quantise_inputs
from detector.segment.chars import CharTables
from detector.segment.glue import GlueLexicon, find_cuts
from detector.segment.text import Batch, cut_lines, make_batch, row_blocks
from detector.segment.tokens import Tokens, find_tokens, regroup, select

_ROWS_AT_ONCE: Final = 1024
_PROBABILITY_DIGITS: Final = 6


class Verdicts(NamedTuple):
    """What a model says of the lines of a batch.

    Parameters
    ----------
    batch
        The lines, cut into segments where noise may be glued to text.
    n_words
        int64, shape (n_lines,).
    p_line
        float64, shape (n_lines,): probability of noise before context.
    p_noise
        float64, shape (n_lines,): calibrated probability of noise.
    kind
        int64, shape (n_lines,): index into `labels.KINDS` of the likeliest kind, were it noise.
    """

    batch: Batch
    n_words: NDArray[np.int64]
    p_line: NDArray[np.float64]
    p_noise: NDArray[np.float64]
    kind: NDArray[np.int64]


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
                total += ngrams.run_sums(self._wide.take(run.indices), run)
                count += run.last - run.first
            article[first:last] = total * self.scale / np.sqrt(np.maximum(count, 1)) + self.bias
            head_total, head_count = heads.head_sums(words, self._packed, len(heads.HEADS))
            root = np.sqrt(np.maximum(head_count, 1))[:, None]
            head_scores[first:last] = head_total * self.head_scale / root + self.head_bias
        return LineScores(to_score_units(article), head_scores)


@dataclass(frozen=True, slots=True)
class LineModel:
    """A trained model.

    Parameters
    ----------
    tables
        Character tables.
    glue
        Phrases at which lines may be cut.
    rarity
        uint8: see `topic.topic_columns`.
    stage_one
        The model of single lines.
    mean, scale
        float32, shape (len(COLUMNS),): standardise the columns of stage two.
    networks
        Stage two: perceptrons whose log odds of article are averaged.
    calibration
        Slope and intercept from stage two's log odds to calibrated ones.
    line_calibration
        The same for stage one's log odds.
    kinds
        Perceptron that tells the kinds of noise apart.
    threshold
        A line is noise from this probability on.
    """

    tables: CharTables
    glue: GlueLexicon
    rarity: NDArray[np.uint8]
    stage_one: StageOne
    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    networks: tuple[Network, ...]
    calibration: tuple[float, float]
    line_calibration: tuple[float, float]
    kinds: Network
    threshold: float
    _committee: Committee = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_committee", Committee([*self.networks, self.kinds]))

    def segment(self, texts: Sequence[str]) -> tuple[Batch, Tokens]:
        """Lines and words of pages, lines cut where noise may be glued to text."""
        batch = make_batch(texts, self.tables)
        tokens = find_tokens(batch)
        cuts = find_cuts(batch, tokens, self.glue)
        if not len(cuts):
            return batch, tokens
        batch = cut_lines(batch, cuts)
        return batch, regroup(tokens, batch)

    def inputs(self, batch: Batch, tokens: Tokens, scores: LineScores) -> NDArray[np.int8]:
        """Inputs of stage two, as small whole numbers; shape (n_lines, len(COLUMNS))."""
        inputs = np.empty((len(batch), len(COLUMNS)), np.int8)
        at = 0
        families = family_columns(batch, tokens, shapes(batch, tokens), scores, self.rarity)
        for name, names in FAMILIES.items():
            span = slice(at, at + len(names))
            inputs[:, span] = quantise_inputs(families.pop(name), self.mean[span], self.scale[span])
            at += len(names)
        return inputs

    def outputs(self, inputs: NDArray[np.int8]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Stage two's uncalibrated log odds of article, and the likeliest kind of noise.

        Parameters
        ----------
        inputs
            int8, shape (n, len(COLUMNS)): see `inputs`.
        """
        log_odds, kind = np.empty(len(inputs)), np.empty(len(inputs), np.int64)
        for first in range(0, len(inputs), _ROWS_AT_ONCE):
            rows = slice(first, first + _ROWS_AT_ONCE)
            *votes, kinds = self._committee.predict(inputs[rows].astype(np.float32))
            log_odds[rows] = sum(vote[:, 0].astype(np.float64) for vote in votes) / len(votes)
            kind[rows] = kinds.argmax(1)
        return log_odds, kind

    def predict(self, texts: Sequence[str]) -> Verdicts:
        """Judge the lines of pages; the pages do not influence each other.

        Parameters
        ----------
        texts
            One text a page.
        """
        batch, tokens = self.segment(texts)
        n_words = np.diff(tokens.bounds)
        if not len(batch):
            none = np.zeros(0)
            return Verdicts(batch, n_words, none, none, none.astype(np.int64))
        scores = self.stage_one.scores(batch, tokens)
        log_odds, kind = self.outputs(self.inputs(batch, tokens, scores))
        p_line = noise_probability(scores.article.astype(np.float64), self.line_calibration)
        return Verdicts(batch, n_words, p_line, noise_probability(log_odds, self.calibration), kind)


def noise_probability(log_odds: NDArray[np.float64], calibration: tuple[float, float]) -> NDArray[np.float64]:
    """Calibrated probability of noise from log odds of article, to six digits."""
    slope, intercept = calibration
    return np.round(1 / (1 + np.exp(np.clip(log_odds * slope + intercept, -30, 30))), _PROBABILITY_DIGITS)
