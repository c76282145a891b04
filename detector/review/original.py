"""The original of a page, for a frame in which it can do nothing.

Three walls, each enough by itself: the frame's sandbox lets no script run, the policy sent with the
document lets it load nothing, and what would run or load is taken out of it.
"""

from __future__ import annotations

from typing import Final

from detector.segment.tame import tame

POLICY: Final = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox"
)
HEADERS: Final = {"content-security-policy": POLICY, "x-frame-options": "SAMEORIGIN"}

MOST_BYTES: Final = 8 << 20
"""A longer document is not shown: it would make the browser unusable."""

_GONE: Final = (
    "script, noscript, link, base, meta[http-equiv], iframe, frame, frameset, object, embed, applet, portal, template"
)


def original(html: str) -> str:
    """Take out of a document what would run, load or lead away."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(tame(html))  # as the segmenter does: a hostile document would hold the server for hours
    for node in tree.css(_GONE):
        node.decompose()
    for node in tree.css("[href], [ping]"):
        for name in ("href", "ping"):
            if name in node.attributes:
                del node.attrs[name]
    return f"<!doctype html><meta charset=utf-8>{tree.html or ''}"


def too_long(size: int) -> str:
    """Say that a document is not shown."""
    return f"<!doctype html><meta charset=utf-8><title>Not shown</title><p>The original has {size:,} bytes: not shown."
