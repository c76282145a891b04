import json

import pytest

from detector.adapt.labels import gather_labels
from detector.errors import InputError
from detector.page import Page

PAGE = {"id": "p1", "site": "a.org", "lines": [
    {"text": "Home", "label": "noise", "kind": "navigation"}, {"text": ""},
    {"text": "The ferry sank.", "label": "article"}]}  # fmt: skip
PAGES = {"p1": Page("Home\n\nThe ferry sank.\nNobody was hurt.", id="p1", site="a.org")}


def gather(tmp_path, *records, pages=None):
    path = tmp_path / "labels.jsonl"
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records), "utf-8")
    return gather_labels([path], pages)


def labels(page):
    return [segment.label for segment in page.segments]


def test_a_labelled_page_is_taken_as_it_is(tmp_path):
    (page,), complaints = gather(tmp_path, PAGE)
    assert not complaints
    assert (page.id, page.site, page.text) == ("p1", "a.org", "Home\n\nThe ferry sank.")
    assert labels(page) == ["noise", "article"]
    assert page.segments[0].kind == "navigation"


def test_labels_of_single_lines_go_with_their_page(tmp_path):
    (page,), complaints = gather(
        tmp_path,
        {"page": "p1", "line": 1, "label": "noise", "kind": "navigation", "text": "Home"},
        {"page": "p1", "line": 4, "label": "article", "kind": "caption", "p_noise": 0.7},
        pages=PAGES,
    )
    assert not complaints
    assert labels(page) == ["noise", None, "article"]
    assert page.site == "a.org"
    assert page.text == PAGES["p1"].text


def test_what_contradicts_is_named_and_the_rest_is_used(tmp_path):
    (page,), complaints = gather(
        tmp_path,
        {"page": "p1", "line": 9, "label": "noise"},
        {"page": "p1", "line": 1, "label": "noise", "text": "Start"},
        {"page": "p2", "line": 1, "label": "noise"},
        {"page": "p1", "line": 3, "label": "noise"},
        {"page": "p1", "line": 3, "label": "article"},
        {"page": "p1", "line": 4, "label": "maybe"},
        {"page": "p1", "line": "4", "label": "noise"},
        {"page": "p1", "line": True, "label": "noise"},
        {"page": "p1", "line": 4, "label": "noise", "kind": "nonsense"},
        "{no json",
        {"lines": 3},
        {"page": "p1", "line": 4, "label": "article"},
        pages=PAGES,
    )
    assert labels(page) == [None, None, "article"]
    expected = [
        "labels.jsonl:10: not a JSON record",
        "labels.jsonl:1: page 'p1', line 9: the page has 4 lines",
        "labels.jsonl:2: page 'p1', line 1: reads 'Home', not 'Start'",
        "labels.jsonl:3: there is no page 'p2' (--pages",
        "labels.jsonl:5: page 'p1', line 3: 'The ferry sank.' is labelled article and noise",
        "labels.jsonl:6: 'label' must be",
        "labels.jsonl:7: 'line' must be",
        "labels.jsonl:8: 'line' must be",
        "labels.jsonl:9, line 1 of the page: unknown kind",
        "labels.jsonl:11: 'lines' must be a list",
    ]
    assert len(complaints) == len(expected)
    for part in expected:
        assert any(part in complaint for complaint in complaints), part


def test_a_page_that_was_labelled_twice(tmp_path):
    other = json.loads(json.dumps(PAGE))
    other["lines"][0]["label"], other["lines"][0]["kind"] = "article", None
    (page,), complaints = gather(tmp_path, PAGE, other)
    assert labels(page) == [None, "article"]
    assert len(complaints) == 1
    (page,), complaints = gather(tmp_path, PAGE, PAGE)
    assert labels(page) == ["noise", "article"]
    assert not complaints


def test_a_labelled_page_is_held_against_the_page_as_it_is_now(tmp_path):
    old = {"id": "p1", "site": "a.org", "lines": [
        {"text": "Homepage", "label": "noise"}, {"text": ""}, {"text": "The ferry sank.", "label": "article"},
        {"text": ""}, {"text": "End", "label": "noise"}]}  # fmt: skip
    (page,), complaints = gather(tmp_path, old, pages=PAGES)
    assert page.text == PAGES["p1"].text
    assert labels(page) == [None, "article", None]
    assert len(complaints) == 2


def test_pages_without_a_name_stay_apart(tmp_path):
    record = {"lines": [{"text": "Home", "label": "noise"}]}
    found, complaints = gather(tmp_path, record, {"lines": [{"text": "Home", "label": "article"}]})
    assert [labels(page) for page in found] == [["noise"], ["article"]]
    assert not complaints


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        gather_labels([tmp_path / "none.jsonl"])
