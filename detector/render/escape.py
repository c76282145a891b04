"""Text that stays text in Markdown."""

from __future__ import annotations

import re
from typing import Final

# A tag is written as an entity: renderers that do not follow CommonMark may take "\<" for the start of one.
_TAG: Final = re.compile(r"<(?=[a-zA-Z/!?]|\Z)")
_ENTITY: Final = re.compile(r"&(?=#?[a-zA-Z0-9]*(?:;|\Z))")  # what follows may stand in the next piece
_SPECIAL: Final = re.compile(r"[\\`*\[\]~|]")
_UNDERSCORE: Final = re.compile(r"(?<![^\W_])_|_(?![^\W_])")  # within a word it is one already
_RULE: Final = re.compile(r"(?:[-=]+[ \t]*$|[-+](?=[ \t]|$)|(?:-[ \t]*){3,}$|#{1,6}(?=[ \t]|$)|>|:(?=[-: \t|]*-))")
_NUMBER: Final = re.compile(r"([0-9]{1,9})(?=[.)](?:[ \t]|$))")
_CLOSING: Final = re.compile(r"(?:(?<=[ \t])|^)(?=#+[ \t]*$)")
# What a terminal might obey, or no encoding has; those that wrongly decoded text is full of are left.
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
# Renderers and editors take these for the ends of lines.
_LINE_ENDS: Final = re.compile("[\x0b\x0c\x85\u2028\u2029]+")
_URL_UNSAFE: Final = re.compile(r"""[\x00-\x20\x7f<>()\[\]\\"'`|]""")


def visible(text: str) -> str:
    """Put the replacement character for control characters and lone surrogates."""
    return _CONTROL.sub("\ufffd", text)


def inline(text: str) -> str:
    """Escape text anywhere in a paragraph but at the start of a line."""
    text = _SPECIAL.sub(r"\\\g<0>", _LINE_ENDS.sub(" ", visible(text)))
    return _TAG.sub("&lt;", _ENTITY.sub("&amp;", _UNDERSCORE.sub(r"\_", text)))


def line_start(text: str) -> str:
    """Escape at the start of a line what would make it a heading, a list, a quote or a rule."""
    if _RULE.match(text):
        return f"\\{text}"
    return _NUMBER.sub(r"\1\\", text, count=1) if _NUMBER.match(text) else text


def heading(text: str) -> str:
    """Escape number signs at the end of a heading, which would close it."""
    return _CLOSING.sub(r"\\", text, count=1)


def code_span(text: str) -> str:
    """A span of code around any text."""
    text = visible(text)
    ticks = "`" * (_longest(text) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def fence(text: str) -> str:
    """A fence that no line of a code block closes."""
    return "`" * max(3, _longest(text) + 1)


def address(url: str) -> str:
    """An address as the destination of a link, whatever it holds."""
    url = _URL_UNSAFE.sub(lambda match: f"%{ord(match.group()):02X}", url)
    return _ENTITY.sub("&amp;", url)


def _longest(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
