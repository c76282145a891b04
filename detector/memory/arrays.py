"""Files of plain arrays that are mapped into memory: checked before use, and nothing in them can run.

A file is a magic number, the length and SHA-256 of a header, the header as JSON, and the arrays one after
the other, little-endian, each at a multiple of 64 bytes.  The header says how long each array is and what its
checksum is, so the hash of the header names the whole content.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.errors import ModelError, shortened
from detector.files import check_regular

FORMAT_VERSION: Final = 1
"""Raised when the layout changes, or the keys of lines do (see `detector.segment.keys`)."""

_MAGIC: Final = b"detector-sites\r\n"
_PREFIX: Final = len(_MAGIC) + 8 + 32
_ALIGNMENT: Final = 64
_MOST_HEADER: Final = 1 << 16
_PIECE: Final = 1 << 20

Array = NDArray[Any]


class Entry(NamedTuple):
    """Where an array stands in a file: its element type, length, first byte and checksum."""

    dtype: str
    size: int
    offset: int
    crc32: int


class Header(NamedTuple):
    """What a file says of itself.

    Parameters
    ----------
    info
        ``kind`` and what belongs to it.
    arrays
        Each array by its name.
    digest
        Hash of the header; two files with the same one hold the same.
    """

    info: dict[str, Any]
    arrays: dict[str, Entry]
    digest: str


class WholeArray:
    """An array that is in memory, see `write_file`."""

    def __init__(self, name: str, dtype: str, values: Array) -> None:
        self.name, self.dtype, self.size = name, dtype, len(values)
        self._data = _bytes_of(np.ascontiguousarray(values, dtype))
        self.crc32 = zlib.crc32(self._data)

    def move_to(self, target: BinaryIO) -> None:
        """Write the array to its place."""
        target.write(self._data)


class ArrayWriter:
    """An array that grows on the disk until `write_file` puts it in its place.

    Parameters
    ----------
    folder
        A folder for unfinished arrays.
    name, dtype
        Its name and the type of its elements.
    """

    def __init__(self, folder: str, name: str, dtype: str) -> None:
        self.name, self.dtype = name, dtype
        self.path = os.path.join(folder, f"{name}-{os.urandom(6).hex()}.array")
        self.size = self.crc32 = 0
        self._stream = open(self.path, "xb")  # noqa: SIM115

    def append(self, values: Array) -> None:
        """Add elements at the end."""
        data = _bytes_of(np.ascontiguousarray(values, self.dtype))
        self._stream.write(data)
        self.crc32 = zlib.crc32(data, self.crc32)
        self.size += len(values)

    def close(self) -> None:
        """Close what was written."""
        self._stream.close()

    def move_to(self, target: BinaryIO) -> None:
        """Copy the array to its place and remove it here."""
        self.close()
        with open(self.path, "rb") as stream:
            while piece := stream.read(_PIECE):
                target.write(piece)
        os.unlink(self.path)


@contextlib.contextmanager
def array_writers(folder: str, dtypes: Mapping[str, str]) -> Iterator[dict[str, ArrayWriter]]:
    """Open a writer for each array of a kind of file, by name; the folder is the caller's to remove."""
    with contextlib.ExitStack() as stack:
        writers = {}
        for name, dtype in dtypes.items():
            writers[name] = ArrayWriter(folder, name, dtype)
            stack.callback(writers[name].close)
        yield writers


def write_file(stream: BinaryIO, info: Mapping[str, Any], writers: Sequence[ArrayWriter | WholeArray]) -> None:
    """Put a file together; the same arrays and `info` give the same bytes."""
    arrays = {writer.name: [writer.dtype, writer.size, writer.crc32] for writer in writers}
    header = json.dumps({"format_version": FORMAT_VERSION, **info, "arrays": arrays}).encode()
    stream.write(_MAGIC + len(header).to_bytes(8, "little") + hashlib.sha256(header).digest() + header)
    at = _PREFIX + len(header)
    for writer in writers:
        stream.write(bytes(-at % _ALIGNMENT))
        at += -at % _ALIGNMENT + writer.size * np.dtype(writer.dtype).itemsize
        writer.move_to(stream)


def read_header(path: Path | str, dtypes: Mapping[str, Mapping[str, str]]) -> Header:
    """Read a file's header and check it against the file.

    Parameters
    ----------
    path
        The file.
    dtypes
        For each kind of file the type of each of its arrays.

    Raises
    ------
    ModelError
        The file is missing, truncated, altered, too new, or something else.
    """
    try:
        check_regular(path)
        with open(path, "rb") as stream:
            prefix = stream.read(_PREFIX)
            if not prefix.startswith(_MAGIC):
                raise ModelError(f"{path}: not a site memory; `detector sites learn` makes one")
            length = int.from_bytes(prefix[len(_MAGIC) : len(_MAGIC) + 8], "little")
            data = stream.read(length) if length <= _MOST_HEADER else b""
            size = os.fstat(stream.fileno()).st_size
    except FileNotFoundError:
        raise ModelError(f"{path}: no such site memory") from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror or error}") from None
    if hashlib.sha256(data).digest() != prefix[len(_MAGIC) + 8 :]:
        raise ModelError(f"{path}: the site memory is damaged or altered (the checksum of its header differs)")
    try:
        info = json.loads(data)
        version = info.pop("format_version")
        if version != FORMAT_VERSION:
            raise ModelError(
                f"{path}: is a site memory of format {shortened(version)}, "
                f"this package reads {FORMAT_VERSION}; learn it anew"
            )
        arrays = _entries(info.pop("arrays"), dtypes[info["kind"]], _PREFIX + length)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"{path}: the site memory is incomplete or altered ({shortened(error)})") from None
    end = max((_end(entry) for entry in arrays.values()), default=_PREFIX + length)
    if size != end:
        raise ModelError(f"{path}: the site memory is damaged: it has {size:,} bytes and should have {end:,}")
    return Header(info, arrays, hashlib.sha256(data).hexdigest())


def _entries(listed: Any, dtypes: Mapping[str, str], at: int) -> dict[str, Entry]:
    entries = {}
    for name, (dtype, size, crc32) in listed.items():
        if dtypes[name] != dtype or type(size) is not int or size < 0:
            raise ValueError(f"array {name!r} is not what it should be")
        entries[name] = Entry(dtype, size, at + -at % _ALIGNMENT, crc32)
        at = _end(entries[name])
    if missing := set(dtypes) - set(entries):
        raise ValueError(f"array {sorted(missing)[0]!r} is missing")
    return entries


def _end(entry: Entry) -> int:
    return entry.offset + entry.size * np.dtype(entry.dtype).itemsize


def map_arrays(path: Path | str, header: Header, *, verify: bool) -> dict[str, Array]:
    """Map the arrays of a file into memory, read-only.

    Parameters
    ----------
    path, header
        The file and what `read_header` gave of it.
    verify
        Whether the checksum of each array is looked at, which reads the whole file once.

    Raises
    ------
    ModelError
        A checksum differs, or the file cannot be mapped.
    """
    try:
        with open(path, "rb") as stream:
            mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        arrays = {
            name: np.frombuffer(mapped, entry.dtype, entry.size, entry.offset) for name, entry in header.arrays.items()
        }
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: cannot be mapped into memory: {error}") from None
    if verify:
        for name, array in arrays.items():
            if zlib.crc32(_bytes_of(array)) != header.arrays[name].crc32:
                raise ModelError(f"{path}: the site memory is damaged or altered (the checksum of {name!r} differs)")
    return arrays


def _bytes_of(array: Array) -> memoryview | bytes:
    return array.data.cast("B") if len(array) else b""


class ArrayReader:
    """An array read piece by piece: what is mapped would count as memory in use.

    Parameters
    ----------
    stream
        The file.
    entry
        Where the array stands in it.
    """

    def __init__(self, stream: BinaryIO, entry: Entry) -> None:
        self._stream, self._entry = stream, entry
        self._at = self._crc32 = 0

    @property
    def left(self) -> int:
        """How many elements have not been read."""
        return self._entry.size - self._at

    def read(self, count: int) -> Array:
        """Read the next elements; with the last ones the checksum is looked at.

        Raises
        ------
        ModelError
            The file is damaged, or has changed since it was opened.
        """
        dtype = np.dtype(self._entry.dtype)
        self._stream.seek(self._entry.offset + self._at * dtype.itemsize)
        data = self._stream.read(min(count, self.left) * dtype.itemsize)
        self._crc32 = zlib.crc32(data, self._crc32)
        self._at += count
        if len(data) != count * dtype.itemsize or (not self.left and self._crc32 != self._entry.crc32):
            raise ModelError(f"{self._stream.name}: is damaged or altered (a checksum differs)")
        return np.frombuffer(data, dtype)
