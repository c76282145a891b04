"""Inputs that can only be read once, from their beginning."""

from __future__ import annotations

import contextlib
import os
import select
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, cast

from detector.corpus.compression import DamagedError
from detector.corpus.inputs import open_binary
from detector.corpus.names import STDIN
from detector.corpus.options import Options
from detector.errors import InputError

_PIECE: Final = 1 << 18
_PATIENCE: Final = 0.05  # seconds that a line waits for more to come


@contextlib.contextmanager
def open_stream(path: str) -> Iterator[BinaryIO]:
    """Open an input, or standard input, to be read once from its beginning."""
    if path == STDIN:
        if sys.stdin is None:
            raise InputError("standard input is closed")
        with _piped(sys.stdin.buffer) as stream:
            yield cast(BinaryIO, stream)
    else:
        with open_binary(path) as stream:
            yield stream


@contextlib.contextmanager
def _piped(buffered: Any) -> Iterator[Any]:
    """Standard input without its buffer: an interpreter that ends while a thread waits on that aborts."""
    try:
        descriptor = os.dup(buffered.fileno())
    except (OSError, ValueError):  # no real file
        yield buffered
        return
    with open(descriptor, "rb", buffering=0) as raw:
        yield _Chained(buffered.read1(len(buffered.peek())), cast(BinaryIO, raw))


class _Chained:
    """What was read already, and then the rest."""

    def __init__(self, head: bytes, raw: BinaryIO) -> None:
        self._head, self._raw = head, raw
        self.fileno = raw.fileno

    def read(self, size: int) -> bytes:
        data, self._head = self._head[:size], self._head[size:]
        return data or self._raw.read(size)

    read1 = read


class Counted:
    """A stream that knows how much of it was read."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self.count = 0

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes."""
        data = self._raw.read(size)
        self.count += len(data)
        return data

    def read1(self, size: int = -1) -> bytes:
        """Read what is there, at most so many bytes."""
        data: bytes = getattr(self._raw, "read1", self._raw.read)(size)
        self.count += len(data)
        return data

    def fileno(self) -> int:
        """Give the descriptor."""
        return self._raw.fileno()


def line_chunks(stream: Any, options: Options, eager: bool) -> Iterator[bytes | str]:
    """Cut a stream into whole lines of about a shard's size; text instead of bytes is why it cannot be read on."""
    whole: list[bytes] = []
    rest = b""  # of a line whose end has not come
    size = 0
    while True:
        if eager and whole and not _is_ready(stream):
            yield b"".join(whole)
            whole, size = [], 0
        try:
            piece = stream.read1(_PIECE)
        except (DamagedError, OSError) as error:
            if whole:
                yield b"".join(whole)
            yield f"cannot be read on: {error}"
            return
        if not piece:
            break
        end = piece.rfind(b"\n") + 1
        if not end:
            # Of a line that is too long only so much is kept that its reader can tell.
            rest += piece[: max(options.record_bytes + 1 - len(rest), 0)]
            continue
        whole += (rest, piece[:end])
        size += len(rest) + end
        rest = piece[end:]
        if size >= options.shard_bytes:
            yield b"".join(whole)
            whole, size = [], 0
    if whole or rest:
        yield b"".join([*whole, rest])


def _is_ready(stream: Any) -> bool:
    with contextlib.suppress(AttributeError, OSError, ValueError):
        return bool(select.select([stream.fileno()], [], [], _PATIENCE)[0])
    return True
