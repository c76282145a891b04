from dataclasses import replace

import numpy as np
import pytest

from detector.review.collect import Lines
from detector.review.queue import Queue, entropy


def make_lines(pages):
    """Lines of pages, each a list of (group, probability of noise)."""
    sizes = [len(page) for page in pages]
    flat = [line for page in pages for line in page]
    n = len(flat)
    whole = np.arange(n, dtype=np.int32)
    p = np.array([line[1] for line in flat], np.float32)
    return Lines(
        np.cumsum([0, *sizes]),
        np.repeat(np.arange(len(pages), dtype=np.int32), sizes),
        whole,
        whole + 1,
        whole + 1,
        p,
        p >= 0.5,
        np.zeros(n, np.int8),
        np.array([line[0] for line in flat], np.int32),
    )


def none(lines):
    return np.zeros(len(lines), np.bool_)


def test_uncertain_lines_come_before_certain_ones():
    lines = make_lines([[(0, 0.99), (1, 0.5), (2, 0.01)]])
    queue = Queue(lines)
    question = queue.next_question(queue.values(none(lines)), none(lines))
    assert (question.page, question.row) == (0, 1)
    assert question.value == pytest.approx(1, abs=1e-4)


def test_a_line_counts_as_often_as_its_site_repeats_it():
    repeated = [[(0, 0.95), (n + 2, 0.02)] for n in range(20)]
    lines = make_lines([[(1, 0.5)], *repeated])
    queue = Queue(lines)
    question = queue.next_question(queue.values(none(lines)), none(lines))
    assert lines.groups[question.row] == 0
    assert question.value == pytest.approx(20 * entropy(np.array([0.95], np.float32))[0], rel=1e-4)


def test_settled_lines_are_not_asked_about_and_in_the_end_nothing_is():
    lines = make_lines([[(0, 0.5), (1, 0.6)], [(0, 0.5), (2, 0.9)]])
    queue, settled = Queue(lines), none(lines)
    asked = []
    while question := queue.next_question(queue.values(settled), settled):
        group = lines.groups[question.row]
        assert not settled[question.row]
        asked.append(int(group))
        settled |= lines.groups == group
    assert asked == [0, 1, 2]
    assert settled.all()


def test_the_page_that_is_looked_at_is_stayed_on_while_it_is_worth_half_of_the_best():
    lines = make_lines([[(0, 0.5)] * 4, [(1, 0.5)] * 3, [(2, 0.5)]])
    queue = Queue(lines)
    values = queue.values(none(lines))
    assert [queue.next_question(values, none(lines), page).page for page in (0, 1, 2)] == [0, 1, 0]
    assert queue.next_question(values, none(lines), 2, stay=True).page == 2


def test_pages_are_ordered_by_their_best_question_and_then_by_all():
    lines = make_lines([[(0, 0.6)], [(1, 0.5), (2, 0.5)], [], [(1, 0.5), (2, 0.5), (3, 0.5)], [(0, 0.6)]])
    queue = Queue(lines)
    values = queue.values(none(lines))
    assert queue.pages(values).tolist() == [3, 1, 0, 4, 2]
    assert values.best[2] == values.pages[2] == 0


def test_a_line_that_its_page_repeats_is_one_question_of_the_page():
    lines = make_lines([[(0, 0.5)] * 5])
    values = Queue(lines).values(none(lines))
    assert values.groups.tolist() == values.pages.tolist() == pytest.approx([5], abs=1e-3)


def test_certain_lines_are_still_asked_about_in_the_end():
    lines = make_lines([[(0, 1.0), (1, 0.0)]])
    queue = Queue(lines)
    assert queue.next_question(queue.values(none(lines)), none(lines)) is not None


def test_the_model_may_be_as_sure_as_it_likes():
    lines = replace(make_lines([[(0, 0.5), (1, 0.5)]]), p_noise=np.array([1.0, 0.0], np.float32))
    assert np.isfinite(Queue(lines).values(none(lines)).groups).all()
