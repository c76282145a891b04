import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detector.features.context import COLUMNS, SCORE_UNIT, context_columns

lines = st.lists(st.tuples(st.integers(-768, 768), st.integers(1, 900), st.booleans()), min_size=1, max_size=40)


def columns_of(part):
    return context_columns(part.scores, part.lines.n_chars, part.lines.ends_sentence, part.batch.page_rows)


def named(rows, page_rows=None):
    scores, sizes, ends = (np.array(column) for column in zip(*rows, strict=True))
    found = context_columns(scores, sizes, ends, np.array(page_rows or [0, len(rows)]))
    return dict(zip(COLUMNS, found.T, strict=True))


def test_columns_do_not_depend_on_the_batch(invariant):
    alone = invariant(columns_of)
    assert all(columns.shape[1] == len(COLUMNS) for columns in alone.values())


@given(lines)
def test_neighbours_windows_and_distances_are_what_a_loop_finds(rows):
    found = named(rows)
    scores, sizes = [score for score, _, _ in rows], [size for _, size, _ in rows]
    strong = [score > 0 and size >= 90 for score, size, _ in rows]
    for row in range(len(rows)):
        for step in (-5, -1, 0, 2, 5):
            at = row + step
            expected = scores[at] / SCORE_UNIT if 0 <= at < len(rows) else -2.0
            assert np.isclose(found[f"score[{step:+d}]"][row], expected, atol=1e-5)
        for width in (4, 10, 25):
            for side, window in (
                ("before", scores[max(row - width, 0) : row]),
                ("after", scores[row + 1 : row + 1 + width]),
            ):
                expected = sum(window) / SCORE_UNIT / max(len(window), 1)
                assert np.isclose(found[f"score_{side}_{width}"][row], expected, atol=1e-4)
        for side, others in (("since", range(row - 1, -1, -1)), ("until", range(row + 1, len(rows)))):
            nearest = next((abs(at - row) for at in others if strong[at]), 99)
            assert np.isclose(found[f"{side}_strong"][row], np.log1p(min(nearest, 99)))
        assert np.isclose(found["strong_before"][row], np.log1p(sum(strong[:row])))
        assert np.isclose(
            found["place_in_chars"][row], sum(min(s, 600) for s in sizes[:row]) / sum(min(s, 600) for s in sizes)
        )
    mass = [min(size, 600) if score > 0 else 0 for score, size, _ in rows]
    story = found["story_before"] + found["story_after"] + np.array(mass) / max(sum(mass), 1)
    assert np.allclose(story, 1 if sum(mass) else 0, atol=1e-5)


@given(lines)
def test_a_page_turned_upside_down_swaps_before_and_after(rows):
    found, turned = named(rows), named(rows[::-1])
    for one, other in (
        ("from_top", "from_bottom"),
        ("story_before", "story_after"),
        ("since_strong", "until_strong"),
        ("score_before_10", "score_after_10"),
        ("mass_before_4", "mass_after_4"),
        ("score[-3]", "score[+3]"),
        ("ends_sentence[-2]", "ends_sentence[+2]"),
    ):
        assert np.allclose(found[one], turned[other][::-1], atol=1e-5)
    for name in COLUMNS[-7:]:
        assert np.allclose(found[name], turned[name], atol=1e-4)


def test_pages_without_lines_between_others_change_nothing():
    rows = [(100, 50, True), (-20, 5, False), (300, 200, True)]
    with_gaps = named(rows, [0, 0, 1, 1, 1, 3, 3])
    without = named(rows, [0, 1, 3])
    assert all(np.array_equal(with_gaps[name], without[name]) for name in COLUMNS)
