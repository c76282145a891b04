import gzip
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import InputError
from detector.segment import html as module
from detector.segment.html import read_html
from detector.segment.structure import Structure
from detector.segment.walk import HIDDEN

pytest.importorskip("selectolax")


def texts(html):
    return list(read_html(html).lines)


def own_words(html):
    """For each line the names of the element it stands in."""
    structure = read_html(html).structure
    return [structure.words[element] for element in structure.elements]


def path(structure, line):
    return [structure.tags[element] for element in structure.around(line, 99)]


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
    lines, structure = read_html(html).lines, read_html(html).structure
    words = [" ".join(structure.words[element] for element in structure.around(line, 9)).strip() for line in (0, 1)]
    assert list(zip(lines, words, strict=True)) == [("one", "a"), ("two", "b")]


def test_a_line_knows_the_structure_it_stood_in():
    html = '<aside class="related posts" id="r1"><ul role="list"><li><a>More</a></li></ul></aside><p>after</p>'
    structure = read_html(html).structure
    assert path(structure, 0) == ["li", "ul", "aside", "body", "html"]
    near = structure.around(0, 3)
    assert [structure.words[element] for element in near] == ["", "list", "related posts r1"]
    assert path(structure, 1) == ["p", "body", "html"]
    assert {structure.words[element] for element in structure.around(1, 9)} == {""}


def test_elements_are_numbered_in_document_order_and_only_those_that_hold_a_line():
    structure = read_html("<div><p></p><ul><li>a<li>b</ul><div><br></div></div>text<p>c</p>").structure
    assert structure == Structure(
        elements=(4, 5, 1, 6),
        links=(0,) * 4,
        images=(0,) * 4,
        parents=(-1, 0, 1, 2, 3, 3, 1),
        tags=("html", "body", "div", "ul", "li", "li", "p"),
        words=("",) * 7,
    )


def test_a_line_stands_in_the_element_that_is_open_where_it_ends():
    structure = read_html("<p>one <b class=x>two</b> three</p><div><span><a>all</a></span></div>").structure
    assert path(structure, 0)[:2] == ["p", "body"]
    assert path(structure, 1)[0] in ("a", "div")


def test_text_of_links_is_counted_without_the_white_space_that_is_not_shown():
    html = (
        "<p>none</p><p><a href=x>all of it</a></p><p>By <a>\n     Ann\n     </a> on Friday</p>"
        "<p><a>two <b>parts</b></a> and <a>more</a></p><a><div>inner</div></a>"
    )
    rendered = read_html(html)
    assert rendered.lines == ("none", "all of it", "By Ann on Friday", "two parts and more", "inner")
    counts = rendered.structure.links
    assert counts[:2] == (0, 9)
    assert 3 <= counts[2] <= 5
    assert counts[3:] == (13, 5)


def test_a_link_without_text_does_not_count_for_the_line_after_it():
    rendered = read_html("<div><a href=x>\n     <img>\n     </a></div><p>Hello you</p>")
    assert rendered.lines == ("Hello you",)
    assert rendered.structure.links == (0,)


@given(st.lists(st.sampled_from(["<a>", "</a>", "<p>", "<pre>", "</pre>", "<br>", "word", " ", "\n"]), max_size=20))
def test_no_line_has_more_text_of_links_than_text(pieces):
    rendered = read_html("".join(pieces))
    for line, count in zip(rendered.lines, rendered.structure.links, strict=True):
        assert 0 <= count <= len(line)


def test_images_count_for_the_line_that_follows_them():
    html = "<p>a</p><img><figure><img><figcaption>b</figcaption></figure><p>c</p><p>d<img></p><p>e</p><img>"
    rendered = read_html(html)
    assert rendered.lines == ("a", "b", "c", "d", "e")
    assert rendered.structure.images == (0, 2, 0, 1, 0)


def test_words_are_those_of_class_id_role_and_itemprop_and_not_too_many():
    html = '<p id=i class="c d" itemprop=articleBody role=note title=t data-x=y>a</p><p class>b</p><p id="">c</p>'
    assert own_words(html) == ["c d i note articleBody", "", ""]
    [words] = own_words(f"<p class='{'word ' * 100}'>a</p>")
    assert 100 < len(words) <= 200


@pytest.mark.parametrize(
    "attribute",
    [
        "hidden",
        "hidden=until-found",
        "style='display:none'",
        "style='color:red; display : none;'",
        "style=visibility:hidden",
    ],
)
def test_hidden_elements_are_read_and_marked(attribute):
    html = f"<p class=a {attribute}>secret</p><p class=b style='display:block'>shown</p>"
    assert texts(html) == ["secret", "shown"]
    assert own_words(html) == [f"{HIDDEN} a", "b"]


STORY = "The ferry sank at dawn, the coast guard said, and nine people were rescued by fishermen from the village. " * 3


def linked(value):
    return f"<script type='application/ld+json'>{json.dumps(value)}</script>"


def test_the_story_in_linked_data_is_read_where_the_page_does_not_show_it():
    html = f"{linked({'@type': 'NewsArticle', 'articleBody': STORY})}<h1>Ferry</h1><p>Subscribe to read on</p>"
    rendered = read_html(html)
    assert rendered.lines == ("Ferry", "Subscribe to read on", STORY)
    assert path(rendered.structure, 2) == ["script"]
    assert Structure.from_dict(json.loads(json.dumps(rendered.structure.to_dict()))) == rendered.structure


@pytest.mark.parametrize("type_", ["application/ld+json; charset=utf-8", "Application/LD+JSON"])
def test_linked_data_with_other_spellings_of_its_type(type_):
    html = linked({"articleBody": STORY}).replace("application/ld+json", type_)
    assert read_html(f"{html}<h1>Ferry</h1>").lines == ("Ferry", STORY)


def test_the_story_in_linked_data_is_not_read_where_the_page_shows_it():
    shown = "".join(f"<p>{line}</p>" for line in STORY.replace(", ", ",</p><p><i>").split(". "))
    assert not any(STORY[:60] in line for line in texts(linked({"articleBody": STORY}) + shown))
    assert len(texts(linked([{"articleBody": STORY}, {"articleBody": STORY}]))) == 1


def test_stories_and_posts_are_found_wherever_they_stand_in_order():
    other = "Nobody knows why the old bridge has been closed again, said a woman who crosses it each morning. " * 3
    third = "Third: a comment that goes on for long enough to be read as one, about nothing at all in the end. " * 3
    post = {"@type": "DiscussionForumPosting", "text": f"{other}\n\n&quot;x&quot;", "comment": []}
    post["comment"].append({"@type": "Comment", "text": third})
    html = linked({"@graph": [{"@type": "WebPage"}, {"articleBody": STORY}, {"mainEntity": post}]})
    assert texts(html) == [STORY, other, '"x"', third]


@pytest.mark.parametrize("types", ["Comment", ["Thing", "Answer"]])
def test_posts_are_known_by_their_types(types):
    assert texts(linked({"@type": types, "text": STORY})) == [STORY]


def island(value):
    return f"<script id='__NEXT_DATA__' type='application/json'>{json.dumps(value)}</script>"


def test_data_that_a_script_would_show_is_read_where_the_page_shows_next_to_nothing():
    other = "Nobody knows why the old bridge has been closed again, said a woman who crosses it each morning. " * 3
    posts = [{"cooked": f"<p>{STORY}</p><p>{other}</p>"}, {"content": STORY}, {"body": other}, {"slug": other}]
    shell = f"<h1>Ferry</h1>{island({'props': {'posts': posts}})}"
    assert texts(shell) == ["Ferry", STORY.strip(), other.strip()]
    full = "".join(f"<p>Paragraph {number} of a page that shows all that it has</p>" for number in range(20))
    assert STORY.strip() not in texts(shell + full)


@pytest.mark.parametrize("value", [{"body": "Too short."}, {"body": [STORY]}, {"body": "x" * 400}, [STORY], 7])
def test_data_that_is_no_text_is_passed_over(value):
    assert texts(f"{island(value)}<p>shown</p>") == ["shown"]


@pytest.mark.parametrize(
    "script",
    [
        linked({"articleBody": "Too short to be a story."}),
        linked({"articleBody": [STORY]}),
        linked({"articleBody": None}),
        linked({"text": STORY}),
        linked({"articleBody": " " * 400}),
        linked({"articleBody": STORY})[:-30] + "</script>",
        "<script type='application/ld+json'>" + '{"articleBody":' * 100_000 + "</script>",
        "<script type='application/ld+json'>" + '{"articleBody": ' + "9" * 5000 + "}</script>",
        "<script type='application/ld+json'>/* articleBody */ \x00 [\"articleBody\"</script>",
        f"<script>{json.dumps({'articleBody': STORY})}</script>",
    ],
)
def test_linked_data_that_is_broken_or_holds_no_story_is_passed_over(script):
    assert texts(f"{script}<p>shown</p>") == ["shown"]


def test_control_characters_in_linked_data_are_read():
    script = f'<script type=\'application/ld+json\'>{{"articleBody": "{STORY}\n\tmore"}}</script>'
    assert texts(script) == [STORY, "\tmore"]


def test_processing_instructions_and_declarations_are_not_shown():
    html = (
        "<?xml version='1.0' encoding='utf-8'?><!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN' 'x'>"
        "<?php echo 1; ?><html><body><p>one <?pi x?>two<![CDATA[ no ]]></p></body></html>"
    )
    assert texts(html) == ["one two"]
    assert path(read_html(html).structure, 0) == ["p", "body", "html"]


def test_drawings_that_close_themselves_do_not_count_as_depth():
    drawing = f"<svg viewBox='0 0 1 1'>{'<path d=M0/>' * 3000}{'<path d=M0 />' * 3000}</svg>"
    html = f"{drawing}<article><div><section><h1>Title</h1><div>one</div></section><div>two</div></div></article>"
    rendered = read_html(html)
    assert rendered.lines == ("Title", "one", "two")
    assert path(rendered.structure, 0) == ["h1", "section", "div", "article", "body", "html"]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%PDF-1.7\n1 0 obj", "a PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG image"),
        (b"GIF89a", "a GIF image"),
        (b"PK\x03\x04\x14\0", "a zip archive"),
    ],
)
def test_what_is_no_html_is_said(data, name):
    with pytest.raises(InputError) as caught:
        read_html(data)
    assert str(caught.value) == f"is {name}, not HTML"


def test_packed_documents_are_unpacked():
    html = "<meta charset=windows-1251><p>да</p>".encode("cp1251")
    assert texts(gzip.compress(html)) == texts(html) == ["да"]


def test_damaged_and_huge_packed_documents_are_refused(monkeypatch):
    packed = gzip.compress("".join(f"<p>{number}" for number in range(2_000)).encode())
    for broken in (b"\x1f\x8bnot gzip at all", packed[:40] + bytes(60) + packed[100:], packed[:-8] + bytes(8)):
        with pytest.raises(InputError, match=r"^packed with gzip, but damaged [^\n]*$"):
            read_html(broken)
    monkeypatch.setattr(module, "MAX_BYTES", 1 << 20)
    with pytest.raises(InputError, match="unpacks to more than 1 MB"):
        read_html(gzip.compress(b"x" * (2 << 20)))


def test_html_needs_selectolax(monkeypatch):
    monkeypatch.setitem(sys.modules, "selectolax.lexbor", None)
    with pytest.raises(InputError, match=r"pip install 'detector-lines\[html\]'"):
        read_html("<p>x")


@pytest.mark.parametrize(
    "html",
    [
        "",
        " ",
        "<!-- -->",
        b"",
        b"\xff\xfe",
        "<frameset><frame></frameset>",
        "\x00",
        "<html><head><title>t</title></head><frameset cols=9><frame src=a></frameset>",
    ],
)
def test_documents_without_text_have_no_lines(html):
    assert texts(html) == []
