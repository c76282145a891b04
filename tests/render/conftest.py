"""Clean pages made by hand: what a renderer does has nothing to do with what a model says."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import strategies as st

from detector.cleaner import CleanPage, Scores
from detector.page import Page
from detector.segment.text import is_blank


def decided(page, keep=lambda line: True, cut=None):
    """A clean page that keeps the lines that a function names; one that holds `cut` loses it and what precedes it."""
    starts, ends, line_starts, numbers, kept = [], [], [], [], []
    position = 0
    parts = re.split(r"(\r\n|\r|\n)", page.text)
    for number, (line, end) in enumerate(zip(parts[::2], [*parts[1::2], ""], strict=True), 1):
        if not is_blank(line):
            core = line.strip()
            begin = position + len(line) - len(line.lstrip())
            pieces = [(begin, begin + len(core), keep(line))]
            if cut and cut in core[:-1]:
                middle = begin + core.index(cut) + len(cut)
                rest = middle + len(page.text[middle : begin + len(core)]) - len(core[middle - begin :].lstrip())
                pieces = [(begin, middle, False), (rest, begin + len(core), True)]
            for start, stop, stays in pieces:
                starts.append(start)
                ends.append(stop)
                line_starts.append(position)
                numbers.append(number)
                kept.append(stays)
        position += len(line) + len(end)
    n = len(starts)
    columns = (np.array(values, np.int64) for values in (starts, ends, line_starts, numbers, [1] * n))
    noise = 1.0 - np.array(kept, float)
    return CleanPage(page, Scores(*columns, np.zeros(n), noise, np.zeros(n, np.int64)), 0.5)


def cleaned(html, keep=lambda line: True, cut=None, url=None):
    return decided(Page.from_html(html, url=url), keep, cut)


def collapsed(text):
    return re.sub(r"[ \t\n\r\f]+", " ", text).strip()


def kept_lines(page):
    return [collapsed(line.text) for line in page.lines if line.kept]


OPEN = [
    *("<p>", "<div>", "<h1>", "<h3>", "<ul>", "<ol start=7>", "<li>", "<blockquote>", "<pre>", "<table>", "<tr>"),
    *("<td>", "<th colspan=2>", "<td rowspan=3>", "<thead>", "<caption>", "<b>", "<i>", "<em>", "<code>", "<br>"),
    *("<a href='/x?a=1&copy;=(2) '>", "<a href=javascript:alert(1)>", "<img src=x.png>", "<section>", "<dl>", "<dt>"),
    *("<dd>", "<form>", "<button>", "<select>", "<figure>", "<figcaption>", "<hr>", "<font>", "<q>", "<center>"),
]
CLOSE = [
    *("</p>", "</div>", "</h1>", "</ul>", "</ol>", "</li>", "</blockquote>", "</pre>", "</table>", "</tr>", "</td>"),
    *("</b>", "</i>", "</em>", "</code>", "</a>", "</section>", "</form>", "</button>", "</select>", "</dl>"),
]
TEXTS = [
    *("word ", " two words", "x", "\n", "  ", "1. one", "2) two ", "- item", "+ plus", "* star", "# head", "tail #"),
    *("---", "===", "- - -", "***", "_under_ a_b", "`tick`", "```", "~~~", "[a](b)", "[a]: b", "![i](j)", "!", "\\"),
    *("&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;b&gt;", "&amp;lt;", "&amp;", "amp;", "&lt;", "a | b", "--- | ---"),
    *(
        ":--",
        "> quote",
        "    code",
        "\t",
        "&#13;",
        "&nbsp;",
        "“q”",
        "。",
        "中文",
        "www.e.org",
        "\n\n",
        "\u2028",
        "\x1b[31m",
    ),
    *("&lt;!--", "--&gt;", "]", "drop"),
]
html_pages = st.lists(st.one_of(*map(st.sampled_from, (OPEN, CLOSE, TEXTS, TEXTS))), max_size=30).map("".join)
