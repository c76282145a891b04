import re

import pytest
from hypothesis import given

from detector.page import Page
from detector.segment.html import read_html
from tests.conftest import assert_in_proportion, page_text
from tests.render.conftest import cleaned, collapsed, decided, html_pages, kept_lines

pytest.importorskip("selectolax")


def body(html, *arguments, **settings):
    """What stands between the body's tags, line ends left out."""
    document = cleaned(html, *arguments, **settings).html()
    return re.search(r"<body>\n(.*)\n</body>", document, re.S).group(1).replace("\n", "")


def reread(document):
    return [collapsed(line) for line in read_html(document).lines]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<article class=a><h1 id=x>T</h1><p style=y>a <em>b</em></p>",
            "<article><h1>T</h1><p>a <em>b</em></p></article>",
        ),
        ("<div><div><div><p>a</p></div></div></div>", "<p>a</p>"),
        ("<div lang=fr><p>a</p></div>", '<div lang="fr"><p>a</p></div>'),
        ("<p>a<span>b</span><font>c</font><blink>d</blink></p>", "<p>abcd</p>"),
        ("<p>a<br>b<br><br><br>c<br></p>", "<p>a<br>b<br><br>c</p>"),
        ("<ul><li>a<ol start=3><li>b</ol></ul>", '<ul><li>a<ol start="3"><li>b</li></ol></li></ul>'),
        ("<ul>a</ul><li>b<dd>c", "<div>a</div><div>b<div>c</div></div>"),
        ("<menu><li>a</menu>", "<ul><li>a</li></ul>"),
        (
            "<table><tr><td>a<td><td colspan=2>b",
            '<table><tbody><tr><td>a</td><td></td><td colspan="2">b</td></tr></tbody></table>',
        ),
        ("<td colspan=x>", ""),
        ("<pre>\n\n a\n\n<b>b</b></pre>", "<pre> a<b>b</b></pre>"),
        ("<xmp><b>x</b></xmp>", "<pre>&lt;b&gt;x&lt;/b&gt;</pre>"),
        ("<form action=/x><button>a</button><input value=b><label>c</label></form>", "<div><div>a</div>c</div>"),
        ("<p>a <button>b</button> c</p>", "<div>a<div>b</div>c</div>"),
        ("<p>a<img src=/i.png alt='x\"y' onerror=z width=1></p>", '<p>a<img src="/i.png" alt="x&quot;y"></p>'),
        ("<p>a</p><figure><img src=/i.png></figure><a href=/x><img src=y></a>", "<p>a</p>"),
        (
            "<figure><img src=/i.png><figcaption>a</figcaption></figure>",
            '<figure><img src="/i.png"><figcaption>a</figcaption></figure>',
        ),
        (
            "<time datetime=2020>a</time> <abbr title='<b>'>b</abbr>",
            '<time datetime="2020">a</time> <abbr title="&lt;b&gt;">b</abbr>',
        ),
        ("", ""),
    ],
)
def test_elements(html, expected):
    assert body(html) == expected


def test_the_document_says_what_it_is():
    assert cleaned("<html lang='d\"e'><title>a &lt; b</title><p>x").html() == (
        '<!DOCTYPE html>\n<html lang="d&quot;e">\n<head>\n<meta charset="utf-8">\n<title>a &lt; b</title>\n</head>\n'
        "<body>\n<p>x</p>\n</body>\n</html>\n"
    )


def test_only_kept_lines_stay_and_empty_elements_go():
    html = "<nav><ul><li>drop</ul></nav><p>one<br>drop<br>two</p><div>a<p>drop</p>b</div><pre>x\ndrop\n\ny</pre>"
    page = cleaned(html, lambda line: line != "drop")
    assert reread(page.html()) == ["one", "two", "a", "b", "x", "y"]
    assert "nav" not in page.html()
    assert "drop" not in page.html()


def test_a_line_kept_in_part_keeps_its_markup():
    assert body("<p><i>[ad_1]</i> Nine <b>people</b></p>", cut="[ad_1]") == "<p>Nine <b>people</b></p>"


def test_a_page_whose_text_is_not_that_of_its_document_is_a_page_of_text():
    page = Page("other text\n", html="<p>text</p>")
    assert "<p>other text</p>" in decided(page).html()


def test_a_page_of_text_has_a_paragraph_for_each_block():
    page = decided(Page("a <b>\r\nb & c\r\n\r\ndrop\r\n  d\r\n"), lambda line: line != "drop")
    document = page.html()
    assert "<title>a &lt;b&gt;</title>" in document
    assert "<body>\n<p>a &lt;b&gt;<br>\nb &amp; c</p>\n<p>d</p>\n</body>" in document


HOSTILE = [
    "<p>a</p><script>alert(1)</script>",
    "<p>&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;</p>",
    "<p>a</p><svg><script>alert(1)</script><p>b</svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>a</noscript>",
    "<p title='\"><script>alert(1)</script>'>a</p>",
    "<a href='javascript:alert(1)' onclick=alert(1)>a</a>",
    "<a href='java&#10;script:alert(1)'>a</a>",
    "<img src='javascript:alert(1)' onerror=alert(1)>a",
    "<p>a<img src='data:image/svg+xml,<svg onload=alert(1)>'></p>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>a<object data=x></object><embed src=x>",
    "<base href='javascript:alert(1)//'><a href='x'>a</a>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>a<link rel=stylesheet href=x>",
    "<plaintext></plaintext><script>alert(1)</script>",
    "<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title>a",
    "<form><input onfocus=alert(1) autofocus><textarea></textarea><p>a</form>",
    "<table><td><a href=x><table><td><a href=y>a</a></table></a></table>",
    "<style>p{background:url(javascript:alert(1))}</style><p style='x:expression(alert(1))'>a</p>",
]
ALLOWED = re.compile(
    r'<(?:!DOCTYPE html|meta charset="utf-8"|/?[a-z][a-z0-9]*'
    r'(?: (?:href|src|alt|title|lang|dir|datetime|colspan|rowspan|start)="[^"<>]*")*)>'
)


def is_safe(document):
    markup = re.findall(r"<[^>]*>?", document)
    tags = {match.group(1).lower() for tag in markup if (match := re.match(r"</?([a-zA-Z0-9]+)", tag))}
    return (
        all(ALLOWED.fullmatch(tag) for tag in markup)
        and not tags & {"script", "style", "iframe", "object", "embed", "svg", "math", "form", "input", "base", "link"}
        and not re.search(r'(?:href|src)="\s*(?:javascript|data|vbscript):', document, re.I)
    )


@pytest.mark.parametrize("html", HOSTILE)
@pytest.mark.parametrize("url", [None, "https://e.org/"])
def test_nothing_that_acts_comes_through(html, url):
    page = cleaned(html, url=url)
    assert is_safe(page.html())
    assert reread(page.html()) == kept_lines(page)


@given(html_pages)
def test_the_reduced_page_reads_as_the_kept_lines(html):
    page = cleaned(html, lambda line: "drop" not in line, cut="!")
    document = page.html()
    assert is_safe(document)
    assert reread(document) == [line.replace("\x1b", "\ufffd") for line in kept_lines(page)], document


@given(page_text)
def test_any_text_stays_text(text):
    page = decided(Page(text))
    document = page.html()
    assert is_safe(document)
    assert re.findall(r"\w+", " ".join(reread(document))) == re.findall(r"\w+", text)
    document.encode()


@pytest.mark.parametrize("tag", ["div", "blockquote", "b", "ul><li", "table><tr><td", "a href=/x", "pre", "q", "p><b"])
def test_deep_pages_are_written(tag):
    page = cleaned(f"<{tag}>" * 3000 + "deep")
    assert reread(page.html()) == ["deep"]


def test_time_is_in_proportion_to_the_page():
    few, many = (cleaned("<p>some <b>words</b> <a href=x>here</a></p><ul><li>x</ul>" * n) for n in (500, 5000))
    assert_in_proportion(lambda page: page.html(), (few,), (many,), 10)
