"""Documents of any bytes, and those made to take much time: text of HTML is never lost, and time is in proportion."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.encoding import binary_kind
from detector.errors import InputError
from detector.page import Page
from detector.segment.html import read_html
from detector.segment.structure import Structure
from detector.segment.text import split_lines
from tests.conftest import assert_in_proportion, assert_within
from tests.segment.test_html import linked, texts

pytest.importorskip("selectolax")


def check(html):
    """A rendering is a text whose lines, one for one, stand in a tree."""
    rendered = read_html(html)
    structure = rendered.structure
    assert rendered.text == Page.from_html(html).text
    assert split_lines(rendered.text) == [*rendered.lines, ""]
    assert all(line.strip() for line in rendered.lines)
    assert len(structure.elements) == len(rendered.lines)
    assert Structure.from_dict(json.loads(json.dumps(structure.to_dict()))) == structure
    # The lines of an element follow each other.
    seen, last = set(), set()
    for line in range(len(rendered.lines)):
        around = set(structure.around(line, 1 << 20))
        assert not seen.intersection(around - last)
        seen |= around
        last = around
    return rendered


@given(st.binary(max_size=200))
def test_any_bytes_decode_and_render(data):
    try:
        check(data)
    except InputError:
        assert data.startswith(b"\x1f\x8b") or binary_kind(data)


tags = st.sampled_from(["p", "div", "pre", "a", "b", "table", "td", "ul", "li", "svg", "title", "script", "textarea"])
markup = st.one_of(
    tags.map("<{}>".format),
    tags.map("</{}>".format),
    tags.map("<{}/>".format),
    st.sampled_from(["<a class='x y'>", "<img>", "<br>", "<p hidden>", "<!--", "-->", "<![CDATA[", "<?x", "&lt;", "<"]),
    st.sampled_from(["one", " two ", "\n", "\r", "\x0b\x0c", "\u2028", "\x85", "\0", "\ud800", "中文", "\u200b"]),
)


@given(st.lists(markup, max_size=25))
def test_any_markup_renders(pieces):
    check("".join(pieces))


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<div>",
                "</div>",
                "<pre>",
                "</pre>",
                "<br>",
                "<table>",
                "<td>",
                "</td>",
                "<ul>",
                "<li>",
                "<b>",
                "</b>",
                "<!--",
                "-->",
                "<plaintext>",
                "&#x0;",
                "&amp;",
                "x",
                "y\nz",
                " ",
            ]
        ),
        max_size=25,
    )
)
def test_broken_markup_loses_no_text(pieces):
    html = "".join(pieces)
    if "<!--" in html:
        return
    shown = "".join(texts(html))
    assert shown.count("x") == html.replace("&#x0;", "").count("x")


def test_deep_and_wide_documents_take_time_in_proportion():
    assert texts("<div>" * 3000 + "deep" + "</div>" * 3000) == ["deep"]
    few, many = ("<p class=a>some words <b>here</b></p>" * count for count in (2_000, 20_000))
    assert_in_proportion(read_html, (few,), (many,), 10)


@pytest.mark.parametrize("tag", ["div", "span", "b", "blockquote", "a", "my-box", "font", "ul><li", "table><tr><td"])
def test_depth_is_no_danger(tag):
    closing = "".join(f"</{name}>" for name in tag.split("><")[::-1])
    whole = 20_000 if "><" in tag else 100_000
    for count, end in ((whole, ""), (whole // 4, closing * (whole // 4))):
        html = f"<{tag}>" * count + "deep" + end + "<p>after</p>"
        found = assert_within(8, read_html, html)
        assert found.lines == ("deep", "after")
        assert len(found.structure.tags) < 20_000


@pytest.mark.parametrize("skipped", ["object", "svg", "template", "iframe", "video", "select", "textarea", "math"])
def test_depth_of_what_is_left_out_is_no_danger(skipped):
    assert texts(f"<p>before</p>{f'<{skipped}>' * 20_000}") == ["before"]


@pytest.mark.parametrize(
    "unit", ["<p>x</p>", "x<br>", "<a>x</a> ", "<img>", "<p></p>", "<!--x-->", "<li>x", "</p>", "<"]
)
def test_many_siblings_take_time_in_proportion(unit):
    few, many = unit * 5_000, unit * 40_000
    assert_in_proportion(read_html, (few,), (many,), 8, plus=0.2)


def test_a_million_siblings():
    assert texts(f"<p>x{'<wbr>' * 1_000_000}y") == ["xy"]


@pytest.mark.parametrize(
    "html",
    [
        "<p>" + "word " * 2_000_000,
        "<p>" + "x" * 10_000_000,
        "<pre>" + "x\n" * 300_000,
        f"<p class='{'word ' * 2_000_000}' style='{'display ' * 300_000}'>hi",
        f"<p style='{'display' + ' ' * 10_000_000}'>hi",
        f"{'<p>' * 5_000}hi<{'a' * 5_000_000}",
        f"{'<p>' * 5_000}hi<a {'x=' * 2_000_000}",
        f"<!--{'-' * 5_000_000}--><p>hi",
        "&" * 1_000_000 + "hi",
    ],
    ids=lambda html: f"{html[:6]}…{html[-6:]}".encode("ascii", "replace").decode(),
)
def test_long_texts_and_attributes_are_no_danger(html):
    assert assert_within(4, read_html, html).lines


def test_many_posts_in_linked_data_take_time_in_proportion():
    words = [f"word{number}" for number in range(30_000)]

    def page(count):
        posts = [{"@type": "Comment", "text": " ".join(words[number : number + 60])} for number in range(count)]
        return f"{linked(posts)}<p>{' '.join(words)}</p>"

    assert len(texts(page(400))) == 1
    assert_in_proportion(read_html, (page(50),), (page(400),), 8, plus=0.2)


def test_much_embedded_data_is_read_in_time_in_proportion_to_it():
    def page(count):
        posts = [{"body": f"Post {number} says " + f"{number} words of its own " * 12} for number in range(count)]
        return (f"<script type='application/json'>{json.dumps(posts)}</script>",)

    assert len(read_html(*page(50)).lines) == 50
    assert_in_proportion(read_html, page(500), page(8000), 16)
