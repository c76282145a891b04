import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.segment.html import decode, html_to_lines
from tests.conftest import seconds

pytest.importorskip("selectolax")


def texts(html):
    return [line.text for line in html_to_lines(html)]


def test_blocks_end_lines_and_inline_elements_do_not():
    html = "<h1>Ferry <em>sinks</em></h1><p>Nine  \n rescued, <a href=x>it said</a>.</p><div>one<p>two</p>three</div>"
    assert texts(html) == ["Ferry sinks", "Nine rescued, it said.", "one", "two", "three"]


def test_cells_of_a_row_share_a_line_and_do_not_run_together():
    rows = "<table><tr><td>Leeds</td><td>3</td></tr><tr><th>York</th><td>1</td></tr></table>"
    assert texts(rows) == ["Leeds 3", "York 1"]


def test_br_ends_a_line_and_preformatted_text_keeps_its_lines_and_spaces():
    assert texts("<p>roses<br>are<br/>red</p>") == ["roses", "are", "red"]
    assert texts("<pre>def f():\n    return 1\r\n\n\nend</pre><p>a  b</p>") == [
        "def f():",
        "    return 1",
        "end",
        "a b",
    ]


def test_what_a_browser_does_not_show_is_left_out():
    html = (
        "<head><title>t</title><style>p{}</style></head><body><script>if (a < b) '</p>';</script>"
        "<!-- c --><template><p>t</p></template><noscript></noscript><svg><text>s</text></svg>"
        "<select><option>o</select><p>shown</p></body>"
    )
    assert texts(html) == ["shown"]


def test_text_after_a_skipped_last_child_is_still_in_its_own_block():
    html = "<div class=a><p>one<script>x</script></p></div><div class=b><p>two</p></div>"
    lines = html_to_lines(html)
    assert [(line.text, line.words) for line in lines] == [("one", "a"), ("two", "b")]


def test_a_line_knows_the_structure_it_stood_in():
    html = '<aside class="related posts" id="r1"><ul role="list"><li><a>More</a></li></ul></aside><p>after</p>'
    first, second = html_to_lines(html)
    assert first.tags[:3] == ("li", "ul", "aside")
    assert first.words.split() == ["list", "related", "posts", "r1"]
    assert second.words == ""


@pytest.mark.parametrize("html", ["", " ", "<!-- -->", b"", b"\xff\xfe", "<frameset><frame></frameset>", "\x00"])
def test_documents_without_text_have_no_lines(html):
    assert texts(html) == []


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("é".encode(), "é"),
        ("\ufeffé".encode(), "é"),
        (b"\xff\xfe" + "é".encode("utf-16-le"), "é"),
        (b"\xfe\xff" + "é".encode("utf-16-be"), "é"),
        (b"<meta charset=iso-8859-1>\x93\xe9\x94", "<meta charset=iso-8859-1>“é”"),
        (b'<meta charset="utf-8">\xe9', '<meta charset="utf-8">\ufffd'),
        (b"<meta charset=no-such>\xe9", "<meta charset=no-such>\ufffd"),
        ("<meta charset=gb2312>新闻".encode("gb18030"), "<meta charset=gb2312>新闻"),
        ("<meta charset=windows-1251>да".encode("cp1251"), "<meta charset=windows-1251>да"),
        ("<meta charset=latin1>да".encode(), "<meta charset=latin1>да"),  # valid UTF-8 whatever it declares
        (b"caf\xe9", "café"),
    ],
)
def test_decode(data, text):
    assert decode(data) == text


@given(st.binary(max_size=200))
def test_any_bytes_decode_and_render(data):
    for line in html_to_lines(data):
        assert line.text.strip()
        assert not set("\r\n").intersection(line.text)


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
    assert seconds(html_to_lines, many) <= 15 * seconds(html_to_lines, few, repeat=3)
