"""Counting the frequent with bounded memory."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from detector.report.frequent import Frequent, SeenBefore, Tops


def counted(keys, size):
    counts = Frequent(size)
    for key in keys:
        entry = counts.get(key) or counts.insert(key, key.upper())
        entry.count += 1
    return counts


@given(st.lists(st.sampled_from("abcdefghijkl"), max_size=300), st.integers(1, 8))
def test_counts_are_within_their_bounds(keys, size):
    counts, actual = counted(keys, size), Counter(keys)
    assert len(counts) <= 2 * size
    assert counts.missed <= len(keys) / size
    for key, number in actual.items():
        entry = counts.get(key)
        held = entry.count if entry else 0
        assert held <= number <= held + counts.missed


def test_few_keys_are_counted_exactly_and_the_first_of_equal_ones_comes_first():
    counts = counted("banana" + "xx", 8)
    assert [(key, entry.count, entry.note) for key, entry in counts.top(3)] == [
        ("a", 3, "A"),
        ("n", 2, "N"),
        ("x", 2, "X"),
    ]
    assert counts.missed == 0


def test_what_was_seen_before():
    seen = SeenBefore()
    assert [seen("a"), seen("a"), seen("b"), seen("a", 5), seen("a", 5), seen("\ud800")] == [
        *(False, True, False, False, True, False)
    ]


def test_tops_keep_the_highest():
    tops = Tops(2)
    for value in (3, 1, 5, 5, 2, 0):
        if tops.wants(value):
            tops.add(value, f"{value}")
    assert tops.sorted() == ["5", "5"]
    assert not tops.wants(5)
    assert not Tops(2).wants(0)
