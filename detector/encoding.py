"""Text from bytes and back, without losing any."""

from __future__ import annotations

import codecs
from contextlib import suppress
from typing import Final, NamedTuple

_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE: Final = 4096
_NUL_SHARE: Final = 0.05


_BINARY: Final = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"PK\x03\x04", "a zip archive"),
)


class Encoding(NamedTuple):
    """How a page's text was bytes.

    Parameters
    ----------
    codec, errors
        As for `str.encode`.
    bom, tail
        Byte order mark, and bytes at the end that are no whole character; neither is part of the text.
    """

    codec: str = "utf-8"
    errors: str = "surrogateescape"
    bom: bytes = b""
    tail: bytes = b""


FROM_UNICODE: Final = Encoding(errors="surrogatepass")
"""For text that was never bytes, such as a JSON string, which can hold lone surrogates."""


def decode(data: bytes) -> tuple[str, Encoding]:
    """Decode a page: by its byte order mark, as UTF-16 where NULs show it, else as UTF-8.

    No byte is lost: what is not valid stays in the text as lone surrogates.

    Parameters
    ----------
    data
        The bytes.

    Returns
    -------
    text : str
        The page.  The byte order mark of UTF-8 is its first character.
    encoding : Encoding
        With which `encode` gives the bytes again.
    """
    candidates = [(bom, codec) for bom, codec in _BOMS if data.startswith(bom)]
    if codec := _nul_pattern(data):
        candidates.append((b"", codec))
    for bom, codec in candidates:
        size = 4 if codec.startswith("utf-32") else 2
        end = len(data) - (len(data) - len(bom)) % size
        with suppress(UnicodeDecodeError):
            text = data[len(bom) : end].decode(codec, "surrogatepass")
            return text, Encoding(codec, "surrogatepass", bom, data[end:])
    return data.decode("utf-8", "surrogateescape"), Encoding()


def binary_kind(data: bytes) -> str | None:
    """What a file is that holds no text, by how it begins; None where nothing speaks against text."""
    return next((name for magic, name in _BINARY if data.startswith(magic)), None)


def encode(text: str, encoding: Encoding) -> bytes:
    """Give the bytes of a text again, or of what is kept of it; the inverse of `decode`."""
    return encoding.bom + text.encode(encoding.codec, encoding.errors) + encoding.tail


def _nul_pattern(data: bytes) -> str:
    """Name the codec of UTF-16 without a mark: spaces and line ends have a zero byte in any script."""
    sample = data[:_SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    # A few zero bytes in UTF-8 are dirt.  U+4E00, frequent in Chinese, has its zero on the other side.
    if max(even, odd) < max(2, len(sample) / 2 * _NUL_SHARE) or min(even, odd) * 2 > max(even, odd):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"
