import json
import os
import sys

import pytest

from detector.sealed import is_whole, read_json, sealed


@pytest.mark.parametrize("record", [{}, {"a": [1, 0.1, -0.0, None, "\udcff\n"], "b": {"z": 1, "a": 2}}])
@pytest.mark.parametrize("indent", [None, 1])
def test_what_was_sealed_is_whole(record, indent):
    again = json.loads(sealed(record, indent))
    assert is_whole(again)
    assert {name: value for name, value in again.items() if name != "sha256"} == record


def test_what_was_altered_is_not():
    record = json.loads(sealed({"a": [1, 2]}))
    assert not is_whole({**record, "a": [2, 1]})
    assert not is_whole({**record, "b": 0})
    assert not is_whole({"a": [1, 2]})
    assert not is_whole({**record, "sha256": None})


def test_what_cannot_be_encoded_again_is_not_whole():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert not is_whole({"a": deep, "sha256": ""})


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b"1" * 81, b"[" + b"1," * 20 + b"1]"])
def test_what_is_too_large_or_no_json_is_refused(content, tmp_path):
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(ValueError, match=r"."):
        read_json(tmp_path / "x", 80)


def test_what_is_within_bounds_is_read(tmp_path):
    (tmp_path / "x").write_bytes(b"[" + b"1," * 9 + b"1]" + b" " * 59)
    assert read_json(tmp_path / "x", 80) == [1] * 10


@pytest.mark.skipif(sys.platform == "win32", reason="needs pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "x")
    with pytest.raises(OSError, match="not a regular file"):
        read_json(tmp_path / "x", 80)
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "none", 80)
