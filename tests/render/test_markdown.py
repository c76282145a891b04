import re

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from detector.page import Page
from detector.segment.html import read_html
from tests.conftest import assert_in_proportion, page_text
from tests.render.conftest import cleaned, decided, html_pages, kept_lines

pytest.importorskip("selectolax")

COMMONMARK = MarkdownIt("commonmark").enable("table")


def md(html, *arguments, links=False, **settings):
    return cleaned(html, *arguments, **settings).markdown(links=links)


def shown(markdown):
    """The words that a reader of the rendered Markdown sees."""
    return re.findall(r"\w+", " ".join(read_html(f"<body>{COMMONMARK.render(markdown)}").lines))


def words(page):
    return re.findall(r"\w+", " ".join(kept_lines(page)))


def raw_markup(markdown):
    tokens = COMMONMARK.parse(markdown)
    inline = [child for token in tokens for child in token.children or ()]
    return [token.content for token in (*tokens, *inline) if token.type in ("html_block", "html_inline")]


# Elements


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<h1>Ferry sinks</h1><h3>Nine rescued</h3><p>At dawn.</p>", "# Ferry sinks\n\n### Nine rescued\n\nAt dawn.\n"),
        ("<h2>two<br>lines</h2>", "## two lines\n"),
        ("<ul><li>a<li>b</ul>", "- a\n- b\n"),
        ("<ol start=3><li>a<li>b</ol>", "3. a\n4. b\n"),
        ("<ul><li>a<ul><li>b<ol><li>c</ol></ul><li>d</ul>", "- a\n  - b\n    1. c\n- d\n"),
        ("<ul><li>a</li><ul><li>b</ul><li>c</ul>", "- a\n  - b\n- c\n"),
        ("<ul><li>a</ul><ul><li>b</ul>", "- a\n\n* b\n"),
        ("<ol><li>a</ol><ol><li>b</ol>", "1. a\n\n1) b\n"),
        ("<ul><li><p>a</p><p>b</p></ul>", "- a\n\n  b\n"),
        ("<ul><li><pre>x\n  y</pre></ul>", "- ```\n  x\n    y\n  ```\n"),
        ("<blockquote><p>a<p>b<blockquote>c</blockquote></blockquote>", "> a\n>\n> b\n>\n> > c\n"),
        ("<blockquote>a</blockquote><blockquote>b</blockquote>", "> a\n\n> b\n"),
        ("<pre>\ndef f():\n\n    return 1  \n</pre>", "```\ndef f():\n\n    return 1  \n```\n"),
        ("<pre>```\n<b>x</b></pre>", "````\n```\nx\n````\n"),
        ("<pre>one<br>two</pre>", "```\none\ntwo\n```\n"),
        ("<p>roses<br>are<br><br>red</p>", "roses\\\nare\n\nred\n"),
        ("<p><b>a </b>b <i>c</i> <code>d|`</code></p>", "**a** b *c* `` d|` ``\n"),
        ("<p><b><i>a</i></b> <em><em>b</em></em></p>", "***a*** *b*\n"),
        ("<b><p>a</p><p>b</p></b>", "**a**\n\n**b**\n"),
        ("<p>a<b>'b'</b>c</p>", "a'b'c\n"),  # asterisks would not be emphasis here
        ("<p>a<b>b</b><i>c</i></p>", "a**b**c\n"),
        ("<p>a<img src=x alt=y>b<svg><text>z</text></svg></p>", "ab\n"),
        ("<form><button>Send</button><input value=x></form>", "Send\n"),
        ("", ""),
    ],
)
def test_elements(html, expected):
    assert md(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<table><caption>c</caption><tr><th>a|b<th>d</tr><tr><td>1<br>2<td><code>x|y</code></table>",
            "c\n\n| a\\|b | d |\n| --- | --- |\n| 1 2 | `x\\|y` |\n",
        ),
        ("<table><tr><td>a<td>b<tr><td>c<td>d</table>", "|  |  |\n| --- | --- |\n| a | b |\n| c | d |\n"),
        (
            "<table><tr><th colspan=2>a<th>b<tr><td rowspan=2>1<td>2<td>3<tr><td>4</table>",
            "| a |  | b |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n|  | 4 |\n",
        ),
        ("<table><tr><td>a<td><td>b<tr><td>c<td><td>d</table>", "|  |  |\n| --- | --- |\n| a | b |\n| c | d |\n"),
        ("<table><tr><td>a<td>b</table>", "a b\n"),
        ("<table><tr><td>a<tr><td>b</table>", "a\n\nb\n"),
        ("<table><tr><td><h2>a</h2><td>b<tr><td>c<td>d</table>", "## a\n\nb\n\nc d\n"),
        ("<table><tr><td><table><tr><td>a</table><td>b<tr><td>c<td>d</table>", "a\n\nb\n\nc d\n"),
    ],
)
def test_tables_of_data_are_tables_and_others_are_paragraphs(html, expected):
    assert md(html) == expected


def test_links_stay_on_request_resolved_and_only_where_they_lead_somewhere():
    html = "<p>See <a href='/a (1).html#x'>the <b>port</b> </a>!<a href=//f.org>f</a></p>"
    assert md(html) == "See the **port** !f\n"
    assert md(html, links=True) == "See [the **port**](/a%20%281%29.html#x) \\![f](//f.org)\n"
    assert md(html, links=True, url="https://e.org/b/") == (
        "See [the **port**](https://e.org/a%20%281%29.html#x) \\![f](https://f.org)\n"
    )
    based = "<base href=/c/><a href=d>e</a>"
    assert md(based, links=True, url="https://e.org/b/") == "[e](https://e.org/c/d)\n"


@pytest.mark.parametrize(
    "href",
    [
        *("javascript:alert(1)", " JaVaScRiPt:alert(1)", "java\tscript:x", "\x01javascript:x", "data:text/html,x"),
        *("vbscript:x", "#top", "", "http://[", "blob:x", "file:///etc/passwd"),
    ],
)
@pytest.mark.parametrize("url", [None, "https://e.org/"])
def test_links_that_do_harm_never_stay(href, url):
    if url and href == "#top":
        return  # a place in a page that is known
    page = cleaned(f'<p><a href="{href}">text</a>', url=url)
    assert page.markdown(links=True) == "text\n"
    assert "<a" not in page.html()


# What is kept


def test_only_kept_lines_appear_and_those_around_do_not_run_together():
    html = "<h1>Ferry</h1><p>one<br>drop<br>two</p><ul><li>drop<li>three</ul><div>four<p>drop</p>five</div>"
    page = cleaned(html, lambda line: line != "drop")
    assert page.markdown() == "# Ferry\n\none\n\ntwo\n\n- three\n\nfour\\\nfive\n"


def test_a_line_kept_in_part_appears_with_that_part():
    page = cleaned("<p>[ad_1] Nine <b>people</b> were rescued.</p><pre>x\n[ad_1] y\n</pre>", cut="[ad_1]")
    assert page.markdown() == "Nine **people** were rescued.\n\n```\nx\ny\n```\n"


def test_text_of_linked_data_is_a_paragraph():
    body = "The ferry sank at dawn, the coast guard said. " * 6
    html = f'<script type="application/ld+json">{{"articleBody": "{body}\\n# no heading"}}</script><p>x</p>'
    assert md(html) == f"x\n\n{body.strip()}\n\n\\# no heading\n"


# Escaping


@pytest.mark.parametrize(
    "text",
    [
        *("# a", "###### a", "1. a", "2) a", "- a", "+ a", "* a", "> a", "---", "- - -", "===", "***", "___", "a #"),
        *("*a*", "_a_", "__a__", "`a`", "[a](b)", "[a]: b", "![a](b)", "~~~", "```", "| a |", "a\\", "\\*a\\*"),
        *("&amp;lt;b&amp;gt;", "&amp;#60;", "&lt;http://a.b&gt;", "&lt;b onclick=x&gt;", "&lt;!-- a --&gt;"),
    ],
)
@pytest.mark.parametrize("block", ["<p>{}</p>", "<p>x<br>{}</p>", "<h2>{}</h2>", "<li>{}", "<p>x<b>{}</b>y", "<pre>{}"])
def test_text_of_a_page_never_becomes_syntax(text, block):
    html = block.format(text)
    page = cleaned(html)
    markdown = page.markdown()
    rendered = COMMONMARK.render(markdown)
    assert read_html(f"<body>{rendered}").lines == tuple(kept_lines(page)) or "<h2>" in html
    assert shown(markdown) == words(page)
    assert not raw_markup(markdown)


def test_words_with_underscores_stay_readable():
    assert md("<p>a_b _c d_</p>") == "a_b \\_c d\\_\n"


@given(html_pages)
def test_rendered_markdown_gives_the_kept_words_in_order(html):
    page = cleaned(html, lambda line: "drop" not in line, cut="!")
    for links in (False, True):
        markdown = page.markdown(links=links)
        assert shown(markdown) == words(page), markdown
        assert not raw_markup(markdown)
        assert "\x1b" not in markdown
        assert "javascript:" not in markdown


# Text


def test_a_page_of_text_is_its_clean_text_escaped():
    page = decided(Page("# a\r\n  b *c*\r\n\r\ndrop\r\n<b>d</b>\r\n"), lambda line: line != "drop")
    assert page.markdown() == "\\# a\nb \\*c\\*\n\n&lt;b>d&lt;/b>\n"


@given(page_text)
def test_any_text_stays_text(text):
    page = decided(Page(text))
    markdown = page.markdown()
    assert not raw_markup(markdown)
    assert shown(markdown) == re.findall(r"\w+", text)


# Hostile pages


@pytest.mark.parametrize("tag", ["div", "blockquote", "b", "ul><li", "table><tr><td", "a href=/x", "pre", "q", "span"])
def test_deep_pages_are_written(tag):
    page = cleaned(f"<{tag}>" * 3000 + "deep")
    assert shown(page.markdown(links=True)) == ["deep"]


def test_time_is_in_proportion_to_the_page():
    few, many = (cleaned("<p>some <b>words</b> <a href=x>here</a></p><ul><li>x</ul>" * n) for n in (500, 5000))
    assert_in_proportion(lambda page: page.markdown(), (few,), (many,), 10)


def test_a_table_of_absurd_spans_stays_small():
    html = "<table>" + "<tr><td colspan=999 rowspan=999>a<td>b" * 50 + "</table>"
    assert len(md(html)) < 10_000
