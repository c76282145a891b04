"""Compressed streams: whole, in members, cut off, corrupt, and bombs."""

import bz2
import functools
import gzip
import io
import lzma
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.corpus.compression import DamagedError, compressor, decompressed


def zstd(data):
    return pytest.importorskip("zstandard").ZstdCompressor(write_checksum=True).compress(data)


PACK = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd}
each = pytest.mark.parametrize("name", PACK)


def unpack(data, name, ratio=500):
    return decompressed(io.BytesIO(data), name, ratio).read()


@each
@settings(max_examples=20)  # each of up to three million bytes
@given(st.lists(st.binary(max_size=2000), max_size=4), st.sampled_from([1, 700_000]))
def test_members_one_after_the_other_are_one_stream(name, pieces, times):
    pieces = [piece * (times // (len(piece) + 1) + 1) for piece in pieces]
    assert unpack(b"".join(map(PACK[name], pieces)), name) == b"".join(pieces)


@each
def test_what_is_written_can_be_read_and_is_the_same_each_time(name):
    if name == "zst":
        pytest.importorskip("zstandard")
    written = []
    for _ in range(2):
        raw = io.BytesIO()
        stream = compressor(raw, name)
        stream.write(b"a line\n" * 1000)
        stream.close()
        written.append(raw.getvalue())
    assert written[0] == written[1]
    assert unpack(written[0], name) == b"a line\n" * 1000


@each
def test_what_comes_before_the_damage_is_given(name):
    data = os.urandom(800_000).hex().encode()
    packed = PACK[name](data)
    for broken, message in (
        (packed[:-9], "cut off"),
        (packed[: len(packed) // 2], "cut off"),
        (packed + b"no member", "damaged|cut off"),
    ):
        stream, pieces = decompressed(io.BytesIO(broken), name, 500), []
        with pytest.raises(DamagedError, match=message):
            pieces.extend(iter(functools.partial(stream.read1, 1 << 16), b""))
        assert data.startswith(b"".join(pieces))


@each
def test_corrupt_streams(name):
    packed = PACK[name](os.urandom(800_000).hex().encode())
    with pytest.raises(DamagedError, match="damaged"):
        unpack(packed[:400_000] + b"\xff" * 400 + packed[400_400:], name)


@each
def test_bombs_are_not_read_to_their_end(name):
    packed = PACK[name](bytes(170 << 20))
    stream = decompressed(io.BytesIO(packed), name, 500)
    sizes = []
    with pytest.raises(DamagedError, match="more than 500 times its size"):
        sizes.extend(map(len, iter(lambda: stream.read(1 << 20), b"")))
    assert sum(sizes) <= 160 << 20


def test_zeros_behind_the_last_member():
    assert unpack(gzip.compress(b"a") + b"\0" * 512, "gz") == b"a"


def test_a_dictionary_in_front_of_zstd():
    library = pytest.importorskip("zstandard")
    samples = [f"WARC/1.0 record {n} with a page about number {n * 7} and more of it".encode() for n in range(2000)]
    dictionary = library.train_dictionary(2000, samples)
    packed = b"".join(library.ZstdCompressor(dict_data=dictionary).compress(sample) for sample in samples[:50])
    content = dictionary.as_bytes()
    for inner in (content, library.compress(content)):
        head = b"\x5d\x2a\x4d\x18" + len(inner).to_bytes(4, "little") + inner
        assert unpack(head + packed, "zst") == b"".join(samples[:50])


def test_a_window_that_needs_much_memory_is_refused():
    library = pytest.importorskip("zstandard")
    parameters = library.ZstdCompressionParameters(window_log=30, enable_ldm=True)
    packer = library.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(DamagedError, match="damaged"):
        unpack(packer.compress(b"a" * 1000) + packer.flush(), "zst")
