"""The HTML segmenter, and what is written of a page of HTML."""

import functools
import json
from html.parser import HTMLParser
from urllib.parse import urlsplit

from detector.cleaner import Cleaner
from detector.errors import InputError
from detector.page import Page
from detector.segment.html import document, read_html, trace_html
from detector.segment.structure import Structure
from tests.fuzz.harness import in_time, numbers, one_line

SEEDS = (
    b"\0<!doctype html><html><head><title>t</title></head><body><nav><a href=/>Home</a></nav><p>The ferry sank.</p>",
    b"\1<table><tr><td>a<td><b id=1><p><b id=2></b></table><pre>x\ny</pre><svg><p>z<math><mi><table></svg>",
    b'\0<script type="application/ld+json">{"articleBody": "' + b"word " * 60 + b'"}</script><p hidden>x<br>y',
    b"\0<meta charset=shift_jis>\x93\xfa\x96{<plaintext></p>&amp;&#x1F600;<![CDATA[x]]>",
    b"\0<ul><li>one<ul><li>two</ul><details><summary>s</summary>t</details><select><option>o</select><template>t",
    b"\0\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03",
    b"\0<a href='javascript:x'>l</a><img src=x onerror=y><code>`*_</code><h1>#</h1><blockquote>q<form><input>",
    b"\0<!doctype html><p>The ferry sank at dawn near the harbour, said &lt;script&gt;alert(1)&lt;/script&gt; of the "
    b"coast guard on Friday.<p>Nobody was hurt when it ran aground, a spokeswoman said, and all left by noon.",
)


@functools.cache
def _cleaner():
    return Cleaner.load()


def check(data):
    (mode,), rest = numbers(data, 1)
    with in_time(data):
        try:
            source = document(rest)
        except InputError as error:
            one_line(error)
            return
        page = read_html(source)
        structure = page.structure
        assert all(line.strip() and "\n" not in line and "\r" not in line for line in page.lines)
        assert len(structure.elements) == len(page.lines)
        assert Structure.from_dict(json.loads(json.dumps(structure.to_dict()))) == structure
        trace = trace_html(source)
        assert trace.lines == page.lines, "the same document gives other lines when it is traced"
        named = [event for event in trace.events if event.kind in ("lines", "embedded") and event.size]
        assert [event.first for event in named] == [sum(e.size for e in named[:n]) for n in range(len(named))]
        assert sum(event.size for event in named) == len(page.lines)
        if mode % 4 == 0:
            _check_clean(rest)


def _check_clean(data):
    [clean] = _cleaner().clean_many([Page.from_html(data)])
    text = clean.page.text
    assert clean.text == "".join(text[start:end] for start, end in clean.spans)
    assert all(text[line.start : line.end] == line.text for line in clean.lines)
    clean.markdown(links=True)
    safe = clean.html()
    assert "\0" not in safe
    reader = _Markup()
    reader.feed(safe)
    reader.close()


class _Markup(HTMLParser):
    """Reads what is written with another parser than ours: nothing in it can run or load."""

    def handle_starttag(self, tag, attrs):
        assert tag not in _FORBIDDEN, f"<{tag}> in what is written"
        for name, value in attrs:
            assert name in _ATTRIBUTES, f"{name}= in what is written"
            if name in ("href", "src", "cite"):
                scheme = urlsplit(value).scheme
                assert scheme in ("", "http", "https", "mailto", "tel"), f"{scheme}: in what is written"


_FORBIDDEN = {
    *("script", "style", "iframe", "frame", "object", "embed", "svg", "math", "form", "input", "button"),
    *("select", "textarea", "link", "base", "template"),
}
_ATTRIBUTES = {
    *("href", "src", "alt", "title", "lang", "charset", "colspan", "rowspan", "start", "value", "reversed"),
    *("type", "cite", "datetime", "dir"),
}
