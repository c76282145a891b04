import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detector.features.span import COLUMNS, best_runs, span_columns

pages = st.lists(
    st.lists(st.integers(-3, 3) | st.integers(-30_000, 30_000), min_size=1, max_size=9), min_size=1, max_size=6
)


def slow_best_run(values):
    """Of runs with the greatest sum the one that ends first, of those the longest."""
    runs = [(first, last) for last in range(1, len(values) + 1) for first in range(last)]
    return min(runs, key=lambda run: (-sum(values[run[0] : run[1]]), run[1], run[0]))


@given(pages)
def test_best_runs_are_those_that_trying_all_of_them_finds(values):
    page_rows = np.concatenate(([0], np.cumsum([len(page) for page in values])))
    first, last = best_runs(np.concatenate(values).astype(np.int64), page_rows)
    expected = [slow_best_run(page) for page in values]
    found = zip(first - page_rows[:-1], last - page_rows[:-1], strict=True)
    assert [tuple(map(int, run)) for run in found] == expected


def test_best_runs_hold_for_many_long_pages():
    rng = np.random.default_rng(0)
    values = rng.integers(-30_000, 30_000, 200_000)
    page_rows = np.concatenate(([0], np.sort(rng.choice(np.arange(1, 200_000), 2_000, replace=False)), [200_000]))
    first, last = best_runs(values, page_rows)
    for page in (0, 700, 1_400, 2_000):
        own = values[page_rows[page] : page_rows[page + 1]]
        one = best_runs(own, np.array([0, len(own)]))
        assert (first[page] - page_rows[page], last[page] - page_rows[page]) == (one[0][0], one[1][0])


def test_columns_do_not_depend_on_the_batch(invariant):
    alone = invariant(lambda part: span_columns(part.scores, part.lines.n_chars, part.batch.page_rows))
    assert all(columns.shape[1] == len(COLUMNS) for columns in alone.values())


@given(pages)
def test_distances_to_the_run(values):
    scores = np.concatenate(values).astype(np.int64)
    page_rows = np.concatenate(([0], np.cumsum([len(page) for page in values])))
    found = dict(zip(COLUMNS, span_columns(scores, np.full(len(scores), 100), page_rows).T, strict=True))
    first, last = best_runs(np.clip(scores, -192, 192), page_rows)
    sizes = np.diff(page_rows)
    for page, (start, end) in enumerate(zip(first, last, strict=True)):
        for row in range(page_rows[page], page_rows[page + 1]):
            inside = start <= row < end
            expected = (
                inside,
                max(start - row, 0),
                max(row - end + 1, 0),
                inside and row - start,
                inside and end - 1 - row,
            )
            names = ("inside", "until_run", "since_run", "from_run_start", "to_run_end")
            got = [found[f"by_line_{name}"][row] for name in names]
            assert np.allclose([got[0], *np.expm1(got[1:])], np.array(expected, float), atol=1e-4)
            assert np.isclose(found["by_line_run_share"][row], (end - start) / sizes[page])


def test_no_lines_no_columns_and_pages_without_lines_are_allowed():
    none = np.zeros(0, np.int64)
    assert span_columns(none, none, np.array([0, 0])).shape == (0, len(COLUMNS))
    scores, sizes = np.array([50, -50, 70]), np.array([10, 20, 30])
    gaps = span_columns(scores, sizes, np.array([0, 0, 2, 2, 3, 3]))
    assert np.array_equal(gaps, span_columns(scores, sizes, np.array([0, 2, 3])))
