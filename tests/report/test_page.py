"""The report on one page."""

import pytest
from hypothesis import HealthCheck, given, settings

from detector.cleaner import Cleaner
from detector.page import Page
from detector.report.markup import escaped
from detector.report.page import page_report
from tests.conftest import NASTY_LINES, html_of, page_text

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style></title></textarea><svg onload=alert(1)>",
    "<!-- --><details open ontoggle=alert(1)>",
    "&lt;b&gt; &#60;script&#62; javascript:alert(1)",
    "\u202eright to left\x00\x1b[31m\x85\u2028\ud800",
]
STORY = "The ferry sank at dawn, the coast guard said on Friday."


def shown(tree, side):
    return [node.text() for node in tree.css(f".line.{side} summary bdi")]


def test_lines_stand_on_their_sides(cleaner, checked):
    result = cleaner.clean(f"[ad_1]\n\n{STORY}\n\nSource link\n")
    tree = checked(page_report(cleaner, result))
    assert shown(tree, "k") == [line.text for line in result.kept]
    assert shown(tree, "g") == [line.text for line in result.removed]
    assert [node.text() for node in tree.css(".no")][1:] == [str(line.number) for line in result.lines]
    labels = [node.text().strip() for node in tree.css("summary .p")]
    for line, label in zip(result.lines, labels, strict=True):
        assert label == f"{'kept' if line.kept else f'removed: {line.kind}'} {line.p_noise:.2f}"
    assert "In its context" in tree.css_first(".why").text()
    assert "In its context" not in checked(page_report(cleaner, result, 0)).body.text()


@given(text=page_text)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_becomes_markup(tiny_model, checked, text):
    hostile = "\n".join([text, *HOSTILE[: len(text) % 7], text[::-1]])
    result = next(Cleaner(tiny_model).clean_many([Page(hostile, id=text[:50])]))
    tree = checked(page_report(Cleaner(tiny_model), result, 2))
    assert len(tree.css("ol.sides > li")) == (len(result.lines) + 1 if result.lines else 0)


@pytest.mark.parametrize("lines", [HOSTILE, NASTY_LINES], ids=["hostile", "nasty"])
def test_what_is_hostile_is_shown_as_text(cleaner, checked, lines):
    page = Page("\n".join(lines), id="<script>alert(1)</script>")
    result = next(cleaner.clean_many([page]))
    report = page_report(cleaner, result)
    assert "<script>alert" in checked(report).css_first("h1").text()
    for line in result.lines:
        if len(line.text) < 1000:
            assert escaped(line.text).encode() in report


def test_a_long_line_is_cut_with_a_note(cleaner, checked):
    report = page_report(cleaner, cleaner.clean("word " * 200_000 + "\n" + STORY))
    assert len(report) < 50_000
    text = checked(report).body.text()
    assert "(998,999 more characters)" in text
    assert "too long for reasons" in text


def test_many_lines_are_cut_with_a_note(cleaner, checked):
    report = page_report(cleaner, cleaner.clean("Share on Facebook\n" * 6000), 1)
    assert "Only the first 2,000 of 6,000 lines" in checked(report).body.text()


@pytest.mark.parametrize("text", ["", "\n\n \t\u200b\n"])
def test_a_page_without_text(cleaner, checked, text):
    assert "no visible text" in checked(page_report(cleaner, cleaner.clean(text))).body.text()


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_only_noise_and_only_article(tiny_model, checked, threshold):
    result = Cleaner(tiny_model, threshold=threshold).clean(f"{STORY}\nSource link")
    tree = checked(page_report(Cleaner(tiny_model), result))
    assert len(shown(tree, "k" if threshold else "g")) == 2
    assert ("Nothing was removed" in tree.body.text()) == bool(threshold)


def test_kept_kinds_say_so(tiny_model, checked):
    result = Cleaner(tiny_model, threshold=0.0, keep=["source_link", "ad_marker"]).clean(
        f"[ad_1]\n{STORY}\nSource link"
    )
    labels = [node.text() for node in checked(page_report(Cleaner(tiny_model), result)).css("summary .p")]
    assert any("kept, though noise: " in label for label in labels)


def test_html(html_model, html_cleaner, html_pages, checked):
    result = html_cleaner.clean(html_of(html_pages[0]))
    tree = checked(page_report(Cleaner(html_model), result))
    assert len(shown(tree, "k")) == len(result.kept)


def test_the_same_page_gives_the_same_bytes(cleaner):
    result = cleaner.clean(f"[ad_1]\n\n{STORY}\n")
    assert page_report(cleaner, result) == page_report(cleaner, result)
