import numpy as np
import pytest

from detector.cleaner import CleanPage, Scores
from detector.page import Page
from detector.quality.verdicts import COLUMNS, verdict_columns


def page_of(p_noise, sizes, threshold=0.5):
    n = len(p_noise)
    at = np.arange(n)
    noise = np.array(p_noise, float)
    kinds = np.zeros(n, np.int64)
    scores = Scores(at * 2, at * 2 + 1, at * 2, at + 1, np.array(sizes, np.int64), noise, noise, kinds)
    return CleanPage(Page("a\n" * n), scores, threshold)


def columns(*arguments):
    return dict(zip(COLUMNS, verdict_columns([page_of(*arguments)])[0].tolist(), strict=True))


def test_the_columns_say_what_is_kept_and_how_sure_that_is():
    found = columns([0.9, 0.1, 0.2, 0.6, 0.3], [10, 30, 50, 5, 5])
    assert found["kept_share"] == pytest.approx(0.85)
    assert found["expected_share"] == pytest.approx((1 + 27 + 40 + 2 + 3.5) / 100)
    assert found["expected_precision"] == pytest.approx(70.5 / 85)
    assert found["expected_recall"] == pytest.approx(70.5 / 73.5)
    assert found["doubtful"] == pytest.approx(0.1)
    assert found["kept_runs"] == pytest.approx(np.log1p(2))
    assert found["largest_run"] == pytest.approx(80 / 85)
    assert (found["first_kept"], found["last_kept"]) == (0.2, 1.0)
    assert found["longer_lines"] == pytest.approx(50 / 85)


@pytest.mark.parametrize("arguments", [([], []), ([0.9], [10]), ([0.1], [0])])
def test_pages_without_lines_words_or_kept_lines_have_finite_columns(arguments):
    assert np.isfinite(list(columns(*arguments).values())).all()


def test_columns_do_not_depend_on_the_other_pages():
    rng = np.random.default_rng(2)
    pages = [page_of(rng.random(n).round(6), rng.integers(0, 60, n)) for n in (0, 1, 7, 300, 0, 3)]
    assert np.array_equal(verdict_columns(pages), np.concatenate([verdict_columns([page]) for page in pages]))
