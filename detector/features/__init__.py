"""Columns that describe lines; one module a family, each says its columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.features import ngrams, shape, topic
from detector.segment.chars import CharTables
from detector.features.tokens import Tokens, find_tokens
from detector.segment.text import Batch

_BLOCK_CHARS: Final = 1 << 18
"""Lines are read in blocks of about this many characters, so that the arrays stay in the cache."""


class Block(NamedTuple):
    """Some neighbouring lines of a batch with their folded text and words."""

    first: int
    last: int
    folded: NDArray[np.uint16]
    tokens: Tokens


def blocks(batch: Batch, tables: CharTables) -> Iterator[Block]:
    """Cut a batch into blocks of whole lines."""
    first = 0
    while first < len(batch):
        limit = batch.starts[first] + _BLOCK_CHARS
        last = max(int(np.searchsorted(batch.ends, limit, "right")), first + 1)
        folded = tables.folded.take(batch.codes[batch.starts[first] : batch.ends[last - 1]])
        yield Block(first, last, folded, find_tokens(batch, folded, first, last))
        first = last


class LineData(NamedTuple):
    """What is known of the lines of a batch before any model has looked at them.

    Parameters
    ----------
    tokens
        The words of all lines.
    shape
        Shape columns and counts.
    repeats
        float32, shape (n_lines, len(topic.REPEAT_COLUMNS)).
    """

    tokens: Tokens
    shape: shape.Shape
    repeats: NDArray[np.float32]


def line_data(batch: Batch, tables: CharTables, visit: list[Block] | None = None) -> LineData:
    """Compute what depends on the lines alone."""
    words, shapes = [], []
    for block in blocks(batch, tables):
        words.append(block.tokens)
        shapes.append(shape.shape_columns(batch, block.tokens, block.first, block.last))
        if visit is not None:
            visit.append(block)
    tokens = _join_tokens(words)
    joined = shape.Shape(*(np.concatenate(parts) for parts in zip(*shapes, strict=True)))
    return LineData(tokens, joined, topic.repeat_columns(tokens, batch.page_rows))


def _join_tokens(parts: list[Tokens]) -> Tokens:
    if len(parts) == 1:
        return parts[0]
    offsets = np.cumsum([0, *(len(part.hashes) for part in parts)])
    bounds = [part.bounds[:-1] + offset for part, offset in zip(parts, offsets, strict=False)]
    return Tokens(
        np.concatenate([part.hashes for part in parts]),
        np.concatenate([part.starts for part in parts]),
        np.concatenate([part.ends for part in parts]),
        np.concatenate([*bounds, offsets[-1:]]),
    )


__all__ = ["Block", "LineData", "blocks", "line_data", "ngrams", "shape", "topic"]
