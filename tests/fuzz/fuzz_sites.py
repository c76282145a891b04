"""The site memory: its bytes as they lie, and with all checksums made right again."""

import copy
import functools
import hashlib
import json
import os
import tempfile
import zlib
from pathlib import Path

import numpy as np

from detector.cleaner import Cleaner
from detector.errors import ModelError
from detector.memory.arrays import _ALIGNMENT, _MAGIC, _PREFIX, read_header
from detector.memory.part import ARRAYS, PART
from detector.memory.sites import MEMORY, MEMORY_ARRAYS, SiteMemory
from detector.page import Page
from tests.fuzz.fuzz_model import _VALUES
from tests.fuzz.harness import in_time, numbers, one_line
from tests.memory.conftest import learn, pages_of

SEEDS = tuple(bytes([mode, where, value]) * 20 for mode in range(4) for where, value in ((0, 1), (77, 255), (200, 128)))
_PAGES = pages_of(
    a=[f"Home\nStory {n}\nShare" for n in range(3)], b=["Home\nIt rained.", "Home\nIt shone."], c=["Alone"]
)


@functools.cache
def _cleaner():
    return Cleaner.load()


@functools.cache
def _path():
    return Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)) / "x.sites"


@functools.cache
def _original():
    """The bytes, the header, and the arrays of a small memory."""
    path = learn(_path().parent, _PAGES).path
    data = Path(path).read_bytes()
    header = read_header(path, {PART: ARRAYS, MEMORY: MEMORY_ARRAYS})
    length = int.from_bytes(data[len(_MAGIC) : len(_MAGIC) + 8], "little")
    arrays = {name: np.frombuffer(data, entry.dtype, entry.size, entry.offset) for name, entry in header.arrays.items()}
    return data, json.loads(data[_PREFIX : _PREFIX + length]), arrays


def check(data):
    (mode,), rest = numbers(data, 1)
    altered = (_flipped, _header, _arrays, bytes)[mode % 4](rest)
    _path().write_bytes(altered)
    with in_time(altered):
        try:
            memory = SiteMemory.load(_path())
        except ModelError as error:
            one_line(error)
            assert str(error).startswith(f"{_path()}: ")
            return
        for site in memory.sites[:5]:
            if site.site:
                _try_repeated(memory, site.site)
        cleaner = Cleaner(_cleaner().model, memory=memory)
        for page in cleaner.clean_many([*_PAGES, Page("x\ny", site="unknown"), Page("z")]):
            assert ((page.scores.p_noise >= 0) & (page.scores.p_noise <= 1)).all()
            assert page.text == "".join(page.page.text[start:end] for start, end in page.spans)


def _try_repeated(memory, site):
    from detector.errors import InputError

    try:
        assert all(line.text is not None for line in memory.repeated(site))
    except InputError as error:  # the name and its key do not fit: forged
        one_line(error)


def _flipped(rest):
    data = bytearray(_original()[0])
    for at in range(0, len(rest) - 2, 3):
        data[int.from_bytes(rest[at : at + 2], "little") % len(data)] = rest[at + 2]
    return bytes(data[: -1 - rest[0] * len(data) // 255] if rest and rest[-1] & 1 else data)


def _header(rest):
    _, header, arrays = copy.deepcopy(_original())
    for at in range(0, min(len(rest) - 2, 9), 3):
        node, choices = header, rest[at : at + 3]
        key = sorted(node)[choices[0] % len(node)]
        if key == "arrays" and isinstance(node[key], dict) and node[key] and choices[0] & 64:
            node = node[key]
            key = sorted(node)[choices[1] % len(node)]
            if isinstance(node[key], list) and node[key] and choices[1] & 64:
                node, key = node[key], choices[1] % len(node[key])
        node[key] = copy.deepcopy(_VALUES[choices[2] % len(_VALUES)])
    return _put(header, arrays)


def _arrays(rest):
    _, header, arrays = copy.deepcopy(_original())
    for at in range(0, min(len(rest) - 3, 40), 4):
        name = sorted(arrays)[rest[at] % len(arrays)]
        array = bytearray(arrays[name].tobytes())
        if array:
            array[rest[at + 1] % len(array)] = rest[at + 2]
        size = np.dtype(MEMORY_ARRAYS[name]).itemsize
        if rest[at + 3] % 8 == 0:
            array = array[:-size]
        arrays[name] = np.frombuffer(bytes(array), MEMORY_ARRAYS[name])
        header["arrays"][name][1:] = [len(arrays[name]), zlib.crc32(bytes(array))]
    return _put(header, arrays)


def _put(header, arrays):
    encoded = json.dumps(header).encode()
    data = _MAGIC + len(encoded).to_bytes(8, "little") + hashlib.sha256(encoded).digest() + encoded
    for array in arrays.values():
        data += bytes(-len(data) % _ALIGNMENT) + array.tobytes()
    return data
