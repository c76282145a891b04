"""Weak labels of kind from the structure of HTML.

The class names of a page name its noise: a line under ``class="related-posts"`` that the gold text
leaves out is a related link.  Used only for lines known to be noise, to teach their kind.
"""

from __future__ import annotations

import functools
import re
from typing import Final

from detector.segment.structure import Structure

# In order: the first pattern that fits the words of an element names the kind.
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
_COPYRIGHT_CHARS: Final = 300
_LEVELS: Final = 6
_NAVIGATION_TAGS: Final = frozenset(("nav", "footer", "header", "aside", "menu", "button"))


def weak_kind(text: str, structure: Structure, line: int) -> str | None:
    """The kind that the structure around a noise line suggests, or None.

    The nearest element that names a kind tells it; menus, sidebars and footers hold all sorts of noise, so
    they tell it where nothing nearer or farther does.

    Parameters
    ----------
    text
        The line.
    structure, line
        The tree of its page, and its index there.
    """
    near = structure.around(line, _LEVELS)
    tags = [structure.tags[element] for element in near]
    named = [kind for element in near if (kind := _kind_of_words(structure.words[element]))]
    kind = next((kind for kind in named if kind != "navigation"), named[0] if named else None)
    if tags and tags[0] == "figcaption":
        kind = "caption"
    if kind != "caption" and len(text) < _COPYRIGHT_CHARS and _COPYRIGHT_TEXT.search(text):
        return "copyright"  # a caption may name the holder of its picture's
    return kind or ("navigation" if _NAVIGATION_TAGS.intersection(tags) else None)


@functools.lru_cache(maxsize=1 << 16)
def _kind_of_words(words: str) -> str | None:
    words = words.lower()
    return next((kind for kind, pattern in _BY_WORDS if pattern.search(words)), None)
