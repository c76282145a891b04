import json

import pytest

from detector.cleaner import Cleaner
from detector.corpus.options import Options
from detector.corpus.run import clean_corpus
from detector.headline import HEADLINE, find_headline
from detector.page import Page

LINES = ["Home", "Ferry sinks off Port Ellery", "The ferry sank at dawn.", "Ferry sinks off Port Ellery!"]


def find(lines, title, structure=None):
    return find_headline(lines, title, structure, list(range(1, len(lines) + 1)))


@pytest.mark.parametrize(
    "title",
    [
        "Ferry sinks off Port Ellery",
        "FERRY SINKS OFF PORT ELLERY.",
        "Ferry sinks off Port Ellery | The Coastal Wire",
        "The Coastal Wire – Ferry sinks off Port Ellery",
        "Ferry sinks off Port Ellery - News - Coastal Wire",
        "Ferry sinks off Port Ellery » Wire",
    ],
)
def test_the_name_of_the_site_does_not_matter(title):
    assert find(LINES, title) == 1


@pytest.mark.parametrize("title", ["", None, "Home", "Ferry", "The Coastal Wire", "sinks off Port Ellery", "|", " - "])
def test_other_titles_are_no_line(title):
    assert find(LINES, title) == -1


HTML = """<!doctype html><head><title>Ferry sinks off Port Ellery | Wire</title></head><body>
<nav><a href=/>Home</a> <a href=/f>Ferry sinks off Port Ellery</a></nav>
<p>Ferry sinks off Port Ellery</p><div><h1><span>Ferry sinks off Port Ellery</span></h1></div>
<p>The ferry sank at dawn on Friday, the coast guard said, and nine people were rescued by fishermen.</p></body>"""


def test_a_heading_is_preferred():
    page = Page.from_html(HTML)
    assert page.title == "Ferry sinks off Port Ellery | Wire"
    lines = page.text.splitlines()
    at = find(lines, page.title, page.structure)
    assert lines[:at].count("Ferry sinks off Port Ellery") == 1


@pytest.mark.parametrize("heading", ["Ferry sinks", "Ferry sinks off Port Ellery, nine rescued"])
def test_a_heading_may_be_shorter_or_longer_than_the_title(heading):
    page = Page.from_html(HTML.replace("<h1><span>Ferry sinks off Port Ellery", f"<h1><span>{heading}"))
    lines = page.text.splitlines()
    found = find(lines, "Ferry sinks off Port Ellery!", page.structure)
    assert lines[found] == "Ferry sinks off Port Ellery"  # what says the title as it is comes first
    assert lines[find(lines, "Ferry sinks off Port", page.structure)] == heading


def test_a_title_may_stand_in_the_body_and_those_of_drawings_are_none():
    page = Page.from_html(
        "<p>x</p><svg><title>Logo</title></svg><svg><g><title>Icon</title></g></svg><title>News</title>"
    )
    assert page.title == "News"


def test_a_headline_is_kept_on_request(tiny_model, html_model):
    for model in (tiny_model, html_model):
        dropped = Cleaner(model, threshold=0.0).clean(HTML)
        assert dropped.text == ""
        kept = Cleaner(model, threshold=0.0, keep=[HEADLINE]).clean(HTML)
        assert kept.text.strip() == "Ferry sinks off Port Ellery"
        assert [line.number for line in kept.kept] == [kept.lines[kept.headline].number]


def test_a_page_of_text_may_be_told_its_title(tiny_model):
    page = Page("Menu\nFerry sinks off Port Ellery\nShare this\n", title="Ferry sinks off Port Ellery")
    cleaner = Cleaner(tiny_model, threshold=0.0, keep=[HEADLINE])
    assert next(cleaner.clean_many([page])).text == "Ferry sinks off Port Ellery\n"
    assert next(cleaner.clean_many([Page(page.text)])).text == ""


def test_a_record_may_name_its_title(tiny_path, tmp_path):
    record = {"text": "Menu\nFerry sinks off Port Ellery\nShare this\n", "title": "Ferry sinks off Port Ellery | Wire"}
    source, target = tmp_path / "pages.jsonl", tmp_path / "clean.jsonl"
    source.write_text(json.dumps(record) + "\n")
    options = Options(threshold=0.0, keep=(HEADLINE,))
    clean_corpus([str(source)], str(target), options, model=str(tiny_path), workers=1)
    assert json.loads(target.read_text())["text"] == "Ferry sinks off Port Ellery\n"
