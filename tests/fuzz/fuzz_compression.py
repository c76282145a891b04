"""Decompression: of what is whole, cut off, damaged, or a bomb."""

import bz2
import gzip
import lzma

import zstandard

from detector.corpus.compression import DamagedError, decompressed
from tests.fuzz.harness import in_time, numbers, one_line

PACK = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstandard.ZstdCompressor().compress}
_NAMES = tuple(PACK)
_PLAIN = b'{"text": "A line."}\n' * 9
SEEDS = (
    *(bytes([number, 0]) + pack(_PLAIN) * 2 for number, pack in enumerate(PACK.values())),
    *(bytes([number, 9]) + pack(_PLAIN)[:-3] for number, pack in enumerate(PACK.values())),
    *(bytes([number + 4, 1]) + _PLAIN for number in range(len(PACK))),
    b"\3\0" + b"\x5d\x2a\x4d\x18\x04\0\0\0abcd" + PACK["zst"](b"x"),
)


class _Slow:
    """A stream that gives a few bytes at a time."""

    def __init__(self, data, step):
        self._data, self._step, self._at = data, step, 0

    def read(self, size=-1):
        size = self._step if size < 0 else min(size, self._step)
        piece = self._data[self._at : self._at + size]
        self._at += len(piece)
        return piece


def check(data):
    (mode, step), rest = numbers(data, 2)
    name = _NAMES[mode % 4]
    with in_time(data):
        if mode % 8 >= 4:  # whole
            members = PACK[name](rest[: len(rest) // 2]) + PACK[name](rest[len(rest) // 2 :])
            assert _read(members, name, step) == (rest, None)
            cut = members[: -1 - step % len(members)]
            given, error = _read(cut, name, 255)
            assert rest.startswith(given)
            assert error is None or isinstance(error, DamagedError)
        else:
            given, error = _read(rest, name, step)
            again, other = _read(rest, name, 255)
            # Of a frame that ends early, libzstd itself says by how it came whether it is damaged.
            assert name == "zst" or (error is None) == (other is None), (
                "how the bytes come decides whether they are damaged"
            )
            if error is None and other is None:
                assert given == again


def _read(data, name, step):
    stream = decompressed(_Slow(data, step + 1), name, 100)
    given = bytearray()
    try:
        while piece := stream.read1(1 << 16):
            given += piece
            assert len(given) <= (64 << 20) + (1 << 20), "a bomb"
    except DamagedError as error:
        one_line(error)
        return bytes(given), error
    return bytes(given), None
