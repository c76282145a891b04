import pytest

from detector.labels import KINDS
from detector.segment.html import read_html
from detector.segment.structure import Structure
from detector.training.weak import weak_kind


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ("<div class=related-posts><a>Boats</a></div>", "related_link"),
        ("<div id=onetrust-banner><p>We use things</p></div>", "cookie"),
        ("<ol class=commentlist><li>First!</li></ol>", "comment_prompt"),
        ("<ul class=addtoany_list><li>Mastodon</li></ul>", "share"),
        ("<form class=mc4wp-form><p>Your address</p></form>", "subscribe"),
        ("<figure><figcaption>A girl feeds pigeons</figcaption></figure>", "caption"),
        ("<div class=widget><p>Home</p></div>", "navigation"),
        ("<nav><a>Home</a></nav>", "navigation"),
        ("<div class=ad-slot><p>Buy now</p></div>", "ad_marker"),
        ("<div class=author-info><p>She lives in York</p></div>", "author_box"),
        ("<div class=related><p>© 2024 Example</p></div>", "copyright"),
        ("<p>All rights reserved.</p>", "copyright"),
        ("<figure><figcaption>The harbour. © Example Pictures</figcaption></figure>", "caption"),
        ("<div id=comments><div class=related><p>Boats</p></div></div>", "related_link"),
        ("<div class=related><footer class=site-footer><p>Boats</p></footer></div>", "related_link"),
        ("<p>Just a paragraph</p>", None),
        ("<div class='header-image shadow'><p>x</p></div>", "navigation"),
        ("<div class='load gradient'><p>x</p></div>", None),
    ],
)
def test_structure_names_the_kind(html, kind):
    pytest.importorskip("selectolax")
    rendered = read_html(html)
    (line,) = rendered.lines
    assert weak_kind(line, rendered.structure, 0) == kind
    assert kind is None or kind in KINDS


def test_a_long_paragraph_about_copyright_is_no_copyright_line():
    text = "The court said that all rights reserved to the author " * 8
    assert weak_kind(text, Structure((0,), (0,), (0,), (-1,), ("p",), ("",)), 0) is None


def test_only_the_nearest_elements_count():
    def nested(depth):
        parents = tuple(range(-1, depth))
        names = ("related",) + ("",) * depth
        return Structure((depth,), (0,), (0,), parents, ("div",) * (depth + 1), names)

    assert weak_kind("Boats", nested(5), 0) == "related_link"
    assert weak_kind("Boats", nested(6), 0) is None


def test_each_line_is_judged_by_its_own_place():
    structure = Structure((0, 1, -1), (0,) * 3, (0,) * 3, (-1, -1), ("nav", "p"), ("", "share"))
    kinds = [weak_kind("Boats", structure, line) for line in range(3)]
    assert kinds == ["navigation", "share", None]
