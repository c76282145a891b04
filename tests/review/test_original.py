import pytest

pytest.importorskip("selectolax")
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from detector.review.original import original, too_long
from tests.conftest import assert_in_proportion

GONE = "script, noscript, link, base, meta[http-equiv], iframe, frame, frameset, object, embed, template"


@pytest.mark.parametrize(
    "markup",
    [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
        '<link rel="preconnect" href="https://evil.example">',
        '<base href="https://evil.example/">',
        '<meta http-equiv="refresh" content="0;url=https://evil.example">',
        '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
        '<object data="x"></object><embed src="x">',
        "<noscript><img src=https://evil.example/x></noscript>",
        "<template><script>alert(1)</script></template>",
    ],
)
def test_what_would_run_or_load_is_taken_out(markup):
    made = original(f"<!doctype html><body><p>Before</p>{markup}<p>After</p>")
    assert "evil.example" not in made
    assert "alert" not in made
    assert "Before" in made
    assert "After" in made


def test_what_is_seen_stays():
    made = original('<html lang=de><style>p{color:red}</style><p style="margin:0">A <b>line</b></p>')
    assert "<style>p{color:red}</style>" in made
    assert '<p style="margin:0">A <b>line</b></p>' in made


def test_links_lead_nowhere():
    made = original("<a href=https://evil.example/ ping=https://evil.example/>A link</a><map><area href=x></map>")
    assert "evil.example" not in made
    assert "<a>A link</a>" in made


pieces = st.sampled_from(
    [*(f"<{end}{tag}>" for end in ("", "/") for tag in ("script", "style", "noscript", "template", "svg", "p")),
     "text", "<!--", "-->", "<math>", "<iframe>", "<table>", "<mtext>", "<title>", "<base href=x>", "\x00", '"']
)  # fmt: skip


@given(st.lists(pieces, max_size=12))
def test_no_mixture_brings_them_back(parts):
    made = original("".join(parts))
    assert LexborHTMLParser(made).css(GONE) == []


def test_a_document_that_is_not_shown_says_why():
    assert "12,345 bytes" in too_long(12345)


def test_a_hostile_document_takes_time_in_proportion():
    """Formatting that is never closed: the parser alone takes time that grows with the square of it, or worse."""
    few, many = ("<!doctype html>" + "".join(f"<p><b id={i}>w" for i in range(n)) for n in (400, 4000))
    assert_in_proportion(original, (few,), (many,), 10, plus=0.1)
