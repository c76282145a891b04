"""The model file: the bytes of its zip, and, with all checksums made right again, what is in it."""

import copy
import functools
import hashlib
import io
import json
import os
import random
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from detector import model_file
from detector.errors import ModelError
from tests.fuzz.harness import in_time, numbers, one_line

SEEDS = tuple(bytes([mode, where, value]) * 40 for mode in range(4) for where, value in ((0, 1), (77, 255), (200, 128)))
_TEXT = "[ad_1]\nThe ferry sank at dawn, the coast guard said.\nRead more: Boats"
_VALUES = (None, True, -1, 0, 1.5, 1 << 80, "", "x", [], {}, [1, 2], float("nan"), float("inf"), "O", "<f8", [1 << 31])


@functools.cache
def _original():
    data = model_file.default_path().read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    return data, members, json.loads(members["manifest.json"])


@functools.cache
def _path():
    return Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)) / "x.detector"


def check(data):
    """The input says what to alter in the model that ships: it is too large to be an input itself."""
    (mode,), rest = numbers(data, 1)
    altered = (_flipped, _manifest, _arrays, _garbage)[mode % 4](rest)
    if altered is None:
        return
    _path().write_bytes(altered)
    with in_time(altered):
        try:
            model = model_file.load(_path()).model
        except ModelError as error:
            one_line(error)
            assert str(error).startswith(f"{_path()}: ")
            return
        verdicts = model.predict([_TEXT])
        for name in ("p_line", "p_noise"):
            values = getattr(verdicts, name)
            assert np.isfinite(values).all()
            assert ((values >= 0) & (values <= 1)).all()


def _flipped(rest):
    """Bytes of the file as they lie."""
    data = bytearray(_original()[0])
    for at in range(0, len(rest) - 3, 4):
        place = int.from_bytes(rest[at : at + 3], "little")
        # The directory at the end is small and the arrays are large: half of the changes go there.
        place = place % len(data) if place & 1 else len(data) - 1 - place // 2 % 4096
        data[place] = rest[at + 3]
    return bytes(data[: -1 - rest[0] * len(data) // 255] if rest and rest[-1] & 1 else data)


def _manifest(rest):
    """Another value, or none, anywhere in the manifest."""
    record = json.loads(_original()[1]["manifest.json"])
    for at in range(0, min(len(rest) - 3, 12), 4):
        node, choices = record, rest[at : at + 4]
        for choice in choices[:3]:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = keys[choice % len(keys)]
            if not isinstance(node[key], (dict, list)) or not node[key] or choice & 1:
                break
            node, key = node[key], None
        if key is not None:
            node[key] = copy.deepcopy(_VALUES[choices[3] % len(_VALUES)])
    return _zip(_original()[1] | {"manifest.json": json.dumps(record).encode()})


def _arrays(rest):
    """Other values in arrays, and headers that say something else, all under right checksums."""
    members = dict(_original()[1])
    record = json.loads(members["manifest.json"])
    names = sorted(name for name in record["arrays"] if len(members[f"{name}.npy"]) < 100_000)
    for at in range(0, min(len(rest) - 4, 20), 5):
        name = names[rest[at] % len(names)]
        data = bytearray(members[f"{name}.npy"])
        place = int.from_bytes(rest[at + 1 : at + 3], "little") % (128 if rest[at + 3] & 1 else len(data))
        data[place] = rest[at + 4]
        members[f"{name}.npy"] = bytes(data)
        record["arrays"][name]["sha256"] = hashlib.sha256(data).hexdigest()
    return _zip(members | {"manifest.json": json.dumps(record).encode()})


def _garbage(rest):
    return rest


def _zip(members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def mutate(data, max_size, seed):
    """Short programs of changes: the fuzzer's own mutations would make inputs as long as it may."""
    import atheris

    mutated = atheris.Mutate(data, min(max_size, 200))
    return mutated if random.Random(seed).random() < 0.9 else mutated[:60]
