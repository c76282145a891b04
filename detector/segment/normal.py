"""The normal form of a line: what lines share that a reader would call the same."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Final

COMPARED_CHARS: Final = 200
"""Lines are compared by so many characters of their beginning."""

_DIGITS: Final = re.compile(r"\d+")


def normal_form(text: str) -> str:
    """Give the normal form: lower case, each run of digits 0, no punctuation, single spaces.

    Examples
    --------
    >>> normal_form("Posted on 12/03/2024,  by ADMIN!")
    'posted on 0 0 0 by admin'
    >>> normal_form("* * *")
    '* * *'
    """
    head = text[:COMPARED_CHARS]
    return " ".join(_punctuation().sub(" ", _DIGITS.sub("0", head.lower())).split()) or " ".join(head.split())


@functools.cache
def _punctuation() -> re.Pattern[str]:
    """Match all that is no letter, mark or number; \\W would take the vowel signs of Indic scripts as well."""
    ranges: list[list[int]] = []
    for code in range(0x10000):
        if unicodedata.category(chr(code))[0] in "PSZC":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return re.compile("[" + "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in ranges) + "]+")
