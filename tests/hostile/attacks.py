"""Files of ours made to do harm: what each holds, made from the one that it imitates."""

import hashlib
import io
import json
import os
import pickle
import zipfile

import numpy as np

from detector import model_file
from detector.adapt import file as profile_file
from detector.memory.arrays import _MAGIC
from detector.sealed import sealed
from tests.model_file.conftest import npy


class Bomb:
    """Runs a command when it is unpickled."""

    def __reduce__(self):
        return os.system, ("touch detonated",)


def _zip(content, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method, compresslevel=1) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return stream.getvalue()


def _entry(data, dtype="|u1", shape=(1,)):
    return {"dtype": dtype, "shape": shape, "sha256": hashlib.sha256(data).hexdigest()}


def _manifest(arrays, sort):
    record = {"format": sort.FORMAT, "format_version": sort.FORMAT_VERSION, "schema": sort.schema_hash(),
              "kinds": list(model_file.KINDS), "arrays": arrays}  # fmt: skip
    return json.dumps(record).encode()


def _many_large(original, sort):
    data = npy(np.zeros(60 << 20, np.uint8))
    arrays = dict.fromkeys((f"a{n}" for n in range(10)), _entry(data, shape=[60 << 20]))
    return _zip({"manifest.json": _manifest(arrays, sort), **dict.fromkeys((f"{name}.npy" for name in arrays), data)})


def _header_of_4_gb(original, sort):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "|u1", "fortran_order": False, "shape": (1 << 32,)})
    data = stream.getvalue()
    return _zip({"manifest.json": _manifest({"a": _entry(data, shape=[1 << 32])}, sort), "a.npy": data})


def _objects(original, sort):
    stream = io.BytesIO()
    np.save(stream, np.array([Bomb()], object), allow_pickle=True)
    data = stream.getvalue()
    return _zip({"manifest.json": _manifest({"a": _entry(data, "|O")}, sort), "a.npy": data})


def _altered(change, seal=True):
    """The original with another manifest or array, and checksums that are right, at least those of the zip."""

    def make(original, sort):
        with zipfile.ZipFile(io.BytesIO(original)) as archive:
            content = {name: archive.read(name) for name in archive.namelist()}
        record = json.loads(content["manifest.json"])
        change(record, content)
        for name, entry in record["arrays"].items() if seal else ():
            entry["sha256"] = hashlib.sha256(content.get(f"{name}.npy", b"")).hexdigest()
        return _zip(content | {"manifest.json": json.dumps(record).encode()})

    return make


def _larger(record, content):
    name = next(iter(record["arrays"]))
    record["arrays"][name]["shape"] = [1 << 32]


def _another_byte(record, content):
    name = f"{next(iter(record['arrays']))}.npy"
    content[name] = content[name][:-1] + bytes([content[name][-1] ^ 1])


def _filled(value):
    def change(record, content):
        name = next(name for name, entry in record["arrays"].items() if np.dtype(entry["dtype"]).kind == "f")
        array = np.load(io.BytesIO(content[f"{name}.npy"]))
        content[f"{name}.npy"] = npy(np.full_like(array, value))

    return change


ARCHIVES = {
    "a pickle": lambda original, sort: pickle.dumps(Bomb()),
    "a pickle in a zip": lambda original, sort: _zip(dict.fromkeys(("manifest.json", "x.pkl"), pickle.dumps(Bomb()))),
    "an array of objects": _objects,
    "an array of 4 GB": _header_of_4_gb,
    "one of its arrays said to have 4 GB": _altered(_larger),
    "another byte in an array": _altered(_another_byte, seal=False),
    "no numbers": _altered(_filled(np.nan)),
    "infinite numbers": _altered(_filled(np.inf)),
    "ten arrays of 60 MB in 3 MB": _many_large,
    "a manifest of 200 MB": lambda original, sort: _zip({"manifest.json": b'"' + b"x" * (200 << 20) + b'"'}),
    "a manifest nested without end": lambda original, sort: _zip({"manifest.json": b"[" * 1_000_000}),
    "100,000 members": lambda original, sort: _zip({f"{n}": b"" for n in range(100_000)}, zipfile.ZIP_STORED),
    "members elsewhere": lambda original, sort: _zip(
        {"manifest.json": _manifest({"../../x": _entry(b"x")}, sort), "../../x.npy": b"x"}
    ),
    "a name of a million letters": lambda original, sort: _zip(
        {"manifest.json": _manifest({"x" * 1_000_000: _entry(b"x")}, sort)}
    ),
    "50 MB of nothing": lambda original, sort: bytes(50 << 20),
    "a link in a zip": lambda original, sort: _zip({"manifest.json": b"/etc/passwd"}),
    "its first half": lambda original, sort: original[: len(original) // 2],
    "all but its last byte": lambda original, sort: original[:-1],
    "a newer format": _altered(lambda record, content: record.update(format_version=999)),
    "a version of a million letters": _altered(lambda record, _: record.update(format_version="x" * 1_000_000)),
    "a site memory": lambda original, sort: _sites(b"{}"),
}
"""Models of lines and of quality: made of the original and the module that reads it."""


def _sites(header=b"", length=None, rest=b""):
    length = len(header) if length is None else length
    return _MAGIC + length.to_bytes(8, "little") + hashlib.sha256(header).digest() + header + rest


def _declared(size):
    def make(original):
        length = int.from_bytes(original[len(_MAGIC) : len(_MAGIC) + 8], "little")
        header = json.loads(original[len(_MAGIC) + 40 : len(_MAGIC) + 40 + length])
        header["arrays"]["counts"][1] = size
        return _sites(json.dumps(header).encode(), rest=original[len(_MAGIC) + 40 + length :])

    return make


MEMORIES = {
    "a pickle": lambda original: pickle.dumps(Bomb()),
    "a pickle under its magic number": lambda original: _sites(pickle.dumps(Bomb())),
    "a header of 2^63 bytes": lambda original: _sites(b"{}", 1 << 63),
    "a header nested without end": lambda original: _sites(b"[" * 60_000),
    "an array of 4 GB": _declared(1 << 30),
    "an array beyond all memory": _declared(1 << 62),
    "an array of negative length": _declared(-5),
    "a newer format": lambda original: _sites(b'{"format_version": 999}'),
    "a model": lambda original: model_file.default_path().read_bytes(),
}

LABELS = {
    "a pickle": lambda: pickle.dumps(Bomb()),
    "labels swapped": lambda: b'{"lines": [{"text": "x", "label": "article", "kind": "share"}]}',
    "a label that is none": lambda: b'{"lines": [{"text": "x", "label": "content"}]}',
    "infinite weight": lambda: b'{"weight": Infinity, "lines": [{"text": "x", "label": "noise"}]}',
    "no weight": lambda: b'{"weight": NaN, "lines": [{"text": "x", "label": "noise"}]}',
    "nested": lambda: b'{"lines": ' + b"[" * 1_000_000,
    "10 million lists": lambda: b'{"lines": [' + b"[]," * 10_000_000 + b"[]]}",
    "200 MB of nothing": lambda: bytes(200 << 20),
    "an element around itself": lambda: b'{"lines": [{"text": "x"}], "structure": {"elements": [0], "links": [0], '
    b'"images": [0], "parents": [0], "tags": ["p"], "words": [""]}}',
    "an element that is not there": lambda: b'{"lines": [{"text": "x"}], "structure": {"elements": [1099511627776], '
    b'"links": [0], "images": [0], "parents": [-1], "tags": ["p"], "words": [""]}}',
    "a count without end": lambda: b'{"lines": [{"text": "x"}], "structure": {"elements": [0], "links": ['
    + b"9" * 5000 + b'], "images": [0], "parents": [-1], "tags": ["p"], "words": [""]}}',
    "a line in a line": lambda: b'{"lines": [{"text": "x\\ny"}]}',
}  # fmt: skip


def _profile(change, seal=True):
    """The original with a change to the one profile in it, and a checksum that is right."""

    def make(original):
        record = json.loads(original)
        del record["sha256"]
        change(record["sites"]["courier.example"], record)
        return sealed(record) if seal else json.dumps(record).encode()

    return make


PROFILES = {
    "a pickle": lambda original: pickle.dumps(Bomb()),
    "a pickle in a zip": lambda original: _zip({"sites": pickle.dumps(Bomb())}),
    "a weight that is no number": _profile(lambda site, _: site["weights"].update(line=np.nan)),
    "an infinite weight": _profile(lambda site, _: site["weights"].update(line=np.inf)),
    "a weight of 4,000 digits": _profile(lambda site, _: site["weights"].update(line=10**4000)),
    "a weight of a million letters": _profile(lambda site, _: site["weights"].update(line="x" * 1_000_000)),
    "a weight more": _profile(lambda site, _: site["weights"].update(more=1)),
    "an infinite count": _profile(lambda site, _: site["lines"][0].__setitem__(1, np.inf)),
    "a key of a million digits": _profile(lambda site, _: site["lines"][0].__setitem__(0, "f" * 1_000_000)),
    "a threshold that is no number": _profile(lambda site, _: site.update(threshold=np.nan)),
    "a site of a million letters": _profile(lambda _, record: record["sites"].update({"x" * 1_000_000: 0})),
    "nothing said of how it is nested": _profile(lambda site, _: site.update(info="[" * 900 + "]" * 900), seal=False),
    "a model of a million letters": _profile(lambda site, _: site.update(base="x" * 1_000_000)),
    "no checksum": _profile(lambda *_: None, seal=False),
    "one weight another": lambda original: original.replace(b'"line": ', b'"line": 1'),
    "its first half": lambda original: original[: len(original) // 2],
    "a newer format": _profile(lambda _, record: record.update(format_version=profile_file.FORMAT_VERSION + 1)),
    "a version of a million letters": _profile(lambda _, record: record.update(format_version="x" * 1_000_000)),
    "nested without end": lambda original: b'{"sites": ' + b"[" * 1_000_000,
    "10 million lists": lambda original: b'{"sites": [' + b"[]," * 10_000_000 + b"[]]}",
    "200 MB of nothing": lambda original: bytes(200 << 20),
    "a model": lambda original: model_file.default_path().read_bytes(),
}


def _reference(**changes):
    def make(original):
        record = {**json.loads(original), **changes}
        del record["sha256"]
        return sealed(record)

    return make


_RISING = [n / 100 for n in range(101)]
REFERENCES = {
    "a pickle": lambda original: pickle.dumps(Bomb()),
    "percentiles that are no numbers": _reference(quality=[*_RISING[:50], np.nan, *_RISING[51:]]),
    "an infinite percentile": _reference(quality=[*_RISING[:-1], np.inf]),
    "a percentile of 4,000 digits": _reference(quality=[*_RISING[:-1], 10**4000]),
    "percentiles that fall": _reference(quality=_RISING[::-1]),
    "a million percentiles": _reference(quality=[0.5] * 1_000_000),
    "a newer format": _reference(format="detector-reference-2"),
    "one percentile another": lambda original: original.replace(b"0.1", b"0.10", 1),
    "its first half": lambda original: original[: len(original) // 2],
    "nested without end": lambda original: b'{"quality": ' + b"[" * 1_000_000,
    "10 million lists": lambda original: b'{"quality": [' + b"[]," * 10_000_000 + b"[]]}",
    "200 MB of nothing": lambda original: bytes(200 << 20),
}
