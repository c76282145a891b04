"""Pages from files, folders and standard input, decoded so that what is kept can be written back byte for byte."""

from __future__ import annotations

import codecs
import json
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, NamedTuple

from detector.errors import InputError
from detector.page import Page

STDIN: Final = "-"
PAGE_SUFFIXES: Final = (".txt", ".md", ".text")
"""What a folder is searched for; a file that is named is read whatever its suffix."""

_JSONL: Final = ".jsonl"
_HTML: Final = (".html", ".htm")
# What a shell's <(command) gives: such a pipe has a writer, while a named pipe may never get one.
_OPEN_DESCRIPTORS: Final = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")
_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE: Final = 4096
_NUL_SHARE: Final = 0.05


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


class PageFile(NamedTuple):
    """A file of one page or more, and where its clean text goes below an output folder."""

    path: str
    target: str


@dataclass(frozen=True, slots=True)
class SourcePage:
    """A page, how its text was bytes, and where its clean text goes below an output folder."""

    page: Page
    encoding: Encoding
    target: str


class Failure(NamedTuple):
    """A page, file or folder that cannot be read, and why."""

    where: str
    reason: str


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


def is_many(path: str) -> bool:
    """Tell whether a path stands for many pages: it is a folder or a ``.jsonl`` file."""
    return path != STDIN and (path.lower().endswith(_JSONL) or os.path.isdir(path))


def find_files(paths: Iterable[str | os.PathLike[str]]) -> Iterator[PageFile | Failure]:
    """Expand folders to the page files in them, sorted; hidden files and folders are left out.

    Links to folders are followed, but each folder is searched once.

    Parameters
    ----------
    paths
        Files, folders and ``"-"`` for standard input.

    Yields
    ------
    PageFile or Failure
    """
    names = [os.fspath(path) for path in paths]
    for path in names:
        target = target_of(path, alone=len(names) == 1)
        if path != STDIN and os.path.isdir(path):
            found = False
            for item in _search(path, target):
                found = True
                yield item
            if not found:
                yield Failure(path, f"the folder holds no {', '.join(PAGE_SUFFIXES)} file")
        else:
            yield PageFile(path, target)


def target_of(path: str, *, alone: bool) -> str:
    """Say where the clean text of a path goes below an output folder.

    A folder or ``.jsonl`` file that is the only input goes right there, several stand side by side
    under their names.
    """
    if path == STDIN:
        return "stdin.txt"
    name = os.path.basename(os.path.abspath(path))
    stem, suffix = os.path.splitext(name)
    if os.path.isdir(path):
        return "" if alone else name
    if suffix.lower() == _JSONL:
        return "" if alone else stem
    return f"{stem}.txt" if suffix.lower() in _HTML else name


def _search(root: str, above: str) -> Iterator[PageFile | Failure]:
    seen: set[tuple[int, int]] = set()
    # A stack instead of recursion, which could not go as deep as folders can.
    stack: list[tuple[str, str, frozenset[tuple[int, int]]]] = [(root, above, frozenset())]
    while stack:
        path, target, parents = stack.pop()
        if not os.path.isdir(path):
            yield PageFile(path, target)
            continue
        try:
            status = os.stat(path)
            names = sorted(os.listdir(path), reverse=True)
        except OSError as error:
            yield Failure(path, reason_of(error))
            continue
        key = (status.st_dev, status.st_ino)
        if key in parents:
            yield Failure(path, "directory loop: the link leads to a folder above it")
        elif key not in seen:
            seen.add(key)
            inner = parents | {key}
            stack += [
                (os.path.join(path, name), os.path.join(target, name), inner) for name in names if _fits(path, name)
            ]


def _fits(folder: str, name: str) -> bool:
    """Tell whether an entry of a folder is a page or a folder, and not hidden."""
    if name.startswith("."):
        return False
    return name.lower().endswith(PAGE_SUFFIXES) or os.path.isdir(os.path.join(folder, name))


def read_pages(paths: Iterable[str | os.PathLike[str]]) -> Iterator[SourcePage | Failure]:
    """Read pages one after the other.

    Parameters
    ----------
    paths
        Files, folders (see `find_files`) and ``"-"`` for standard input.  A ``.jsonl`` file holds one page a
        line: an object with ``text`` and, if known, ``id``, ``url`` and ``site``.  A ``.html`` file is
        rendered to lines first.

    Yields
    ------
    SourcePage or Failure
        In order; what cannot be read does not end the run.
    """
    for file in find_files(paths):
        if isinstance(file, Failure):
            yield file
        elif file.path != STDIN and file.path.lower().endswith(_JSONL):
            yield from _read_records(file)
        else:
            yield _read_page(file)


def _read_page(file: PageFile) -> SourcePage | Failure:
    try:
        with open_input(file.path) as stream:
            data = stream.read()
        if file.path.lower().endswith(_HTML):
            from detector.segment.html import html_to_lines

            text = "".join(f"{line.text}\n" for line in html_to_lines(data))
            encoding = FROM_UNICODE
        else:
            text, encoding = decode(data)
    except OSError as error:
        return Failure(file.path, reason_of(error))
    except (InputError, UnicodeError) as error:
        return Failure(file.path, str(error))
    return SourcePage(Page(text, id=file.path), encoding, file.target)


def _read_records(file: PageFile) -> Iterator[SourcePage | Failure]:
    try:
        with open_input(file.path) as stream:
            for number, raw in enumerate(stream, 1):
                if not raw.strip():
                    continue
                where = f"{file.path}:{number}"
                try:
                    page = _page_from_record(json.loads(raw), where)
                except InputError as error:
                    yield Failure(where, str(error))
                except (ValueError, RecursionError) as error:
                    yield Failure(where, f"not a JSON record: {error}")
                else:
                    # Identifiers may be anything, even a path: files are named by number.
                    yield SourcePage(page, FROM_UNICODE, os.path.join(file.target, f"{number:06d}.txt"))
    except OSError as error:
        yield Failure(file.path, reason_of(error))


def _page_from_record(record: Any, where: str) -> Page:
    if not isinstance(record, dict):
        raise InputError(f"a page must be a JSON object, not {type(record).__name__}")
    if not isinstance(record.get("text"), str):
        raise InputError("'text' is missing" if "text" not in record else "'text' must be a string")
    for name in ("id", "url", "site"):
        value = record.get(name)
        if isinstance(value, bool) or not isinstance(value, (str, int, type(None))):
            raise InputError(f"{name!r} must be a string")
    known = {name: str(record[name]) for name in ("id", "url", "site") if record.get(name) is not None}
    return Page(record["text"], **{"id": where, **known})


def open_input(path: str) -> AbstractContextManager[BinaryIO]:
    """Open a file or standard input; what is neither, such as a named pipe, is an OSError."""
    if path == STDIN:
        if sys.stdin is None:
            raise OSError(0, "standard input is closed")
        return nullcontext(sys.stdin.buffer)
    # Without O_NONBLOCK, opening a named pipe would wait for a writer.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        if not path.startswith(_OPEN_DESCRIPTORS):
            os.close(descriptor)
            raise OSError(0, "not a regular file")
        os.set_blocking(descriptor, True)
    return os.fdopen(descriptor, "rb", 1 << 18)


def reason_of(error: OSError) -> str:
    """Say what an error of the system is, without the path."""
    return error.strerror or str(error)
