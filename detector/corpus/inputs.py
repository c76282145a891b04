"""Inputs, on this machine or behind a URL: found, told apart, opened."""

from __future__ import annotations

import contextlib
import glob
import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Final, NamedTuple, cast

from detector.corpus.extras import need
from detector.corpus.names import STDIN, Kind, compression_of, is_glob, is_remote, kind_of
from detector.errors import InputError
from detector.read import open_input, reason_of

_EDGE: Final = 1 << 16
_MAGIC: Final = 8
_SKIPPABLE: Final = b"\x2a\x4d\x18"  # behind the first byte of a frame that zstd passes over


class Input(NamedTuple):
    """A file of pages, or of one page.

    Parameters
    ----------
    path
        Path or URL.
    target
        Where it lies below the folder that was named.
    kind
        Its format.
    size
        Bytes.
    version
        What changes when the file does.
    """

    path: str
    target: str
    kind: Kind
    size: int
    version: str


class Unreadable(NamedTuple):
    """What was named, or lies in a folder that was named, and cannot be read."""

    path: str
    reason: str


def filesystem(path: str) -> tuple[Any, str]:
    """Give the file system that a URL names, and the path in it."""
    core = need("fsspec.core", "remote", f"reading and writing {path.partition('://')[0]}://")
    try:
        return cast("tuple[Any, str]", core.url_to_fs(path))
    except (ImportError, ValueError) as error:
        raise InputError(f"{path}: {str(error).splitlines()[0]}") from None


def open_binary(path: str) -> AbstractContextManager[BinaryIO]:
    """Open an input.

    Raises
    ------
    OSError
        It cannot be opened, or is no regular file.
    """
    if not is_remote(path):
        return open_input(path)
    system, inner = filesystem(path)
    return cast("AbstractContextManager[BinaryIO]", system.open(inner, "rb"))


def find_inputs(paths: Iterable[str]) -> Iterator[Input | Unreadable]:
    """Expand folders and patterns; what is hidden is left out, what is found is sorted.

    Yields
    ------
    Input or Unreadable
    """
    paths = list(paths)
    for path in paths:
        if path == STDIN:
            yield Input(STDIN, "stdin", Kind(""), 0, "")
            continue
        names = _glob(path) if is_glob(path) else [path]
        alone = len(paths) == 1 and len(names) == 1
        if not names:
            yield Unreadable(path, "no file is of this pattern")
        for name in names:
            yield from _remote(name) if is_remote(name) else _local(name, alone)


def _glob(path: str) -> list[str]:
    if not is_remote(path):
        return sorted(glob.glob(path, recursive=True))
    system, inner = filesystem(path)
    return sorted(system.unstrip_protocol(name) for name in system.glob(inner))


def _remote(path: str) -> Iterator[Input | Unreadable]:
    system, inner = filesystem(path)
    try:
        names = sorted(system.find(inner)) if system.isdir(inner) else [inner]
        for name in names:
            kind = kind_of(name)
            if len(names) > 1 and not kind.format:
                continue
            info = system.info(name)
            version = str(info.get("ETag") or info.get("etag") or info.get("mtime") or info.get("LastModified") or "")
            target = os.path.relpath(name, inner) if name != inner else os.path.basename(name)
            yield Input(system.unstrip_protocol(name), target, kind, int(info["size"] or 0), version)
    except Exception as error:  # each protocol has errors of its own
        yield Unreadable(path, f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")


def _local(path: str, alone: bool) -> Iterator[Input | Unreadable]:
    if not os.path.isdir(path):
        yield _input(path, os.path.basename(path))
        return
    found = False
    above = "" if alone else os.path.basename(os.path.abspath(path))
    for name, target in _search(path, above):
        found = True
        yield name if isinstance(name, Unreadable) else _input(name, target)
    if not found:
        yield Unreadable(path, "the folder holds no page and no corpus")


def _search(root: str, above: str) -> Iterator[tuple[str | Unreadable, str]]:
    """Walk a folder in order; links to folders are followed, each folder is entered once."""
    seen: set[tuple[int, int]] = set()
    stack = [(root, above)]
    while stack:
        path, target = stack.pop()
        if not os.path.isdir(path):
            yield path, target
            continue
        try:
            status = os.stat(path)
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            names = sorted(os.listdir(path), reverse=True)
        except OSError as error:
            yield Unreadable(path, reason_of(error)), target
            continue
        for name in names:
            inner = os.path.join(path, name)
            if not name.startswith(".") and (kind_of(name).format or os.path.isdir(inner)):
                stack.append((inner, os.path.join(target, name)))


def _input(path: str, target: str) -> Input | Unreadable:
    try:
        status = os.stat(path)
        kind = kind_of(path)
        if not kind.format:
            kind = Kind("text", kind.compression)
        version = f"{status.st_mtime_ns}"
        if kind.is_corpus:
            with open_input(path) as stream:
                if misnamed := _misnamed(kind, stream.read(_MAGIC)):
                    return Unreadable(path, misnamed)
                stream.seek(0)
                version += f" {_edges(stream, status.st_size)}"
        return Input(path, target, kind, status.st_size, version)
    except OSError as error:
        return Unreadable(path, reason_of(error))


def _misnamed(kind: Kind, head: bytes) -> str:
    """Say so where a file is compressed otherwise than its name tells: read on, it would fail at every line."""
    if kind.format == "arc":
        return ""  # refused for what it is, whatever it holds
    found = compression_of(head)
    if found and not kind.compression and kind.format == "jsonl":
        return f"is compressed, which its name does not tell: {kind.suffix}.{found}?"
    if kind.compression and not found and head.strip(b"\0") and not head.startswith(_SKIPPABLE, 1):
        return f"is not compressed, as its name tells: .{kind.format}?"
    return ""


def _edges(stream: BinaryIO, size: int) -> str:
    """Hash a file's head and tail: a clock may lie."""
    import hashlib

    digest = hashlib.sha256(stream.read(_EDGE))
    if size > 2 * _EDGE:
        with contextlib.suppress(OSError):
            stream.seek(-_EDGE, os.SEEK_END)
            digest.update(stream.read(_EDGE))
    return digest.hexdigest()[:16]
