"""Pages from files, folders and standard input, decoded so that what is kept can be written back byte for byte."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, NamedTuple

from detector.corpus.names import HTML_SUFFIXES, TEXT_SUFFIXES
from detector.encoding import FROM_UNICODE, Encoding, binary_kind, decode
from detector.errors import InputError
from detector.page import Format, Page, looks_like_html
from detector.sites import site_of

STDIN: Final = "-"
PAGE_SUFFIXES: Final = (*TEXT_SUFFIXES, *HTML_SUFFIXES)
"""What a folder is searched for; a file that is named is read whatever its suffix."""

_JSONL: Final = ".jsonl"
# What a shell's <(command) gives: such a pipe has a writer, while a named pipe may never get one.
_OPEN_DESCRIPTORS: Final = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")


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
    if os.path.isdir(path):
        return "" if alone else name
    if name.lower().endswith(_JSONL):
        return "" if alone else os.path.splitext(name)[0]
    return f"{os.path.splitext(name)[0]}.txt" if name.lower().endswith(HTML_SUFFIXES) else name


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
            fitting = [name for name in names if _fits(path, name)]
            targets = _targets(path, fitting)
            stack += [(os.path.join(path, name), os.path.join(target, targets[name]), inner) for name in fitting]


def _targets(folder: str, names: Sequence[str]) -> dict[str, str]:
    """Name the clean texts of what is in a folder; that of page.html is page.txt unless another page is."""
    targets = {name: name for name in names}
    taken = set(names)
    for name in sorted(names):
        stem, suffix = os.path.splitext(name)
        if suffix.lower() in HTML_SUFFIXES and not os.path.isdir(os.path.join(folder, name)):
            targets[name] = f"{name}.txt" if f"{stem}.txt" in taken else f"{stem}.txt"
            taken.add(targets[name])
    return targets


def _fits(folder: str, name: str) -> bool:
    """Tell whether an entry of a folder is a page or a folder, and not hidden."""
    if name.startswith("."):
        return False
    return name.lower().endswith(PAGE_SUFFIXES) or os.path.isdir(os.path.join(folder, name))


def read_pages(
    paths: Iterable[str | os.PathLike[str]], format: Format = "auto", site: str | None = None
) -> Iterator[SourcePage | Failure]:
    """Read pages one after the other.

    Parameters
    ----------
    paths
        Files, folders (see `find_files`) and ``"-"`` for standard input.  A ``.jsonl`` file holds one page a
        line: an object with ``text`` and, if known, ``id``, ``url`` and ``site``.  A ``.html`` file is
        rendered to lines first.
    format
        What the pages are; ``"auto"`` goes by the suffix of a file and by how it begins, and takes the
        ``text`` of a record for text.
    site
        The site of pages that name neither a site nor a URL.

    Yields
    ------
    SourcePage or Failure
        In order; what cannot be read does not end the run.
    """
    for file in find_files(paths):
        if isinstance(file, Failure):
            yield file
        elif file.path != STDIN and file.path.lower().endswith(_JSONL):
            yield from _read_records(file, format, site)
        else:
            yield _read_page(file, format, site)


def _read_page(file: PageFile, format: Format, site: str | None) -> SourcePage | Failure:
    try:
        with open_input(file.path) as stream:
            data = stream.read()
        is_html = format == "html"
        if is_html or (format == "auto" and (file.path.lower().endswith(HTML_SUFFIXES) or looks_like_html(data))):
            return SourcePage(Page.from_html(data, id=file.path, site=site), FROM_UNICODE, file.target)
        if other := binary_kind(data):
            raise InputError(f"is {other}, not text")
        text, encoding = decode(data)
    except OSError as error:
        return Failure(file.path, reason_of(error))
    except (InputError, UnicodeError) as error:
        return Failure(file.path, str(error))
    return SourcePage(Page(text, id=file.path, site=site), encoding, file.target)


def _read_records(file: PageFile, format: Format, site: str | None) -> Iterator[SourcePage | Failure]:
    try:
        with open_input(file.path) as stream:
            for number, raw in enumerate(stream, 1):
                if not raw.strip():
                    continue
                where = f"{file.path}:{number}"
                try:
                    page = _page_from_record(json.loads(raw), where, format, site)
                except InputError as error:
                    yield Failure(where, str(error))
                except (ValueError, RecursionError) as error:
                    yield Failure(where, f"not a JSON record: {error}")
                else:
                    # Identifiers may be anything, even a path: files are named by number.
                    yield SourcePage(page, FROM_UNICODE, os.path.join(file.target, f"{number:06d}.txt"))
    except OSError as error:
        yield Failure(file.path, reason_of(error))


def _page_from_record(record: Any, where: str, format: Format, site: str | None) -> Page:
    if not isinstance(record, dict):
        raise InputError(f"a page must be a JSON object, not {type(record).__name__}")
    if not isinstance(record.get("text"), str):
        raise InputError("'text' is missing" if "text" not in record else "'text' must be a string")
    for name in ("id", "url", "site"):
        value = record.get(name)
        if isinstance(value, bool) or not isinstance(value, (str, int, type(None))):
            raise InputError(f"{name!r} must be a string")
    known: dict[str, Any] = {name: str(record[name]) for name in ("id", "url", "site") if record.get(name) is not None}
    known.setdefault("id", where)
    if site and not known.get("site") and not site_of(known.get("url", "")):
        known["site"] = site
    return Page.from_html(record["text"], **known) if format == "html" else Page(record["text"], **known)


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
