import pytest
from hypothesis import given

from detector.segment.html import read_html, trace_html
from tests.render.conftest import html_pages

pytest.importorskip("selectolax")


@given(html_pages)
def test_events_tell_of_the_lines_that_are_read(html):
    trace = trace_html(html)
    assert trace.lines == read_html(html).lines
    told, text, depth = 0, [], 0
    for event in trace.events:
        if event.kind == "text":
            text.append(event.text)
        elif event.kind == "lines":
            made = trace.lines[event.first : event.first + event.size]
            assert event.first == told
            assert "".join("".join(made).split()) == "".join("".join(text).split())
            told, text = told + event.size, []
        else:
            depth += {"open": 1, "close": -1}[event.kind]
            assert depth >= 0
    assert told == len(trace.lines)
    assert depth == 0
    assert not "".join(text).strip()


def test_events_know_linked_data_and_the_title():
    body = "The ferry sank at dawn, the coast guard said. " * 6
    script = f'<script type="application/ld+json">{{"articleBody": "{body}"}}</script>'
    trace = trace_html(f"<title> a\n b </title>{script}<p title=x>text</p>")
    assert trace.title == "a b"
    assert trace.events[-1][:1] == ("embedded",)
    assert (trace.events[-1].first, trace.events[-1].size) == (1, 1)
    assert next(event.attributes for event in trace.events if event.text == "p") == {"title": "x"}
