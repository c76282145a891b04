import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.review.ledger import HAND, NOBODY, SPREAD, UNKNOWN, UNSURE, Answer, Ledger

ARTICLE, NOISE = 0, 1


def rows(*numbers):
    return np.array(numbers, np.int64)


def test_an_answer_settles_all_equal_lines():
    ledger = Ledger(np.array([0, 1, 0, 2, 0], np.int32))
    assert ledger.answer([Answer(rows(2), NOISE, 3)], spread=True) == 3
    assert ledger.entries.label.tolist() == [NOISE, UNKNOWN, NOISE, UNKNOWN, NOISE]
    assert ledger.entries.kind.tolist() == [3, UNKNOWN, 3, UNKNOWN, 3]
    assert ledger.entries.source.tolist() == [SPREAD, NOBODY, HAND, NOBODY, SPREAD]


def test_what_a_person_said_is_not_changed_by_an_equal_line():
    ledger = Ledger(np.zeros(4, np.int32))
    ledger.answer([Answer(rows(0), ARTICLE)], spread=False)
    ledger.answer([Answer(rows(1), NOISE)], spread=True)
    ledger.answer([Answer(rows(2), ARTICLE)], spread=True)
    assert ledger.entries.label.tolist() == [ARTICLE, NOISE, ARTICLE, ARTICLE]
    assert ledger.entries.source.tolist() == [HAND, HAND, HAND, SPREAD]


def test_a_doubt_is_not_spread():
    ledger = Ledger(np.zeros(3, np.int32))
    assert ledger.answer([Answer(rows(1), NOISE, source=UNSURE)], spread=True) == 1
    assert ledger.entries.source.tolist() == [NOBODY, UNSURE, NOBODY]


def test_undo_gives_the_labels_back_that_were_there():
    ledger = Ledger(np.zeros(3, np.int32))
    ledger.answer([Answer(rows(0), ARTICLE)], spread=True)
    before = ledger.snapshot()
    ledger.answer([Answer(rows(1), NOISE, 5)], spread=True)
    assert ledger.last_change().first == 1
    ledger.undo()
    for now, then in zip(ledger.entries, before, strict=True):
        np.testing.assert_array_equal(now, then)
    ledger.undo()
    assert not ledger.is_settled.any()
    assert ledger.last_change() is None


answers = st.tuples(
    st.lists(st.integers(0, 11), min_size=1, max_size=4, unique=True),
    st.integers(0, 1),
    st.integers(-1, 12),
    st.sampled_from([HAND, UNSURE]),
    st.booleans(),
)


@given(st.lists(st.integers(0, 4), min_size=12, max_size=12), st.lists(answers, max_size=8))
def test_undoing_all_leaves_nothing_and_counts_agree(groups, given_answers):
    ledger = Ledger(np.array(groups, np.int32))
    settled = 0
    for lines, label, kind, source, spread in given_answers:
        settled += ledger.answer([Answer(np.sort(lines), label, kind, source)], spread=spread)
        assert settled == ledger.is_settled.sum()
        assert (ledger.entries.label[lines] == label).all()
        assert ((ledger.entries.label == UNKNOWN) == (ledger.entries.source == NOBODY)).all()
    while ledger.answers:
        ledger.undo()
    assert not ledger.is_settled.any()
    assert (ledger.entries.label == UNKNOWN).all()


@pytest.mark.parametrize("group", [0, 1, 2])
def test_equal_lines_are_those_of_the_group(group):
    groups = np.array([2, 0, 1, 2, 0, 0], np.int32)
    ledger = Ledger(groups)
    assert ledger.equal_lines(group).tolist() == np.flatnonzero(groups == group).tolist()
    assert ledger.group_sizes(np.array([group], np.int32)).tolist() == [(groups == group).sum()]
