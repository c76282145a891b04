import numpy as np
import pytest

from detector.cleaner import Cleaner
from detector.errors import InputError
from detector.page import Page
from detector.review.collect import collect
from tests.conftest import NASTY_LINES


def groups_of(collection):
    return collection.lines.groups.tolist()


def test_lines_are_those_of_the_cleaner(tiny_model, collection, review_pages):
    lines = collection.lines
    for number, clean in enumerate(Cleaner(tiny_model).clean_many(collection.shelf.page(n) for n in range(12))):
        rows = lines.rows_of(number)
        assert lines.starts[rows].tolist() == clean.scores.starts.tolist()
        assert lines.is_noise[rows].tolist() == clean.is_noise.tolist()
        np.testing.assert_allclose(lines.p_noise[rows], clean.scores.p_noise, atol=1e-6)
        assert (lines.page[rows] == number).all()


def test_lines_equal_but_for_numbers_case_and_punctuation_share_a_group(make_collection):
    pages = [Page("3 Comments\nA story.", "a", site="x.org"), Page("14 comments:\nAnother one.", "b", site="x.org")]
    first, story, again, other = groups_of(make_collection(pages))
    assert first == again
    assert len({first, story, other}) == 3


def test_lines_of_different_sites_are_different(make_collection):
    a, b = groups_of(make_collection([Page("3 Comments", "a", site="x.org"), Page("3 Comments", "b", site="y.org")]))
    assert a != b


def test_long_lines_must_be_equal_to_the_end(make_collection):
    text = "The ferry sank at dawn off the coast of Norrby. " * 10
    pages = [Page(text + end, end, site="x.org") for end in ("One.", "Two.", "One.")]
    a, b, c = groups_of(make_collection(pages))
    assert a == c != b


def test_a_site_is_reviewed_alone_with_the_pages_that_name_none(make_collection):
    pages = [Page("A line.", "a", site="x.org"), Page("A line.", "b", site="y.org"), Page("A line.", "c")]
    found = make_collection(pages, site="x.org")
    assert [(name.id, name.site) for name in found.names] == [("a", "x.org"), ("c", "x.org")]
    assert len(set(groups_of(found))) == 1
    with pytest.raises(InputError, match=r"no page of the site 'z\.org'"):
        make_collection(pages[:2], site="z.org")


def test_a_corpus_is_cut_where_it_has_too_many_lines(make_collection, tiny_model):
    pages = [Page("One line.\nTwo lines.\n", str(n)) for n in range(10)]
    found = make_collection(pages, max_lines=5)
    assert (len(found.names), len(found.lines), found.is_whole) == (3, 6, False)
    assert make_collection(pages).is_whole


@pytest.mark.parametrize("pages", [[], [Page("", "empty")], [Page(" \n\t\n", "blank")]])
def test_nothing_to_review_is_said(tiny_model, pages):
    with pytest.raises(InputError, match="nothing to review"):
        collect([list(Cleaner(tiny_model).clean_many(pages))])


def test_any_text_comes_back_from_the_shelf(make_collection):
    text = "\r\n".join(NASTY_LINES)
    found = make_collection([Page(text, "\ud800", "http://x/", "s")])
    assert found.shelf.page(0) == Page(text, "\ud800", "http://x/", "s")


def test_html_and_its_structure_come_back_from_the_shelf(html_collection, review_pages):
    shelf = html_collection.shelf
    for number in (0, 5, 11, 0):
        page = shelf.page(number)
        assert len(page.structure.elements) == len(page.text.splitlines())
        assert review_pages[number][6][0] in shelf.html(number).replace("&#x27;", "'").replace("&quot;", '"')
        assert shelf.html_size(number) == len(shelf.html(number).encode())
