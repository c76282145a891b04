"""Stories and posts that a page holds as data for its scripts, for where the visible page lacks them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from html import unescape
from typing import Any, Final

_POSTS: Final = frozenset(("Answer", "Comment", "DiscussionForumPosting", "Question"))
_BODIES: Final = frozenset(("articleBody", "body", "content", "contentHtml", "cooked", "html", "message", "text"))
_MIN_CHARS: Final = 200
_WORD: Final = re.compile(r"\w+")
_RUN: Final = 6
_MARKUP: Final = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)


class Shown:
    """Knows what a page shows by its runs of words, so that nothing is read twice.

    Parameters
    ----------
    lines
        What it shows.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self.n_words = 0
        self._runs: set[int] = set()
        self._add([word for line in lines for word in _WORD.findall(line)])

    def add(self, text: str) -> bool:
        """Add a text; return False, and do nothing, where it has no words or its middle is known."""
        words = _WORD.findall(text)
        middle = words[len(words) // 2 :][:_RUN]
        if not words or hash(tuple(middle)) in self._runs:
            return False
        self._runs.add(hash(tuple(middle)))  # it may be shorter than a run
        self._add(words)
        return True

    def _add(self, words: Sequence[str]) -> None:
        self.n_words += len(words)
        self._runs.update(hash(run) for run in zip(*(words[start:] for start in range(_RUN)), strict=False))


def linked_texts(scripts: Sequence[str]) -> Iterator[str]:
    """Give the stories and posts in a page's linked data (schema.org), in order."""
    for value in _objects(script for script in scripts if '"articleBody"' in script or '"text"' in script):
        types = value.get("@type")
        is_post = not _POSTS.isdisjoint(types if isinstance(types, list) else [types])
        body = value.get("text" if is_post else "articleBody")
        if isinstance(body, str) and len(body) >= _MIN_CHARS:
            yield unescape(body)


def island_texts(scripts: Sequence[str]) -> Iterator[str]:
    """Give the long texts among the data that a page's scripts would show, in order; some are HTML."""
    for value in _objects(scripts):
        for name, body in value.items():
            if name in _BODIES and isinstance(body, str) and len(body) >= _MIN_CHARS and " " in body:
                yield body


def is_markup(text: str) -> bool:
    """Tell whether a text holds tags."""
    return _MARKUP.search(text) is not None


def _objects(scripts: Iterable[str]) -> Iterator[dict[str, Any]]:
    for script in scripts:
        try:
            waiting = [json.loads(script, strict=False)]
        except (ValueError, RecursionError):
            continue
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                yield value
                waiting.extend(list(value.values())[::-1])
            elif isinstance(value, list):
                waiting.extend(value[::-1])
