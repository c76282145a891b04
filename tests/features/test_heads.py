from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.features.heads import (
    COLUMNS,
    HEAD_BITS,
    HEADS,
    SCORE_LIMIT,
    head_columns,
    head_indices,
    head_sums,
    pack_weights,
)
from detector.features.ngrams import word_runs
from detector.labels import KINDS
from detector.segment.text import make_batch
from detector.segment.tokens import find_tokens
from tests.conftest import page_text


def test_columns_do_not_depend_on_the_batch(invariant):
    alone = invariant(lambda part: head_columns(part.heads, part.batch.page_rows))
    assert all(columns.shape[1] == len(COLUMNS) for columns in alone.values())


def test_sums_do_not_depend_on_the_batch(invariant):
    weights = np.random.default_rng(0).integers(-127, 128, (1 << HEAD_BITS, len(HEADS))).astype(np.int8)
    packed = pack_weights(weights)
    alone = invariant(lambda part: np.column_stack(head_sums(part.tokens, packed, len(HEADS))))
    assert max(found[:, -1].max() for found in alone.values()) > 20


EXTREMES = np.random.default_rng(1).choice(np.array([-127, 127, 0, 5], np.int8), (1 << HEAD_BITS, 7))


@pytest.mark.parametrize("n_heads", [1, 4, 7])
@given(texts=st.lists(page_text, min_size=1, max_size=3))
@settings(max_examples=15)
def test_sums_are_those_of_the_words_and_pairs_of_each_line(tables, n_heads, texts):
    tokens = find_tokens(make_batch(texts, tables))
    weights = EXTREMES[:, :n_heads]
    sums, counts = head_sums(tokens, pack_weights(weights), n_heads)
    expected = np.zeros_like(sums)
    number = np.zeros_like(counts)
    for run in word_runs(tokens):
        for row, (first, last) in enumerate(zip(run.first, run.last, strict=True)):
            expected[row] += weights[head_indices(run.indices[first:last])].sum(0, dtype=np.int64)
            number[row] += last - first
    assert np.array_equal(sums, expected)
    assert np.array_equal(counts, number)


@pytest.mark.parametrize("weight", [-127, 127])
def test_packed_sums_do_not_run_over_on_the_longest_lines(tables, weight):
    tokens = find_tokens(make_batch(["word " * 500, "漢" * 500], tables))
    sums, counts = head_sums(tokens, pack_weights(np.full((1 << HEAD_BITS, 5), weight, np.int8)), 5)
    assert (sums == weight * counts[:, None]).all()


@given(st.lists(st.integers(0, 6), min_size=1, max_size=4), st.integers(0, 5))
def test_windows_and_pages_are_what_a_loop_finds(sizes, seed):
    page_rows = np.concatenate(([0], np.cumsum(sizes)))
    scores = np.random.default_rng(seed).normal(0, 5, (page_rows[-1], len(HEADS))).astype(np.float32)
    found = dict(zip(COLUMNS, head_columns(scores, page_rows).T, strict=True))
    clipped = np.clip(scores, -SCORE_LIMIT, SCORE_LIMIT)
    chance = 1 / (1 + np.exp(-clipped))
    for low, high in pairwise(page_rows):
        for row in range(low, high):
            for index, name in ((0, HEADS[0]), (len(HEADS) - 1, HEADS[-1])):
                assert found[f"suggests_{name}"][row] == clipped[row, index]
                assert np.isclose(found[f"page_suggests_{name}"][row], clipped[low:high, index].mean(), atol=0.02)
            for width in (3, 12):
                before = chance[max(row - width, low) : row, 2].sum() / width
                after = chance[row + 1 : min(row + width + 1, high), 2].sum() / width
                assert np.isclose(found[f"{KINDS[2]}_before_{width}"][row], before, atol=0.01)
                assert np.isclose(found[f"{KINDS[2]}_after_{width}"][row], after, atol=0.01)
