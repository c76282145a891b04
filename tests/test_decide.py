import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.decide import BETA, HIGHEST_THRESHOLD, LOWEST_THRESHOLD, kept_lines, kept_spans, page_threshold
from detector.segment.text import cut_lines, make_batch, split_lines
from tests.conftest import page_text

probabilities = st.integers(0, 1000).map(lambda n: n / 1000)


def expected_f_beta(kept, noise, sizes):
    weight = sizes + 1.0
    found, wanted = ((1 - noise) * weight)[kept].sum(), ((1 - noise) * weight).sum()
    return (1 + BETA**2) * found / (weight[kept].sum() + BETA**2 * wanted + 1e-300)


@given(st.lists(st.tuples(probabilities, st.integers(0, 300)), min_size=1, max_size=25))
def test_no_threshold_has_a_better_expected_f_beta(lines):
    noise, sizes = np.array([p for p, _ in lines]), np.array([s for _, s in lines])
    chosen = page_threshold(noise, sizes)
    assert LOWEST_THRESHOLD <= chosen <= HIGHEST_THRESHOLD
    ours = expected_f_beta(noise < chosen, noise, sizes)
    for other in np.linspace(LOWEST_THRESHOLD, HIGHEST_THRESHOLD, 36):
        assert ours >= expected_f_beta(noise < other, noise, sizes) - 1e-9


@given(st.lists(st.tuples(probabilities, st.integers(0, 300)), min_size=1, max_size=25), st.randoms())
def test_the_threshold_does_not_depend_on_the_order_of_lines(lines, random):
    shuffled = random.sample(lines, len(lines))
    one, other = (page_threshold(*map(np.array, zip(*some, strict=True))) for some in (lines, shuffled))
    assert one == pytest.approx(other)


def test_article_that_is_lost_weighs_more_than_noise_that_stays():
    """Of two lines, the first surely article, expected F1 alone keeps the second up to 0.586."""
    assert page_threshold(np.array([0.0, 0.6]), np.array([9, 9])) > 0.6
    assert page_threshold(np.array([0.0, 0.65]), np.array([9, 9])) < 0.65


def test_a_clear_page_is_decided_near_one_half_and_a_doubtful_one_keeps_more():
    sizes = np.full(10, 20)
    clear = page_threshold(np.array([0.01] * 5 + [0.99] * 5), sizes)
    doubtful = page_threshold(np.array([0.45, 0.5, 0.55, 0.6, 0.65, 0.65, 0.7, 0.7, 0.7, 0.72]), sizes)
    assert clear == pytest.approx(0.5, abs=0.05)
    assert doubtful > 0.6
    assert page_threshold(np.zeros(0), np.zeros(0, np.int64)) == HIGHEST_THRESHOLD


def test_filter_and_trim():
    noise = np.array([1, 1, 0, 1, 0, 1], bool)
    spared = np.array([0, 1, 0, 0, 0, 0], bool)
    assert kept_lines(noise, spared, "filter").tolist() == [False, True, True, False, True, False]
    assert kept_lines(noise, spared, "trim").tolist() == [False, True, True, True, True, False]
    assert kept_lines(np.ones(3, bool), np.zeros(3, bool), "trim").tolist() == [False] * 3


@pytest.fixture(scope="module")
def spans(tables):
    def of(text, kept, cuts=()):
        batch = make_batch([text], tables)
        batch = cut_lines(batch, np.array(sorted(cuts), np.int64)) if len(batch) else batch
        kept = np.resize(np.array(kept, bool), len(batch)) if len(kept) else np.zeros(len(batch), bool)
        return batch, kept, kept_spans(batch.starts, batch.ends, batch.line_starts, kept, text)

    return of


def join(text, found):
    return "".join(text[start:end] for start, end in found)


@pytest.mark.parametrize(
    ("text", "kept", "expected"),
    [
        ("a\nb\nc\n", [1, 1, 1], "a\nb\nc\n"),
        ("a\nb\nc\n", [1, 0, 1], "a\nc\n"),
        ("a\nb\nc\n", [0, 1, 1], "b\nc\n"),
        ("a\nb\nc", [1, 1, 0], "a\nb\n"),
        ("a\n\nb\n\nc\n", [1, 0, 1], "a\n\nc\n"),
        ("a\n\nb\n\nc\n\n\n", [1, 1, 0], "a\n\nb\n"),
        ("a\r\n\r\nb\r\n", [1, 0], "a\r\n"),
        ("a\r\rb\rc", [0, 1, 1], "b\rc"),
        ("  a \n b", [1, 0], "  a \n"),
        ("\n\na\nb", [1, 0], "\n\na\n"),
        ("a\nb", [0, 0], ""),
        ("\ufeffa\n", [1], "\ufeffa\n"),
    ],
)
def test_removed_lines_take_their_line_end_and_the_blank_lines_below_along(spans, text, kept, expected):
    _, _, found = spans(text, kept)
    assert join(text, found) == expected


@pytest.mark.parametrize(
    ("text", "kept", "expected"),
    [
        ("[ad_1] At the meeting.", [0, 1], "At the meeting."),
        ("one\n[ad_1] At the meeting.\nend", [1, 0, 1, 1], "one\nAt the meeting.\nend"),
        ("It said. [ad_2]", [1, 0], "It said."),
        pytest.param(*("It said. [ad_2]\nNext.", [1, 0, 1], "It said.\nNext.")),
        pytest.param(*("It said. [ad_2]\n\nNext.", [1, 0, 1], "It said.\n\nNext.")),
        pytest.param(*("It said [ad_2] Next", [1, 0, 1], "It said Next")),
    ],
)
def test_removed_segments(spans, text, kept, expected):
    cuts = [at for word in ("[ad", "At", "Next") if (at := text.find(word)) > 0]
    _, _, found = spans(text, kept, cuts)
    assert join(text, found) == expected


@given(page_text, st.lists(st.booleans(), max_size=8), st.lists(st.integers(0, 200), max_size=4))
def test_spans_hold_all_that_is_kept_nothing_that_is_removed_and_are_in_order(spans, text, kept, cuts):
    batch, kept, found = spans(text, kept, cuts)
    if not len(batch):
        return
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert all(end <= start for (_, end), (start, _) in pairwise(found))
    inside = np.zeros(len(text), bool)
    for start, end in found:
        inside[start:end] = True
    for start, end, stays in zip(batch.starts, batch.ends, kept, strict=True):
        assert inside[start:end].all() if stays else not inside[start:end].any()
    assert kept.any() or not found


@given(page_text, st.lists(st.booleans(), min_size=1, max_size=8))
def test_the_kept_lines_are_the_lines_of_the_clean_text(spans, text, kept):
    batch, kept, found = spans(text, kept)
    clean = join(text, found)
    wanted = [split_lines(text)[number - 1] for number in batch.numbers[kept]] if len(batch) else []
    assert [line for line in split_lines(clean) if line in wanted] == wanted
    assert sum(bool(re.search(r"\S", line)) for line in split_lines(clean)) <= len(wanted) or not len(batch)
