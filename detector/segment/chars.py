"""What each character is: class and folded form, as look-up tables over the Basic Multilingual Plane.

The tables are part of a model file, so that a model gives the same answer under any Python, whatever
its Unicode version.
"""

from __future__ import annotations

import functools
import sys
import unicodedata
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

TABLE_SIZE: Final = 1 << 16
"""Characters above the BMP share the last entry."""

# Order matters: 1..5 are the characters of words, 6..7 are words of their own.
BLANK: Final = 0
DIGIT: Final = 1
LOWER: Final = 2
UPPER: Final = 3
CASELESS: Final = 4
MARK: Final = 5
IDEOGRAPH: Final = 6
UNSPACED: Final = 7
FULL_STOP: Final = 8
EXCLAIM: Final = 9
COMMA: Final = 10
COLON: Final = 11
QUOTE: Final = 12
APOSTROPHE: Final = 13
OPENING: Final = 14
CLOSING: Final = 15
DASH: Final = 16
SEPARATOR: Final = 17
AT_SIGN: Final = 18
HASH: Final = 19
COPYRIGHT: Final = 20
QUANTITY: Final = 21
MARKUP: Final = 22
PICTOGRAPH: Final = 23
OTHER: Final = 24
CLASS_COUNT: Final = 25

_BY_CHARACTER: Final = {
    FULL_STOP: ".。．｡।॥۔։።",
    EXCLAIM: "!?！？؟…‽⁇⁈⁉",
    COMMA: ",;、，；،؛﹐",
    COLON: ":：︰﹕",
    QUOTE: '"“”„‟«»‹›「」『』《》〈〉＂〝〞',
    APOSTROPHE: "'’‘‛`´＇",
    OPENING: "([{（［｛【〔〖",
    CLOSING: ")]}）］｝】〕〗",
    DASH: "-‐‑‒–—―−－~〜～",
    SEPARATOR: "|/\\•·▪●■◆►▶→⇒›‹¦｜／・∙◦○★☆※",
    AT_SIGN: "@＠",
    HASH: "#＃№",
    COPYRIGHT: "©®™℗",
    QUANTITY: "%$€£¥+=<>°‰₹₽₩₫฿％＄＋＝＜＞￥",
    MARKUP: "_*^§¶†‡＿＊",
}
# Scripts written without spaces between words: a pair of characters stands for a word.
_UNSPACED_RANGES: Final = ((0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF))
_IDEOGRAPH_RANGES: Final = ((0x3005, 0x3007), (0x3041, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF))


class CharTables(NamedTuple):
    """Look-up tables by code point.

    Parameters
    ----------
    classes
        uint8, shape (65536,): the class of each character.
    folded
        uint16, shape (65536,): lower case, digits as ``0``, white space as a space, compatibility
        forms as their plain form.
    """

    classes: NDArray[np.uint8]
    folded: NDArray[np.uint16]


def _in(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= code <= last for first, last in ranges)


def _class_of(code: int, character: str, category: str) -> int:
    if character.isspace() or category in ("Cc", "Cf"):
        return BLANK
    if _in(code, _IDEOGRAPH_RANGES):
        return IDEOGRAPH
    if _in(code, _UNSPACED_RANGES) and category[0] in "LM":
        return UNSPACED
    return {
        "Nd": DIGIT,
        "Ll": LOWER,
        "Lu": UPPER,
        "Lt": UPPER,
        "Lo": CASELESS,
        "Lm": CASELESS,
        "Nl": CASELESS,
        "Mn": MARK,
        "Mc": MARK,
        "Me": MARK,
        "No": QUANTITY,
        "Sc": QUANTITY,
        "Sm": QUANTITY,
        "Pd": DASH,
        "Ps": OPENING,
        "Pe": CLOSING,
        "Pi": QUOTE,
        "Pf": QUOTE,
        "So": PICTOGRAPH,
    }.get(category, OTHER)


def _fold(code: int, character: str, kind: int) -> int:
    if kind == BLANK:
        return 0x20
    if kind == DIGIT:
        return ord("0")
    plain = unicodedata.normalize("NFKC", character).lower()
    return ord(plain) if len(plain) == 1 and ord(plain) < TABLE_SIZE else code


@functools.cache
def build_tables() -> CharTables:
    """Compute the tables from this Python's Unicode data; once, so they cannot be written to."""
    special = {ord(c): kind for kind, members in _BY_CHARACTER.items() for c in members}
    classes = np.zeros(TABLE_SIZE, np.uint8)
    folded = np.zeros(TABLE_SIZE, np.uint16)
    for code in range(TABLE_SIZE):
        character = chr(code)
        kind = special.get(code)
        if kind is None:
            kind = _class_of(code, character, unicodedata.category(character))
        classes[code] = kind
        folded[code] = _fold(code, character, kind)
    classes[TABLE_SIZE - 1], folded[TABLE_SIZE - 1] = PICTOGRAPH, TABLE_SIZE - 1
    classes.setflags(write=False)
    folded.setflags(write=False)
    return CharTables(classes, folded)


def to_codes(text: str) -> NDArray[np.uint16]:
    """Code points of a text as uint16, those above the BMP as 0xFFFF; one entry a character."""
    order = "utf-32-le" if sys.byteorder == "little" else "utf-32-be"
    codes = np.frombuffer(text.encode(order, "surrogatepass"), np.uint32)
    return np.minimum(codes, TABLE_SIZE - 1).astype(np.uint16)
