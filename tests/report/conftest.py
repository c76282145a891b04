"""What tests of reports share."""

import re

import pytest

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "footer", "script", "h1", "h2", "h3", "p", "small"),
    *("b", "bdi", "div", "span", "ul", "ol", "li", "table", "caption", "thead", "tbody", "tr", "th", "td", "details"),
    *("summary", "figure", "figcaption", "svg", "desc", "g", "rect", "line", "text", "polyline", "circle"),
}
ATTRIBUTES = {
    *("charset", "http-equiv", "content", "name", "lang", "class", "scope", "id", "role", "viewbox", "aria-hidden"),
    *("aria-labelledby", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "dy", "width", "height", "points"),
    "transform",
}
VALUE = re.compile(r"[\w .,:;()'=/+#%-]*")


@pytest.fixture(scope="session")
def checked():
    """Parse a report; check that no element and no attribute is but those that reports are made of."""
    parser = pytest.importorskip("selectolax.lexbor")

    def check(report):
        tree = parser.LexborHTMLParser(report.decode("utf-8"))
        scripts = 0
        for node in tree.root.traverse(include_text=False):
            if node.tag.startswith(("-", "!")):
                continue
            assert node.tag in TAGS, node.tag
            scripts += node.tag == "script"
            for name, value in node.attributes.items():
                assert name.lower() in ATTRIBUTES, (name, value)
                assert VALUE.fullmatch(value or ""), (name, value)
        assert scripts == 1
        policy = tree.css_first("meta[http-equiv]").attributes["content"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy
        return tree

    return check
