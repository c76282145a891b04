"""Files made to run code, to write elsewhere, or to take all memory."""

import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from detector import model_file
from tests.model_file.conftest import TEXT, alter, members, refused, same, write


class Bomb:
    def __reduce__(self):
        return (Path("/nonexistent/detonated").write_text, ("boom",))


def test_no_pickle_is_ever_loaded(path, monkeypatch):
    unpickled = []  # to raise alone is not enough: what the reader of an array raises becomes a refusal

    def explode(*_, **__):
        unpickled.append(True)
        raise AssertionError("unpickled")

    bomb = pickle.dumps(Bomb())
    objects = io.BytesIO()
    np.save(objects, np.array([Bomb()], dtype=object), allow_pickle=True)
    monkeypatch.setattr(pickle, "load", explode)
    monkeypatch.setattr(pickle, "loads", explode)
    monkeypatch.setattr(pickle, "Unpickler", explode)
    assert model_file.load(path)
    original = path.read_bytes()
    path.write_bytes(bomb)
    refused(path, "not a model file")
    for data in (bomb, objects.getvalue()):
        path.write_bytes(original)
        alter(path, array="text.mean", data=data)
        refused(path, "'text.mean'")
        path.write_bytes(original)
        alter(
            path,
            array="text.mean",
            data=data,
            manifest=lambda m: m["arrays"]["text.mean"].update(dtype="|O", shape=[1]),
        )
        refused(path, "'text.mean'")
    content = members(path) | {"manifest.json": bomb}
    write(path, content)
    refused(path, "the manifest is not JSON")
    assert not unpickled


def test_a_member_outside_the_folder_is_never_written(path, tmp_path, expected):
    content = members(path)
    record = json.loads(content["manifest.json"])
    record["arrays"]["../outside"] = {"dtype": "|u1", "shape": [1], "sha256": "0"}
    write(path, content | {"../outside.npy": b"x", "/tmp/outside.npy": b"x"})
    before = sorted(tmp_path.parent.rglob("*"))
    assert same(model_file.load(path).model.predict([TEXT]), expected)
    write(path, content | {"../outside.npy": b"x", "manifest.json": json.dumps(record).encode()})
    refused(path, "'../outside'")
    assert sorted(tmp_path.parent.rglob("*")) == before


def _header(shape):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return stream.getvalue()


def test_a_declared_size_of_gigabytes_is_refused_before_anything_is_read(path):
    original = path.read_bytes()
    alter(path, manifest=lambda record: record["arrays"]["text.mean"].update(shape=[1 << 30]))
    refused(path, "'text.mean' has not the size")
    path.write_bytes(original)
    size = json.loads(members(path)["manifest.json"])["arrays"]["text.mean"]["shape"][0] * 4
    alter(path, array="text.mean", data=_header((1 << 30,)) + b"\0" * size)
    refused(path, "'text.mean'")
    path.write_bytes(original)
    alter(path, array="line_weights", data=b"\0" * (100 << 20))
    refused(path, "more than 32 MB")
    write(path, members(path), zipfile.ZIP_DEFLATED)  # a small zip member that unpacks to a lot
    refused(path, "'line_weights' has not the size")


@pytest.mark.parametrize("shape", [(1 << 50,), (1 << 70,)])
def test_a_declared_size_beyond_all_memory_is_refused(path, shape):
    size = json.loads(members(path)["manifest.json"])["arrays"]["text.mean"]["shape"][0] * 4
    alter(path, array="text.mean", data=_header(shape) + b"\0" * size)
    refused(path, "'text.mean'")
