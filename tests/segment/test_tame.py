import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import InputError
from detector.segment.html import read_html
from detector.segment.tame import tame
from tests.conftest import assert_in_proportion, assert_within

pytest.importorskip("selectolax")


def lines(html):
    return read_html(html).lines


def or_refused(html):
    """Read a document that may be refused, but for no other reason."""
    try:
        read_html(html)
    except InputError as error:
        message = str(error)
    else:
        return
    assert "1,000 tags of over 128 attributes" in message


@pytest.mark.parametrize(
    "unit",
    [
        "<p><b id={}>",
        "<li><FONT color='{}' >",
        "<dt><u\nid={}/>",
        '<p><i a=">{}">',
        "<table><em x\" y='{}>'>",
        "<div></div><p id=x><s {}>",
    ],
)
def test_formatting_that_is_never_closed_takes_time_in_proportion(unit):
    few, many = ("".join(f"{unit.format(n)}w{n} " for n in range(count)) for count in (1_200, 12_000))
    assert_in_proportion(read_html, (few,), (many,), 10, plus=1)
    assert re.findall(r"w(\d+)", " ".join(lines(many))) == [str(n) for n in range(12_000)]


@pytest.mark.parametrize(
    "decoy",
    [
        "<!--</b>-->",
        "<!-- <b id={n}>-->x</b>",
        "<a title='</b>'>",
        '<b id=">x</b>" x={n}>',
        "<table></b></table>",
        "<select></b></select>",
        "<textarea></b></textarea>",
        "<object></b></object>",
        "x</b\u00a0>",
        "</\u017f>",
        '<a x="<b y=">x</b>',
        "<svg></b></svg>",
    ],
)
def test_no_end_tag_that_ends_nothing_hides_what_is_open(decoy):
    html = "".join(f"<p><b id={n}>{decoy.replace('{n}', str(n))}" for n in range(4_000))
    assert_within(8, or_refused, html)


def test_ordinary_documents_come_through_as_they_are():
    paragraph = "<p class=a>The <b id={n}>ferry</b> sank <i class='icon icon-{n}'></i> at <em>dawn</em>.</p>\n"
    html = "".join(paragraph.format(n=n) for n in range(3_000))
    assert tame(html) is html or tame(html) == html
    unclosed = "<p><font size=2>The ferry <b>sank" * 2_000
    assert tame(unclosed) == unclosed
    assert lines(unclosed) == ("The ferry sank",) * 2_000


pieces = st.sampled_from(
    ["<b id=@>", "<i>", "</b>", "</i>", "<p>", "</p>", "<table>", "<td>", "</table>", "<li>", "<a>", "</a>", "w", "w "]
)


@given(st.lists(pieces, max_size=40))
def test_plain_elements_in_place_of_formatting_lose_no_text(unit):
    html = "".join(piece.replace("@", str(n)) for n, piece in enumerate(unit * 120))
    plain = re.sub(r"<(/?)[bi](?=[ >])", r"<\1span", html)
    assert "".join(lines(html)).count("w") == html.count("w") == "".join(lines(plain)).count("w")


@pytest.mark.parametrize("attribute", ["a{}=1", 'a{}=">"', "a{}", "a{}=x/>y=", "é{}", '/a{}\n=\n"x"'])
def test_many_attributes_take_time_in_proportion(attribute):
    few, many = (
        "<p>first<p " + " ".join(attribute.format(n) for n in range(count)) + ">shown</p>last"
        for count in (3_000, 60_000)
    )
    assert_in_proportion(read_html, (few,), (many,), 20, plus=0.5)
    first, shown, last = lines(many)
    assert (first, last) == ("first", "last")
    # A ">" without quotes ends the tag, as it does in a browser.
    assert shown == "shown" or ">y=" in attribute


def test_what_may_be_no_attribute_is_not_left_out():
    crowd = " ".join(f"a{n}" for n in range(200))
    assert lines(f"<p {crowd} <b>x</b></p>last")[-1] == "last"
    assert "x" in "".join(lines(f"<p {crowd} <b>x</b></p>last"))
    story = json.dumps({"articleBody": f"a <b {crowd} and " + "so the story goes on. " * 20})
    html = f'<p>first</p><script type="application/ld+json">{story}</script><p>last</p>'
    assert lines(html)[:2] == ("first", "last")
    assert lines(html)[2].endswith("so the story goes on. ")


@pytest.mark.parametrize("unit", ["<a " * 130 + "b " * 100_000, "<p " + "a='<' " * 100_000])
def test_tags_of_many_attributes_that_never_end_take_time_in_proportion(unit):
    assert_in_proportion(or_refused, (unit[: len(unit) // 10],), (unit,), 10, plus=0.5)


@pytest.mark.parametrize("unit", ["<p=", "<p a='", "<a ", "<p" * 1_900 + ">", "<a " * 120 + ">", "<p a=\"<p a='"])
def test_what_could_be_a_tag_at_every_place_takes_time_in_proportion(unit):
    few, many = ("<p>" + unit * (size // len(unit)) for size in (30_000, 240_000))
    assert_in_proportion(or_refused, (few,), (many,), 8, plus=0.5)
