import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detector.adapt.evidence import COLUMNS, Labelled, columns, count, learn, surprise
from detector.adapt.marks import FAMILIES, Marks


def marks(line):
    keys = np.zeros((len(FAMILIES), len(line)), np.uint64)
    keys[0] = line
    return Marks(keys)


def labels(*values):
    return np.array(values, np.int8)


def keys(*values):
    return np.array(values, np.uint64)


def labelled(line, *values):
    return Labelled(marks(line), labels(*values), np.full(len(values), 0.5))


def test_pages_are_counted_not_lines():
    table = count([(keys(5, 5, 5, 9), labels(1, 1, 1, 0)), (keys(5, 9), labels(1, 0))])
    assert table.look_up(keys(5, 9, 7))[0].tolist() == [2, 0, 0]
    assert table.look_up(keys(5, 9, 7))[1].tolist() == [0, 2, 0]


def test_a_page_that_says_both_counts_by_shares():
    table = count([(keys(5, 5, 5, 5), labels(1, 0, 0, -1))])
    noise, article = table.look_up(keys(5))
    assert np.allclose([noise[0], article[0]], [1 / 3, 2 / 3])


def test_article_of_one_page_is_forgotten_and_lines_without_words_are_never_known():
    table = count([(keys(5, 0, 6), labels(0, 1, 1))])
    assert table.keys.tolist() == [6]


def test_evidence_grows_with_the_pages_that_hold_a_line():
    def column(n):
        known = learn([labelled(keys(7, 100 + page), 1, 0) for page in range(n)])
        return columns(np.zeros(1), marks(keys(7)), known)[0, COLUMNS.index("line")]

    found = [column(n) for n in (1, 2, 3, 5)]
    assert 0 < found[0] < found[1] < found[2] < found[3]


def test_what_stands_between_known_lines_is_evidence():
    # Key 1000 heads a list of links that differ from page to page, key 2000 ends it.
    def page(n):
        return marks(keys(10 * n + 2, 1000, 10 * n + 3, 10 * n + 4, 2000, 10 * n + 5))

    known = learn([Labelled(page(n), labels(0, 1, 1, 1, 1, 0), np.full(6, 0.5)) for n in range(4)])
    found = columns(np.zeros(6), page(9), known)
    after, before = (found[:, COLUMNS.index(name)] for name in ("after", "before"))
    assert after[2] > 0
    assert after[3] > 0
    assert after[5] < 0
    assert before[3] > 0
    assert before[0] < 0
    assert after[1] == before[1] == 0  # it is known itself


def test_a_page_that_nothing_is_known_of_keeps_its_log_odds():
    known = learn([])
    found = columns(np.array([-2.0, 3.0]), marks(keys(5, 6)), known)
    assert found[:, 0].tolist() == [-2, 3]
    assert not found[:, 2:].any()


@given(st.lists(st.lists(st.tuples(st.integers(0, 8), st.sampled_from([-1, 0, 1])), max_size=12), max_size=5))
def test_the_order_of_pages_does_not_matter(pages):
    some = [labelled([key for key, _ in page], *(label for _, label in page)) for page in pages]
    first, second = learn(some), learn(some[::-1])
    for a, b in zip((*first.words, *first[2:]), (*second.words, *second[2:]), strict=True):
        assert np.array_equal(a.keys, b.keys)
        assert np.allclose(a.noise, b.noise)
        assert np.allclose(a.article, b.article)


def test_what_the_model_knows_already_is_no_surprise():
    def value(label, p_noise, n_lines=3, n_pages=1):
        page = (keys(*[5] * n_lines), labels(*[label] * n_lines), np.full(n_lines, p_noise))
        return surprise([page] * n_pages).look_up(keys(5))[0]

    assert abs(value(1, 0.99)) < 0.05
    assert value(1, 0.05) > 1
    assert value(0, 0.95) < -1
    assert np.isclose(value(1, 0.05, n_lines=30), value(1, 0.05))  # many lines of one page are one piece of evidence
    assert value(1, 0.05, n_pages=3) > value(1, 0.05)
    assert surprise([]).look_up(keys(5)).tolist() == [0]
