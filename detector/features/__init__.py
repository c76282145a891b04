"""Columns that describe lines; one module a family, each says its columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.features import context, heads, memory, shape, span, structure, topic, verdict
from detector.features.context import SCORE_UNIT
from detector.segment.text import Batch, row_blocks
from detector.segment.tokens import Tokens, select

FAMILIES: Final = {
    "shape": shape.COLUMNS,
    "repeats": topic.REPEAT_COLUMNS,
    "topic": topic.COLUMNS,
    "context": context.COLUMNS,
    "heads": heads.COLUMNS,
    "span": span.COLUMNS,
}
COLUMNS: Final = tuple(name for columns in FAMILIES.values() for name in columns)
"""All columns of stage two for text, in order."""

HTML_COLUMNS: Final = (*COLUMNS, *structure.COLUMNS)
"""All columns of stage two for HTML, in order."""

REVISION_COLUMNS: Final = (*verdict.COLUMNS, *memory.COLUMNS)
"""All columns of stage three for text, in order."""

HTML_REVISION_COLUMNS: Final = (*verdict.COLUMNS, *verdict.TREE_COLUMNS, *memory.COLUMNS)
"""All columns of stage three for HTML, in order."""

SCORE_LIMIT: Final = 12.0


class LineScores(NamedTuple):
    """What stage one says of each line.

    Parameters
    ----------
    article
        int64, shape (n_lines,): log odds of article in units of 1 / `SCORE_UNIT`.
    heads
        float32, shape (n_lines, len(heads.HEADS)): log odds of kinds and page types.
    """

    article: NDArray[np.int64]
    heads: NDArray[np.float32]


def to_score_units(log_odds: NDArray[np.floating]) -> NDArray[np.int64]:
    """Log odds as whole numbers of 1 / `SCORE_UNIT`."""
    units: NDArray[np.int64] = np.rint(np.clip(log_odds, -SCORE_LIMIT, SCORE_LIMIT) * SCORE_UNIT).astype(np.int64)
    return units


def shapes(batch: Batch, tokens: Tokens) -> shape.Shape:
    """Shape of all lines of a batch."""
    parts = [shape.shape_columns(batch, select(tokens, first, last), first, last) for first, last in row_blocks(batch)]
    return shape.Shape(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def family_columns(
    batch: Batch, tokens: Tokens, lines: shape.Shape, scores: LineScores, rarity: NDArray[np.uint8]
) -> Iterator[NDArray[np.float32]]:
    """Compute the columns of stage two.

    Parameters
    ----------
    batch, tokens, lines
        The lines, their words and shapes; at least one line.
    scores
        Stage one's scores, out of fold where the lines are trained on.
    rarity
        See `topic.topic_columns`.

    Yields
    ------
    float32 array of shape (n_lines, n_columns)
        The columns of each of `FAMILIES`, in order.
    """
    story = np.rint(topic.LIKELIHOOD_SCALE / (1 + np.exp(-scores.article / SCORE_UNIT))).astype(np.int64)
    rows = batch.page_rows
    yield lines.columns
    yield topic.repeat_columns(tokens, rows)
    yield topic.topic_columns(tokens, rows, story, rarity)
    yield context.context_columns(scores.article, lines.n_chars, lines.ends_sentence, rows)
    yield heads.head_columns(scores.heads, rows)
    yield span.span_columns(scores.article, lines.n_chars, rows)
