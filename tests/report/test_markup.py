"""Markup that page text cannot become."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.report.markup import Html, element, escaped, joined, page_text, table

parser = pytest.importorskip("selectolax.lexbor")


def test_plain_strings_are_escaped_and_markup_is_not():
    inner = element("b", "<i>")
    assert inner == "<b>&lt;i&gt;</b>"
    assert element("p", inner, "&", 1234, ["x", Html("<br>")]) == "<p><b>&lt;i&gt;</b>&amp;1,234x<br></p>"


@given(st.text())
def test_any_text_comes_back_and_makes_no_element(text):
    tree = parser.LexborHTMLParser(f"<!doctype html><body><p>{escaped(text)}</p>")
    assert [node.tag for node in tree.body.traverse() if node.tag != "-text"] == ["body", "p"]
    assert len(tree.css_first("p").text()) == len(text)


@given(st.text())
def test_any_text_can_be_an_attribute(text):
    tree = parser.LexborHTMLParser(f"<!doctype html><body>{element('p', title=text, class_=None)}")
    assert list(tree.css_first("p").attributes) == ["title"]


@given(st.text())
def test_all_is_utf_8(text):
    assert joined([element("p", text, title=text)]).encode("utf-8")


def test_long_text_is_cut_with_a_note():
    shown = page_text("a" * 1_000_000)
    assert len(shown) < 500
    assert "999,760 more characters" in shown
    assert "5 more" in page_text("ab", limit=3, length=8)
    assert "more" not in page_text("a" * 240)


def test_tables_name_their_columns_and_rows():
    shown = table(["kind", "<lines>"], [["other", 3]], "All", numbers=1)
    assert '<th scope="col">&lt;lines&gt;</th>' in shown
    assert '<th scope="row">other</th><td class="n">3</td>' in shown
    assert "<caption>All</caption>" in shown
