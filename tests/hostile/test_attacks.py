"""Model, site and label files made to do harm: refused before use, in one line, in bounded memory and time.

Each is opened in a process of its own that is given little memory and little time, and that may run nothing.
"""

import hashlib
import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from detector import model_file
from detector.errors import ModelError
from detector.memory.arrays import _MAGIC
from tests.conftest import PATIENCE
from tests.memory.conftest import learn, pages_of
from tests.model_file.conftest import members, npy

ROOT = Path(__file__).parent.parent.parent
MEGABYTES = 600
SECONDS = 20


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


def _manifest(arrays):
    record = {"format": model_file.FORMAT, "format_version": model_file.FORMAT_VERSION,
              "schema": model_file.schema_hash(), "kinds": list(model_file.KINDS), "arrays": arrays}  # fmt: skip
    return json.dumps(record).encode()


def _many_large():
    data = npy(np.zeros(60 << 20, np.uint8))
    arrays = dict.fromkeys((f"a{n}" for n in range(40)), _entry(data, shape=[60 << 20]))
    return _zip({"manifest.json": _manifest(arrays), **dict.fromkeys((f"{name}.npy" for name in arrays), data)})


def _header_of_4_gb():
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "|u1", "fortran_order": False, "shape": (1 << 32,)})
    data = stream.getvalue()
    return _zip({"manifest.json": _manifest({"a": _entry(data, shape=[1 << 32])}), "a.npy": data})


def _objects():
    stream = io.BytesIO()
    np.save(stream, np.array([Bomb()], object), allow_pickle=True)
    data = stream.getvalue()
    return _zip({"manifest.json": _manifest({"a": _entry(data, "|O")}), "a.npy": data})


MODELS = {
    "a pickle": lambda: pickle.dumps(Bomb()),
    "a pickle in a zip": lambda: _zip({"manifest.json": pickle.dumps(Bomb()), "data.pkl": pickle.dumps(Bomb())}),
    "an array of objects": _objects,
    "an array of 4 GB": _header_of_4_gb,
    "forty arrays of 60 MB in 2 MB": _many_large,
    "a manifest of 200 MB": lambda: _zip({"manifest.json": b'"' + b"x" * (200 << 20) + b'"'}),
    "a manifest nested without end": lambda: _zip({"manifest.json": b"[" * 1_000_000}),
    "100,000 members": lambda: _zip({f"{n}": b"" for n in range(100_000)}, zipfile.ZIP_STORED),
    "members elsewhere": lambda: _zip({"manifest.json": _manifest({"../../x": _entry(b"x")}), "../../x.npy": b"x"}),
    "50 MB of nothing": lambda: bytes(50 << 20),
    "a link in a zip": lambda: _zip({"manifest.json": b"/etc/passwd"}),
}


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
    "an element around itself": lambda: b'{"lines": [{"text": "x"}], "structure": {"elements": [0], "links": [0], '
    b'"images": [0], "parents": [0], "tags": ["p"], "words": [""]}}',
    "an element that is not there": lambda: b'{"lines": [{"text": "x"}], "structure": {"elements": [1099511627776], '
    b'"links": [0], "images": [0], "parents": [-1], "tags": ["p"], "words": [""]}}',
    "a count without end": lambda: b'{"lines": [{"text": "x"}], "structure": {"elements": [0], "links": ['
    + b"9" * 5000 + b'], "images": [0], "parents": [-1], "tags": ["p"], "words": [""]}}',
    "a line in a line": lambda: b'{"lines": [{"text": "x\\ny"}]}',
}  # fmt: skip


def refused(folder, *words):
    """Run a command with little memory and time; the one line that it says."""
    code = (
        f"import sys, resource; sys.path.insert(0, {str(ROOT)!r})\n"
        f"resource.setrlimit(resource.RLIMIT_AS, ({MEGABYTES << 20},) * 2)\n"
        f"resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS},) * 2)\n"
        "from detector.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        cwd=folder, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"}, capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    said = done.stderr.decode()
    assert done.returncode == 2, said
    assert done.stdout == b""
    assert said.startswith("detector: error: ")
    assert said.count("\n") == 1
    assert "defect" not in said
    assert "MemoryError" not in said
    assert not (folder / "detonated").exists()
    return said


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")


@pytest.mark.parametrize("name", MODELS)
def test_a_model_file_made_to_do_harm_is_refused(name, tmp_path):
    (tmp_path / "x.detector").write_bytes(MODELS[name]())
    (tmp_path / "a.txt").write_text("A line.")
    assert "x.detector: " in refused(tmp_path, "clean", "a.txt", "--model", "x.detector")


@pytest.mark.parametrize("name", MEMORIES)
def test_a_site_memory_made_to_do_harm_is_refused(name, tmp_path):
    original = Path(learn(tmp_path, pages_of(a=["Home\nOne", "Home\nTwo"])).path).read_bytes()
    (tmp_path / "x.sites").write_bytes(MEMORIES[name](original))
    assert "x.sites: " in refused(tmp_path, "sites", "show", "x.sites")
    (tmp_path / "a.txt").write_text("A line.")
    assert "x.sites: " in refused(tmp_path, "clean", "a.txt", "--sites", "x.sites", "--site", "a")


@pytest.mark.parametrize("name", LABELS)
def test_a_label_file_made_to_do_harm_is_refused(name, tmp_path):
    (tmp_path / "x.jsonl").write_bytes(LABELS[name]())
    for words in (("evaluate", "x.jsonl"), ("train", "x.jsonl", "-o", "y.detector")):
        assert "x.jsonl:1" in refused(tmp_path, *words)
    assert not (tmp_path / "y.detector").exists()


def test_bits_flipped_in_any_region_of_a_model_are_noticed(tmp_path):
    """Every member's data, every header of a member, and the directory."""
    data = model_file.default_path().read_bytes()
    path = tmp_path / "x.detector"
    rng = np.random.default_rng(3)
    names = set(members(model_file.default_path()))
    flips = [*rng.integers(0, len(data), 60), *range(len(data) - 22, len(data))]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        flips += [info.header_offset + int(rng.integers(30)) for info in archive.infolist()]
    harmless = 0
    expected = model_file.load().manifest
    for at in flips:
        altered = bytearray(data)
        altered[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(altered)
        try:
            manifest = model_file.load(path).manifest
        except ModelError:
            continue
        else:
            harmless += 1  # a date, a version: nothing that is used
            assert manifest == expected
            assert set(members(path)) == names
    assert harmless < 0.7 * len(flips)


def test_a_model_behind_a_pipe_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "x.detector")
    (tmp_path / "a.txt").write_text("A line.")
    assert "not a regular file" in refused(tmp_path, "clean", "a.txt", "--model", "x.detector")
