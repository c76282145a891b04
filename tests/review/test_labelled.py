from contextlib import closing

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detector.cleaner import Cleaner
from detector.labels import page_from_dict, page_to_dict
from detector.page import Page
from detector.review.collect import collect
from detector.review.labelled import BY_HAND, entries_of, labelled_page
from detector.review.ledger import HAND, NOBODY, SPREAD, UNKNOWN, UNSURE, Answer, Entries, Ledger
from detector.segment.text import is_blank, split_lines
from tests.conftest import NASTY_LINES, page_text


def random_entries(n, seed):
    rng = np.random.default_rng(seed)
    source = rng.choice([NOBODY, SPREAD, HAND, UNSURE], n).astype(np.int8)
    label = np.where(source == NOBODY, UNKNOWN, rng.integers(0, 2, n)).astype(np.int8)
    kind = np.where(label == 1, rng.integers(-1, 13, n), UNKNOWN).astype(np.int8)
    return Entries(label, kind, source)


def assert_round_trip(page, found, entries):
    made = labelled_page(page, found.lines, 0, entries, None)
    read = page_from_dict(page_to_dict(made), "here")
    shown = ["" if is_blank(line) else line for line in split_lines(page.text)]
    assert read.text.rstrip("\n") == "\n".join(shown).rstrip("\n")
    back = entries_of(read, page, found.lines, 0)
    for now, then in zip(back, entries, strict=True):
        np.testing.assert_array_equal(now, then)


@given(page_text, st.integers(0, 1000))
def test_what_is_known_of_a_page_survives_the_file(tiny_model, text, seed):
    text = f"{text}\nIt ends here. [ad_2] Source link"
    found = collect([list(Cleaner(tiny_model).clean_many([Page(text, "p")]))])
    with closing(found.shelf):
        assert_round_trip(found.shelf.page(0), found, random_entries(len(found.lines), seed))


def test_line_ends_of_windows_change_nothing(make_collection):
    text = "\r\n".join(NASTY_LINES) + "\r\n\r\n"
    found = make_collection([Page(text, "p")])
    assert_round_trip(found.shelf.page(0), found, random_entries(len(found.lines), 3))


def test_a_page_of_html_keeps_its_structure(html_collection):
    page = html_collection.shelf.page(0)
    rows = html_collection.lines.rows_of(0)
    entries = random_entries(len(html_collection.lines), 1)
    made = labelled_page(page, html_collection.lines, 0, entries, None)
    read = page_from_dict(page_to_dict(made), "here")
    assert read.structure == page.structure
    back = entries_of(read, page, html_collection.lines, 0)
    np.testing.assert_array_equal(back.label, entries.label[rows])


def test_glued_noise_is_a_part_of_its_line(make_collection):
    found = make_collection([Page("It was closed, it said. [ad_2] Source link\nA line.", "p")])
    assert len(found.lines) > 2, "the model of the tests cuts here"
    ledger = Ledger(found.lines.groups)
    ledger.answer([Answer(np.array([1]), 1, 6)], spread=False)
    made = labelled_page(found.shelf.page(0), found.lines, 0, ledger.entries, None)
    assert "".join(part.text for part in made.lines[0]) == "It was closed, it said. [ad_2] Source link"
    assert [part.kind for part in made.lines[0]][1] == "source_link"
    assert made.meta[BY_HAND] == [2]


def test_other_text_or_other_cuts_are_not_taken_for_the_page(make_collection):
    found = make_collection([Page("It was closed.\nA second line of it.", "p")])
    page = found.shelf.page(0)

    def entries(*lines):
        return entries_of(page_from_dict({"id": "p", "lines": list(lines)}, "here"), page, found.lines, 0)

    first, second = {"text": "It was closed.", "label": "article"}, {"text": "A second line of it.", "label": "noise"}
    assert entries(first, second).label.tolist() == [0, 1]
    assert entries(first, second, {"text": ""}).source.tolist() == [HAND, HAND]
    assert entries(first) is None
    assert entries(first, {"text": "Another line."}) is None
    cut = {"parts": [{"text": "A second", "label": "article"}, {"text": " line of it.", "label": "noise"}]}
    assert entries(first, cut) is None
    alike = {"parts": [{"text": "A second", "label": "noise"}, {"text": " line of it.", "label": "noise"}]}
    assert entries(first, alike).label.tolist() == [0, 1]
