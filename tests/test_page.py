import gzip
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.encoding import binary_kind
from detector.errors import InputError
from detector.page import FORMATS, Page, looks_like_html
from tests.conftest import arbitrary_text, assert_within

STORY = "The ferry sank at dawn.\n\nNine people were rescued.\n"
HTML = "<!DOCTYPE html>\n<html><body><h1>Ferry</h1><p>It sank at dawn.</p></body></html>"
SHOWN = "Ferry\nIt sank at dawn.\n"

needs_parser = pytest.mark.usefixtures("_parser")


@pytest.fixture
def _parser():
    pytest.importorskip("selectolax")


@pytest.mark.parametrize(
    "content",
    [
        HTML,
        HTML.lower(),
        "<HTML lang=en>",
        "<head>",
        "<body class=x>",
        "<title>x</title>",
        "<meta charset=utf-8>",
        "<script>x",
        "<link rel=x>",
        f" \r\n\t{HTML}",
        f"\ufeff{HTML}",
        f"<!-- saved from\n somewhere --> <!---->{HTML}",
        f"<?xml version='1.0' encoding='utf-8'?>\n{HTML}",
        "<!doctype\n html>",
    ],
)
def test_what_begins_as_html_looks_like_html(content):
    assert looks_like_html(content)
    assert looks_like_html(content.encode())
    for codec in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        assert looks_like_html((content + " " * 40).encode(codec)), codec


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n",
        STORY,
        f"As follows: {HTML}",
        "<p>A paragraph, as people write them in plain text.</p>",
        "<b>Bold</b> claims",
        "<htmlish>",
        "<header>",
        "<!doctype svg>",
        "<?xml version='1.0'?><rss></rss>",
        "<!-- a comment that does not end <html>",
        "<",
        "<!--",
        "\x00<html>",
    ],
)
def test_other_texts_do_not(content):
    assert not looks_like_html(content)
    assert not looks_like_html(content.encode())


@pytest.mark.parametrize("unit", ["<!---->", "<!-- -- > -->", "<?xml?>", " ", "\ufeff", "<!--", "<!doctype "])
def test_a_look_takes_no_time(unit):
    assert_within(0.5, looks_like_html, unit * 100_000 + "x")
    assert_within(0.5, looks_like_html, (unit * 100_000).encode())


@given(st.one_of(st.binary(max_size=60), arbitrary_text))
def test_any_page_can_be_looked_at(content):
    assert looks_like_html(content) in (True, False)


@needs_parser
def test_html_becomes_the_lines_it_shows():
    page = Page.from_html(HTML, id="a", url="https://example.com/", site="example.com")
    assert (page.text, page.id, page.url, page.site) == (SHOWN, "a", "https://example.com/", "example.com")
    assert [page.structure.tags[element] for element in page.structure.elements] == ["h1", "p"]


@needs_parser
def test_a_page_is_read_as_what_it_is():
    for content in (HTML, HTML.encode(), HTML.encode("utf-16"), HTML.encode("utf-16-le")):
        page = Page.read(content, id="a", url="u", site="s")
        assert page == Page.from_html(HTML, id="a", url="u", site="s")
    for content in (STORY, STORY.encode(), STORY.encode("utf-16"), STORY.encode("utf-16-le")):
        assert Page.read(content, id="a", url="u", site="s") == Page(STORY, "a", "u", "s")
    assert Page.read("") == Page.read(b"") == Page("")


@needs_parser
def test_bytes_of_html_are_what_they_declare_and_bytes_of_text_survive():
    assert Page.read(b"<html><meta charset=windows-1251><p>\xe4\xe0").text == "да\n"
    assert Page.read(b"caf\xe9").text == "caf\udce9"


@needs_parser
def test_the_format_can_be_told():
    assert Page.read(HTML, format="text") == Page(HTML)
    assert Page.read(HTML.encode(), format="text") == Page(HTML)
    assert Page.read("<p>One<p>Two", format="html").text == "One\nTwo\n"
    assert Page.read("<p>One<p>Two").text == "<p>One<p>Two"
    packed = Page.read(gzip.compress(HTML.encode()), format="html")
    assert packed == Page.from_html(HTML)


@needs_parser
def test_what_cannot_be_html_is_an_input_error():
    with pytest.raises(InputError, match=r"^is a PDF, not HTML$"):
        Page.read(b"%PDF-1.7 ...", format="html")
    with pytest.raises(InputError, match=r"^is a PDF, not text$"):
        Page.read(b"%PDF-1.7 ...")
    assert Page.read("%PDF-1.7 ...").text == "%PDF-1.7 ..."


def test_formats_that_do_not_exist_are_refused():
    for wrong in ("HTML", "", "pdf", None):
        with pytest.raises(ValueError, match="format must be one of auto, text, html, not"):
            Page.read("a", format=wrong)
    assert FORMATS == ("auto", "text", "html")


def test_text_needs_no_parser(monkeypatch):
    monkeypatch.setitem(sys.modules, "selectolax.lexbor", None)
    assert Page.read(STORY).text == STORY
    with pytest.raises(InputError, match="needs selectolax"):
        Page.read(HTML)


@given(st.binary(max_size=120), st.sampled_from([b"", b"<html>", b"<!doctype html><body>"]))
def test_any_bytes_are_a_page(data, begin):
    pytest.importorskip("selectolax")
    if binary_kind(begin + data) and not looks_like_html(begin + data):
        with pytest.raises(InputError):
            Page.read(begin + data)
        return
    page = Page.read(begin + data)
    assert (page.structure is not None) == looks_like_html(begin + data)


def test_bytes_of_an_image_are_no_page():
    with pytest.raises(InputError, match="is a PNG image, not text"):
        Page.read(b"\x89PNG\r\n\x1a\n")
