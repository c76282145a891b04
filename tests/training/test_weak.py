import pytest

from detector.labels import KINDS
from detector.segment.html import HtmlLine, html_to_lines
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
        ("<p>Just a paragraph</p>", None),
        ("<div class='header-image shadow'><p>x</p></div>", "navigation"),
        ("<div class='load gradient'><p>x</p></div>", None),
    ],
)
def test_structure_names_the_kind(html, kind):
    pytest.importorskip("selectolax")
    (line,) = html_to_lines(html)
    assert weak_kind(line) == kind
    assert kind is None or kind in KINDS


def test_a_long_paragraph_about_copyright_is_no_copyright_line():
    text = "The court said that all rights reserved to the author " * 8
    assert weak_kind(HtmlLine(text, ("p",), "")) is None
