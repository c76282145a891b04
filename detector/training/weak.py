"""Weak labels of kind from the structure of HTML.

The class names of a page name its noise: a line under ``class="related-posts"`` that the gold text
leaves out is a related link.  Used only for lines known to be noise, to teach their kind.
"""

from __future__ import annotations

import functools
import re
from typing import Final

from detector.segment.structure import Structure

# In order: the first pattern that fits the words of one of the nearest elements names the kind.
_BY_WORDS: Final = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("cookie", r"cookie|consent|gdpr|onetrust"),
        ("comment_prompt", r"comment|disqus|respond|reply"),
        ("share", r"share|sharing|social|addtoany|sharedaddy|follow-us"),
        ("subscribe", r"subscri|newsletter|paywall|signup|sign-up|mailing|optin|mc4wp"),
        (
            "related_link",
            r"related|recommend|read-?more|also-like|most-?(?:read|popular)|trending|popular-posts|more-(?:posts|stories|from)|teaser|recent-posts|next-post|prev-post|yarpp|outbrain|taboola",
        ),
        ("author_box", r"author|byline-bio|about-the|bio\b|contributor|post-meta-author"),
        ("copyright", r"copyright|copy-right|colophon"),
        ("caption", r"caption|credit|photographer|image-source"),
        ("ad_marker", r"\bads?\b|advert|sponsor|adsense|dfp|banner-ad|\bad-"),
        ("promo_spam", r"promo|affiliate|donat|\bcta\b|upsell|deal|coupon"),
        (
            "navigation",
            r"\bnav|menu|breadcrumb|pagina|sidebar|footer|header|topbar|toolbar|skip|search|\btags?\b|categor|widget|language|login|account|sitemap",
        ),
    )
)
_COPYRIGHT_TEXT: Final = re.compile(
    r"©|\(c\)\s?(?:19|20)\d\d|copyright|all rights reserved|alle rechte|tous droits", re.I
)
_NONE: Final = len(_BY_WORDS)
_LEVELS: Final = 6
_NAVIGATION_TAGS: Final = frozenset(("nav", "footer", "header", "aside", "menu", "button"))


def weak_kind(text: str, structure: Structure, line: int) -> str | None:
    """The kind that the structure around a noise line suggests, or None.

    Parameters
    ----------
    text
        The line.
    structure, line
        The tree of its page, and its index there.
    """
    if _COPYRIGHT_TEXT.search(text[:300]) and len(text) < 300:
        return "copyright"
    near = structure.around(line, _LEVELS)
    tags = [structure.tags[element] for element in near]
    if tags and tags[0] == "figcaption":
        return "caption"
    rank = min((_rank(structure.words[element]) for element in near), default=_NONE)
    if rank < _NONE:
        return _BY_WORDS[rank][0]
    return "navigation" if _NAVIGATION_TAGS.intersection(tags) else None


@functools.lru_cache(maxsize=1 << 16)
def _rank(words: str) -> int:
    """The first pattern that fits the words of one element, `_NONE` where none does."""
    words = words.lower()
    return next((rank for rank, (_, pattern) in enumerate(_BY_WORDS) if pattern.search(words)), _NONE)
