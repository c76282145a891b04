"""A full disk, and writes, fsyncs and renames that fail."""

import errno
import os
import subprocess
import sys

import pytest

from detector import model_file
from detector.errors import OutputError
from tests.faults.conftest import ROOT, WRITERS, content, finishes_as, hidden

posix = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


def refused(code, said, reason):
    assert code == 2, said
    assert "Traceback" not in said
    errors = [line for line in said.splitlines() if line.startswith("detector: error: ")]
    assert len(errors) == 1, said
    assert "cannot be" in errors[0]
    assert reason in errors[0]


@posix
@pytest.mark.parametrize("name", WRITERS)
def test_a_disk_that_is_full_is_one_line_and_with_room_the_same_command_ends_well(name, bench, whole, small_disk):
    total = sum(map(len, whole[name].values()))
    out = small_disk(max(total // 2 & -4096, 4096))
    if total <= 4096:
        (out / ".filler").write_bytes(bytes(4096))  # no disk is smaller than a block
    code, said = bench.run(name, out)
    refused(code, said, "No space left on device")
    assert hidden(out) == [] or "corpus" in name
    for path, data in content(out).items():
        assert data == whole[name][path], "half a file under a final name"
    small_disk.grow("64m")
    finishes_as(bench, name, out, whole[name])
    assert hidden(out) == []
    assert list(out.rglob("*.unfinished")) == []


_THIRD = """
real, count = os.fsync, [0]
def third(*a):
    count[0] += 1
    return fail() if count[0] == 3 else real(*a)
os.fsync = third
"""
FAILING = {"fsync": "os.fsync = fail", "replace": "os.replace = fail", "fsync, the third time": _THIRD}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("fault", FAILING)
def test_calls_that_fail_leave_the_old_file(fault, name, bench, whole, tmp_path):
    """Workers are other processes, so only the run of those commands fails."""
    for path in whole[name]:
        if "folder" not in path and name != "adapt":  # which adds to its file, and refuses another
            (tmp_path / path).write_bytes(b"old")
    before = f"import os\ndef fail(*a): raise OSError({errno.EIO}, 'Input/output error')\n{FAILING[fault]}"
    code, said = bench.run(name, tmp_path, before=before)
    if "third" in fault and code == 0:
        assert content(tmp_path) == whole[name]  # it was not called so often
        return
    refused(code, said, "Input/output error")
    assert hidden(tmp_path) == [] or "corpus" in name
    for path, data in content(tmp_path).items():
        assert data in (b"old", whole[name][path])
    finishes_as(bench, name, tmp_path, whole[name])
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("call", ["fsync", "replace", "chmod"])
def test_a_model_that_cannot_be_written_leaves_the_old_one(call, tiny_model, tiny_path, tmp_path, monkeypatch):
    path = tmp_path / "m.detector"
    path.write_bytes(tiny_path.read_bytes())

    def fail(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OutputError, match=r"m\.detector: cannot be written: Input/output error"):
        model_file.save(path, tiny_model, {"another": 1})
    assert path.read_bytes() == tiny_path.read_bytes()
    assert [entry.name for entry in tmp_path.iterdir()] == ["m.detector"]


@posix
def test_standard_output_that_is_full(bench):
    with open("/dev/full", "wb") as full:
        for words in (["explain", "pages/a.txt"], ["clean", "pages/a.txt"], ["report", "pages"]):
            code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from detector.cli import main; main()"
            command = [sys.executable, "-c", code, words[0], "--model", str(bench.model), *words[1:]]
            done = subprocess.run(command, cwd=bench.folder, stdout=full, stderr=subprocess.PIPE, check=False)
            refused(done.returncode, done.stderr.decode(), "No space left on device")
