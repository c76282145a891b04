"""Columns of pages alone and of the same pages in batches of others."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from detector.features import heads, shapes, topic
from detector.segment.text import make_batch
from detector.segment.tokens import find_tokens


class Part(NamedTuple):
    """Some pages, with made-up scores that are each line's own."""

    batch: object
    tokens: object
    lines: object
    scores: np.ndarray
    heads: np.ndarray


@pytest.fixture(scope="session")
def rarity():
    return np.random.default_rng(3).integers(0, 160, 1 << topic.RARITY_BITS).astype(np.uint8)


@pytest.fixture(scope="session")
def parts(tables, nasty_pages):
    """Makes a `Part` of the pages with some indices of `nasty_pages`."""
    scores, head_scores = [], []
    for index, text in enumerate(nasty_pages):
        rng = np.random.default_rng(index)
        count = len(make_batch([text], tables))
        scores.append(rng.integers(-768, 769, count))
        head_scores.append(rng.normal(-2, 3, (count, len(heads.HEADS))).astype(np.float32))

    def make(indices):
        batch = make_batch([nasty_pages[index] for index in indices], tables)
        tokens = find_tokens(batch)
        return Part(
            batch,
            tokens,
            shapes(batch, tokens) if len(batch) else None,
            np.concatenate([scores[index] for index in indices]),
            np.concatenate([head_scores[index] for index in indices]),
        )

    return make


@pytest.fixture(scope="session")
def invariant(parts, nasty_pages):
    """Asserts that a page's columns are the same, to the last bit, whatever pages stand beside it."""

    def check(columns_of):
        filled = [index for index in range(len(nasty_pages)) if len(parts([index]).batch)]
        alone = {index: columns_of(parts([index])) for index in filled}
        assert all(np.isfinite(columns).all() for columns in alone.values())
        rng = np.random.default_rng(7)
        for _ in range(3):
            order = rng.permutation(len(nasty_pages)).tolist()
            part = parts(order)
            together = columns_of(part)
            assert len(together) == len(part.batch)
            for place, index in enumerate(order):
                rows = slice(part.batch.page_rows[place], part.batch.page_rows[place + 1])
                if index in alone:
                    assert np.array_equal(together[rows], alone[index]), f"page {index}"
        return alone

    return check
