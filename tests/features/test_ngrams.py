import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.features.ngrams import (
    HEAD_CHARS,
    ORDERS,
    TABLE_SIZE,
    TAIL_CHARS,
    IndexRun,
    index_runs,
    run_sums,
    word_runs,
)
from detector.segment.text import make_batch
from detector.segment.tokens import find_tokens, select
from tests.conftest import page_text


def entries(batch, tokens, row, first=0, last=None):
    """For each family the entries of one line, the others of the range being scored beside it."""
    last = len(batch) if last is None else last
    runs = index_runs(batch, select(tokens, first, last), first, last)
    return [run.indices[run.first[row - first] : run.last[row - first]].tolist() for run in runs]


def of_text(text, tables):
    batch = make_batch([text], tables)
    tokens = find_tokens(batch)
    return [entries(batch, tokens, row) for row in range(len(batch))]


@given(page_text)
def test_a_line_has_the_same_entries_alone_and_among_others(tables, text):
    batch = make_batch([text], tables)
    tokens = find_tokens(batch)
    for row in range(len(batch)):
        assert entries(batch, tokens, row) == entries(batch, tokens, row, row, row + 1)


@given(st.lists(st.text("abc 一二", min_size=1, max_size=8).filter(str.strip), min_size=1, max_size=5))
def test_number_and_range_of_entries(tables, lines):
    lines = [line.strip() for line in lines]
    for line, families in zip(lines, of_text("\n".join(lines), tables), strict=True):
        assert len(families) == len(ORDERS) + 2
        for order, found in zip(ORDERS, families, strict=False):
            assert len(found) == max(len(line) + 2 - order + 1, 0)  # with a blank at either end
        assert len(families[-1]) == max(len(families[-2]) - 1, 0)
        assert all(0 <= entry < TABLE_SIZE for family in families for entry in family)


def test_lines_alike_but_for_case_and_digits_have_the_same_entries(tables):
    one, other, third = of_text("Posted 12 May 2019\nPOSTED 31 MAY 2024\nPosted 12 June 2019", tables)
    assert one == other != third


def test_beginning_and_end_of_a_line_are_seen(tables):
    whole, first, last = of_text("read more\nread more now\nplease read more", tables)
    for order in range(len(ORDERS)):
        assert whole[order][0] == first[order][0] != last[order][0]
        assert whole[order][-1] == last[order][-1] != first[order][-1]


def test_the_middle_of_a_long_line_is_not_read(tables):
    head, tail = "h" * HEAD_CHARS, "t" * TAIL_CHARS
    one, other, third = of_text(f"{head} one two {tail}\n{head}{'z' * 900}{tail}\n{head}!{tail[1:]}.", tables)
    characters = len(ORDERS)
    assert one[:characters] == other[:characters] != third[:characters]


def test_word_entries_of_long_lines_are_those_of_head_and_tail(tables):
    words = [f"{a}{b}" for a in "abcdefghij" for b in "klmnopqrst"]
    tokens = find_tokens(make_batch(["\n".join([" ".join(words), " ".join([*words[:50], *words[70:]])])], tables))
    single, pairs = word_runs(tokens)
    for run in (single, pairs):
        one, other = (run.indices[run.first[row] : run.last[row]].tolist() for row in (0, 1))
        assert one == other
    assert single.last[0] - single.first[0] == 26


@pytest.mark.parametrize("text", ["a", "a\nb", "ab\na", "long enough\na", "a\nlong enough", "。", "x\n" * 50])
def test_short_last_lines_stay_inside_the_arrays(tables, text):
    batch = make_batch([text], tables)
    for run in index_runs(batch, find_tokens(batch), 0, len(batch)):
        assert (run.first <= run.last).all()
        assert run.first.min() >= 0
        assert max(run.first.max(), run.last.max()) <= len(run.indices)
        assert np.isin(run.last - run.first, np.arange(70)).all()


def test_sums_of_lines_are_right_where_those_of_the_batch_overflow():
    values = np.full(9, 2**30, np.int32)
    run = IndexRun(np.arange(9), np.array([0, 1, 4, 9]), np.array([1, 1, 5, 9]))
    assert run_sums(values, run).tolist() == [2**30, 0, 2**30, 0]
    packed = np.stack((np.full(9, 2**62), np.arange(9)), 1)
    assert run_sums(packed, run).tolist() == [[2**62, 0], [0, 0], [2**62, 4], [0, 0]]
