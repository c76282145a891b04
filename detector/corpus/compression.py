"""Compressed streams, read and written piece by piece; what they grow to is bounded."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, Final, cast

from detector.corpus.extras import need
from detector.corpus.names import compression_of
from detector.errors import InputError

_PIECE: Final = 1 << 18
_FREE: Final = 64 << 20  # bytes that may come out before the ratio counts
_ZSTD_WINDOW: Final = 1 << 27
_ZSTD_PIECE: Final = 1 << 10
_ZSTD_DICTIONARY: Final = b"\x5d\x2a\x4d\x18"


class DamagedError(InputError):
    """A compressed stream is cut off, corrupt, or a bomb; what came before the damage was given out."""


def decompressed(raw: BinaryIO, compression: str, max_ratio: int) -> BinaryIO:
    """Read a compressed stream; several members one after the other are one stream.

    Parameters
    ----------
    raw
        The compressed bytes.
    compression
        As in `detector.corpus.names.Kind`.
    max_ratio
        How many times its size the stream may grow to.

    Returns
    -------
    BinaryIO
        Its reads raise `DamagedError` where the stream cannot be read on.
    """
    if not compression:
        return raw
    return io.BufferedReader(cast(Any, _Expanding(raw, _STEPS[compression](), max_ratio)), _PIECE)


def compressor(raw: BinaryIO, compression: str) -> BinaryIO:
    """Write a compressed stream; the bytes depend on nothing but what is written."""
    if compression == "gz":
        return cast(BinaryIO, gzip.GzipFile("", "wb", 6, raw, mtime=0))
    if compression == "bz2":
        return cast(BinaryIO, bz2.BZ2File(raw, "wb"))
    if compression == "xz":
        return cast(BinaryIO, lzma.LZMAFile(raw, "wb", preset=3))
    if compression == "zst":
        library = need("zstandard", "corpus", "writing .zst")
        return cast(BinaryIO, library.ZstdCompressor(level=3).stream_writer(raw, closefd=False))
    return raw


class _Expanding(io.RawIOBase):
    def __init__(self, raw: BinaryIO, start: Callable[[], Any], max_ratio: int) -> None:
        self._raw, self._start, self._max_ratio = raw, start, max_ratio
        self._step: Any = None
        self._waiting = b""
        self._taken = self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._next(len(buffer))
        except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
            if isinstance(error, OSError) and error.errno:
                raise
            raise DamagedError(f"the compressed data are damaged after {self._taken:,} bytes: {error}") from None
        self._given += len(data)
        if self._given > _FREE and self._given > self._max_ratio * self._taken:
            raise DamagedError(f"grows to more than {self._max_ratio} times its size: not read on")
        buffer[: len(data)] = data
        return len(data)

    def _next(self, size: int) -> bytes:
        while True:
            if not self._waiting and (self._step is None or self._step.needs_input):
                self._waiting = self._raw.read(_PIECE)
                self._taken += len(self._waiting)
                if not self._waiting:
                    if self._step is None:
                        return b""
                    raise DamagedError("is cut off: the compressed data end early")
            if self._step is None:
                self._waiting = self._waiting.lstrip(b"\0")  # padding between members and after the last
                if not self._waiting:
                    continue
                self._step = self._start()
            data: bytes = self._step.decompress(self._waiting, size)
            self._waiting = b""
            if self._step.eof:
                self._waiting = self._step.unused_data
                self._step = None
            if data:
                return data


class _Gzip:
    """What `bz2.BZ2Decompressor` is, for gzip."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(31)

    eof = property(lambda self: self._inner.eof)
    unused_data = property(lambda self: self._inner.unused_data)
    needs_input = property(lambda self: not self._inner.unconsumed_tail)

    def decompress(self, data: bytes, size: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, size)


class _Zstd:
    """What `bz2.BZ2Decompressor` is, for a frame of zstd."""

    def __init__(self, library: Any, settings: dict[str, Any]) -> None:
        self._library, self._settings = library, settings
        self._inner: Any = None
        self._input = self._output = b""
        self.unused_data = b""
        self.eof = False

    @property
    def needs_input(self) -> bool:
        return not self._output and (self._inner is None or not self._input)

    def decompress(self, data: bytes, size: int) -> bytes:
        try:
            return self._decompress(data, size)
        except self._library.ZstdError as error:
            raise OSError(str(error)) from None

    def _decompress(self, data: bytes, size: int) -> bytes:
        self._input += data
        if self._inner is not None or self._start():
            pieces = [self._output]
            count = len(self._output)
            view, at = memoryview(self._input), 0
            while count < size and at < len(view) and not self._inner.eof:
                # Four bytes may give 128 kB: small pieces bound what comes out at once.
                pieces.append(self._inner.decompress(view[at : at + _ZSTD_PIECE]))
                count += len(pieces[-1])
                at += _ZSTD_PIECE
            self._output, self._input = b"".join(pieces), bytes(view[at:])
            if self._inner.eof and len(self._output) <= size:
                self.eof, self.unused_data = True, self._inner.unused_data + self._input
        given, self._output = self._output[:size], self._output[size:]
        return given

    def _start(self) -> bool:
        """Begin a frame; the first may be a dictionary for all others, as in .warc.zst."""
        head = self._input
        if len(head) < 8:
            return False
        if head.startswith(_ZSTD_DICTIONARY):
            size = int.from_bytes(head[4:8], "little")
            if size > _ZSTD_WINDOW:
                raise OSError("a dictionary of over 128 MB")
            if len(head) < 8 + size:
                return False
            content = head[8 : 8 + size]
            if compression_of(content):
                content = self._library.ZstdDecompressor().decompress(content, max_output_size=_ZSTD_WINDOW)
            self._settings["dict_data"] = self._library.ZstdCompressionDict(content)
            self._input = head[8 + size :]
            return self._start()
        self._inner = self._library.ZstdDecompressor(max_window_size=_ZSTD_WINDOW, **self._settings).decompressobj()
        return True


def _zstd() -> Callable[[], Any]:
    library = need("zstandard", "corpus", "reading .zst")
    settings: dict[str, Any] = {}
    return lambda: _Zstd(library, settings)


_STEPS: Final[dict[str, Callable[[], Callable[[], Any]]]] = {
    "gz": lambda: _Gzip,
    "bz2": lambda: bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor,
    "zst": _zstd,
}
