"""Which line of a page is its headline: the one that says what the page calls itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from detector.segment.structure import Structure

HEADLINE: Final = "headline"
"""Stands beside the kinds of noise in what a user may keep: most gold texts leave headlines out, so the model does."""

_MIN_LETTERS: Final = 8
_WORD: Final = re.compile(r"\w+")
# What sets the name of the site off from the title of the page.
_BORDER: Final = re.compile(r"\s+[|–—·•»«:/-]+\s+|\s*[|»«]\s*|::")


def find_headline(lines: Sequence[str], title: str | None, structure: Structure | None, numbers: Sequence[int]) -> int:
    """Find the line that is the headline.

    Parameters
    ----------
    lines
        The lines of the page, or segments of them.
    title
        What the page calls itself, with or without the name of its site.
    structure
        Its tree, for a page of HTML: of several lines that say the title one in an ``h1`` is preferred.
    numbers
        The number of each line in the page, from 1.

    Returns
    -------
    int
        Index into `lines`, -1 where none of them is the headline.
    """
    wanted = _names(title or "")
    if not wanted:
        return -1
    # Only lines of a title's length can be one.
    longest = 2 * max(map(len, wanted)) + 16
    short = [index for index, line in enumerate(lines) if len(line) <= longest]
    found = [index for index in short if _letters(lines[index]) in wanted]
    if structure is not None:
        for index in found or short:
            tags = (structure.tags[element] for element in structure.around(numbers[index] - 1, 3))
            if _begins_alike(_letters(lines[index]), wanted) and "h1" in tags:
                return index
    return found[0] if found else -1


def _names(title: str) -> set[str]:
    """The title, and its parts where the name of the site stands beside it."""
    whole = [title]
    borders = list(_BORDER.finditer(title))
    if borders:
        whole += [title[: border.start()] for border in borders] + [title[border.end() :] for border in borders]
    names = {_letters(part) for part in whole}
    return {name for name in names if len(name) >= _MIN_LETTERS}


def _begins_alike(line: str, names: set[str]) -> bool:
    """Tell whether a heading is a title cut short, or the other way round."""
    return len(line) >= _MIN_LETTERS and any(name.startswith(line) or line.startswith(name) for name in names)


def _letters(text: str) -> str:
    return "".join(_WORD.findall(text)).casefold()
