"""Hostile HTML made harmless before it is parsed: three constructs take a parser time quadratic in their number.

Ordinary documents give the lines that they give without.  Of others no text is lost, only some elements.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import Final

from detector.errors import InputError
from detector.segment.walk import BLOCKS

_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)(?![a-zA-Z0-9])[^<>]*>")
_UNNESTED: Final = frozenset(
    (
        *("area", "base", "br", "col", "dd", "dt", "embed", "frame", "hr", "img", "input", "li", "link", "meta"),
        *("option", "p", "param", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr"),
    )
)
_FOREIGN: Final = frozenset(("math", "svg"))
_MAX_DEPTH: Final = 4096

# Not "a" and "nobr": of these no more than one is open at a time.
_NAMES: Final = "(?:b|big|code|em|font|i|s|small|strike|strong|tt|u)"
_BLANK: Final = r"[ \t\n\f\r]"
_PLAIN_ATTRIBUTE: Final = rf"""{_BLANK}+[\w:-]+(?:{_BLANK}*={_BLANK}*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>=`]+))?"""
_PLAIN: Final = re.compile(rf"<{_NAMES}(?:{_PLAIN_ATTRIBUTE})*{_BLANK}*>", re.I | re.A)
_CLOSED: Final = re.compile(rf"<({_NAMES})(?:{_PLAIN_ATTRIBUTE})*{_BLANK}*>[^<]*</\1{_BLANK}*>", re.I | re.A)
_START: Final = re.compile(rf"<{_NAMES}(?=[ \t\n\f\r/>])", re.I | re.A)
_START_OR_END: Final = re.compile(rf"<(/?){_NAMES}(?=[ \t\n\f\r/>])", re.I | re.A)
# An attribute as the standard reads it, or a part of one that is long; what it has taken it never gives back.
_ATTRIBUTE: Final = (
    r"(?=("
    rf"[ \t\n\f\r/]*[^ \t\n\f\r/>][^ \t\n\f\r/>=]{{0,255}}"
    rf"""(?:{_BLANK}*={_BLANK}*(?:"[^"]*"|'[^']*'|(?![ \t\n\f\r"'])[^ \t\n\f\r>]{{0,255}}))?"""
    r"))\1"
)
_MOST_ATTRIBUTES: Final = 128
_MOST_CROWDED: Final = 1000
_CROWDED: Final = re.compile(rf"<(?=[a-zA-Z](?:{_ATTRIBUTE}){{{_MOST_ATTRIBUTES}}}())")
_ONE_MORE: Final = re.compile(_ATTRIBUTE)
_CLOSING: Final = re.compile(r"[ \t\n\f\r/]*>")
_MOST_ALIKE: Final = 3
_FEW_OPEN: Final = 4
_MOST_REOPENED: Final = 1_000_000


def tame(html: str) -> str:
    """Bound the time that parsing a document takes; the document itself where it needs no bound.

    Raises
    ------
    InputError
        The document is made of attributes.
    """
    html = _without_crowds(html)
    count = html.count("<")
    if count * count > 4 * _MOST_REOPENED:
        html = _without_reopening(html, count)
    return _shallow(html) if count > _MAX_DEPTH else html


def _without_crowds(html: str) -> str:
    """End start tags that have too many attributes; each attribute is compared with all before it.

    Whatever could be such a tag is ended, in scripts, too, where it does not show.  The attributes that are too
    many are left out, unless a "<" among them may be where other things begin: then they become text.
    """
    crowded = list(islice(_CROWDED.finditer(html), _MOST_CROWDED))
    if len(crowded) == _MOST_CROWDED:
        raise InputError(f"over {_MOST_CROWDED:,} tags of over {_MOST_ATTRIBUTES} attributes: not read")
    pieces, start, tried = [], 0, 0
    for end in sorted({match.start(2) for match in crowded}):
        if end < start:
            continue
        pieces.append(html[start:end])
        start = end
        if end >= tried:  # else what is between is known to be in no tag
            tried, closed = _rest_of_tag(html, end)
            start = tried if closed else end
    return ">".join([*pieces, html[start:]])


def _rest_of_tag(html: str, end: int) -> tuple[int, bool]:
    """Where the attributes from a place on are over, and whether there the tag ends and no "<" came before."""
    while more := _ONE_MORE.match(html, end):
        if "<" in more[1]:
            return end, False
        end = more.end(1)
    closing = _CLOSING.match(html, end)
    return (closing.end(), True) if closing else (end, False)


def _without_reopening(html: str, count: int) -> str:
    """Make formatting elements plain ones where too many are left open.

    A formatting element that is open when its block ends is opened again in the next one, as the standard
    asks, and so is every other: ``<p><b id=1><p><b id=2>...`` makes a tree quadratic in the number of tags.
    What is counted is what could be open at most, by the text alone: elements that hold no others and are
    closed are left out, and of those alike no more than three are opened again.
    """
    rest = _CLOSED.sub("", html)
    found: Counter[str | int] = Counter()
    for start in _START.finditer(rest):
        plain = _PLAIN.match(rest, start.start())
        found[plain.group() if plain else start.start()] += 1
    opened = sum(min(times, _MOST_ALIKE) for times in found.values())
    if opened <= _FEW_OPEN or opened * count <= _MOST_REOPENED:
        return html
    return _START_OR_END.sub(r"<\1span", html)


def _shallow(html: str) -> str:
    """Leave out start tags nested beyond any sense: the parser takes time quadratic in the depth.

    No browser keeps elements so deep either.
    """
    depth = foreign = 0

    def keep(match: re.Match[str]) -> str:
        nonlocal depth, foreign
        tag = match.group(2).lower()
        if tag in _FOREIGN:
            foreign = max(foreign - 1, 0) if match.group(1) else foreign + 1
        # Only inside a drawing or a formula does "/>" close an element.
        if tag in _UNNESTED or (foreign and match.group().endswith("/>") and tag not in BLOCKS):
            pass
        elif match.group(1):
            depth -= depth > 0
        elif depth >= _MAX_DEPTH:
            return ""
        else:
            depth += 1
        return match.group()

    return _TAG.sub(keep, html)
