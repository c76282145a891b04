import numpy as np

from detector.adapt.marks import FAMILIES, page_marks
from detector.page import Page
from detector.segment.chars import build_tables
from detector.segment.keys import NO_KEY

TABLES = build_tables()


def marks_of(page, cleaner):
    scores = cleaner.clean_many([page])
    scores = next(scores).scores
    return page_marks(page.text, scores.starts, scores.numbers, page.structure, TABLES)


def test_one_column_of_keys_for_each_line(cleaner, nasty_pages):
    for text in nasty_pages:
        result = cleaner.clean(text)
        marks = page_marks(text, result.scores.starts, result.scores.numbers, None, TABLES)
        assert marks.keys.shape == (len(FAMILIES), len(result.scores.starts))


def test_lines_share_their_beginning_and_their_end(cleaner):
    first = "Posted by Anna Berg in the section for news of the town"
    second = "Posted by Jonas Lund in some other section of the town"
    marks = marks_of(Page(f"{first}\n{second}\nshort line"), cleaner)
    line, start, end = marks.keys[:3]
    assert line[0] != line[1]
    assert start[0] == start[1] != NO_KEY
    assert end[0] == end[1] != NO_KEY
    assert start[2] == end[2] == NO_KEY  # a short line is known as a whole or not at all


def test_elements_are_told_by_their_names_without_numbers(html_cleaner):
    def page(number):
        return Page.from_html(f"<!doctype html><div class='box-{number}'><p>One</p></div><div class=other><p>Two</p>")

    first, second = marks_of(page(17), html_cleaner), marks_of(page(234), html_cleaner)
    assert np.array_equal(first.keys, second.keys)
    path = first.keys[FAMILIES.index("path")]
    assert path[0] != path[1]


def test_text_has_no_elements(cleaner):
    marks = marks_of(Page("One line\nand another"), cleaner)
    assert (marks.keys[FAMILIES.index("element") :] == NO_KEY).all()
