"""What a path's name says of its format; nothing is opened and nothing heavy imported."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import Final, NamedTuple

STDIN: Final = "-"
TEXT_SUFFIXES: Final = (".txt", ".md", ".text")
HTML_SUFFIXES: Final = (".html", ".htm")
ROW_FORMATS: Final = ("jsonl", "parquet")
"""The formats that a corpus can be written in."""

_COMPRESSIONS: Final = {".gz": "gz", ".zst": "zst", ".xz": "xz", ".bz2": "bz2"}
_FORMATS: Final = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",  # with a compression only, as Dolma's .json.gz
    ".parquet": "parquet",
    ".warc": "warc",
    ".wet": "warc",
    ".arc": "arc",
}
_MAGICS: Final = ((b"\x1f\x8b", "gz"), (b"\x28\xb5\x2f\xfd", "zst"), (b"\xfd7zXZ\0", "xz"), (b"BZh", "bz2"))


_RECORD: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s{0,16}\{\s{0,16}"[^"]{0,40}(?:"\s{0,16}:|$)')


class Kind(NamedTuple):
    """A format of files.

    Parameters
    ----------
    format
        ``"jsonl"``, ``"parquet"``, ``"warc"``, ``"arc"``, ``"text"``, ``"html"`` or ``""`` where the name does
        not say.
    compression
        ``"gz"``, ``"zst"``, ``"xz"``, ``"bz2"`` or ``""``.
    """

    format: str
    compression: str = ""

    @property
    def is_corpus(self) -> bool:
        """Whether a file of it holds many pages."""
        return self.format in ("jsonl", "parquet", "warc", "arc")

    @property
    def suffix(self) -> str:
        """What names of such files end with."""
        return f".{self.format}" + (f".{self.compression}" if self.compression else "")


def kind_of(path: str) -> Kind:
    """Tell a file's format by its name.

    Examples
    --------
    >>> kind_of("crawl/pages.jsonl.gz")
    Kind(format='jsonl', compression='gz')
    >>> kind_of("page.md")
    Kind(format='text', compression='')
    """
    stem, suffix = os.path.splitext(path.lower())
    compression = _COMPRESSIONS.get(suffix, "")
    if compression:
        suffix = os.path.splitext(stem)[1]
    if suffix in _FORMATS and (suffix != ".json" or compression):
        return Kind(_FORMATS[suffix], compression)
    if not compression and suffix in TEXT_SUFFIXES:
        return Kind("text")
    if not compression and suffix in HTML_SUFFIXES:
        return Kind("html")
    return Kind("", compression)


def stem_of(path: str) -> str:
    """A file's name without what tells its format."""
    name = os.path.basename(path)
    kind = kind_of(name)
    for _ in range(1 + bool(kind.compression)):
        name = os.path.splitext(name)[0]
    return name


def compression_of(head: bytes) -> str:
    """Tell how a stream is compressed by its first bytes, ``""`` where it is not."""
    return next((name for magic, name in _MAGICS if head.startswith(magic)), "")


def is_remote(path: str) -> bool:
    """Tell whether a path is a URL that fsspec opens."""
    scheme, colon, _ = path.partition("://")
    return bool(colon) and scheme.replace("+", "").isalnum()


def is_glob(path: str) -> bool:
    """Tell whether a path is a pattern; a file that is there is a file, whatever its name."""
    return path != STDIN and any(c in path for c in "*?[") and (is_remote(path) or not os.path.lexists(path))


def sniffed(head: bytes) -> Kind:
    """Tell a stream's format by its first bytes: compressed streams are taken for JSONL, others may be a page.

    Examples
    --------
    >>> sniffed(b'{"id": 1, "text": "A line."}')
    Kind(format='jsonl', compression='')
    >>> sniffed(b"A line.")
    Kind(format='', compression='')
    """
    if compression := compression_of(head):
        return Kind("jsonl", compression)
    if head.startswith(b"WARC/"):
        return Kind("warc")
    if head.startswith(b"PAR1"):
        return Kind("parquet")
    return Kind("jsonl") if _RECORD.match(head) else Kind("")


def stdin_kind(paths: Sequence[str]) -> Kind:
    """Tell by its first bytes what comes through standard input; nothing is taken from it."""
    stream = sys.stdin.buffer if STDIN in paths and sys.stdin is not None else None
    if stream is None:
        return Kind("")
    if hasattr(stream, "peek"):
        return sniffed(stream.peek(64))
    if not stream.seekable():
        return Kind("")
    at = stream.tell()
    head = stream.read(64)
    stream.seek(at)
    return sniffed(head)
