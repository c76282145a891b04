"""What a page holds must not give orders to the terminal that it is shown on."""

from __future__ import annotations

import codecs
import re
from typing import Final

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|\r(?!\n)")


class Escape:
    """Escapes control characters in UTF-8 that comes in pieces; what is no UTF-8 shows as replacement characters.

    Examples
    --------
    >>> Escape()("a\\x1b[2Jb\\n".encode())
    b'a\\\\x1b[2Jb\\n'
    """

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def __call__(self, data: bytes) -> bytes:
        """Give the next piece, escaped."""
        return _CONTROLS.sub(_shown, self._decode(data)).encode()


def _shown(control: re.Match[str]) -> str:
    # A line that ends with "\r" alone would be written over by the next.
    return "\n" if control[0] == "\r" else control[0].encode("unicode_escape").decode("ascii")
