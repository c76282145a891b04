"""What the world does to a run: pipes, loops, full disks, folders that cannot be written, missing libraries."""

import gzip
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import PATIENCE
from tests.corpus.conftest import ROOT, records

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")


def one_line(result, message, code=2):
    assert result.exit_code == code, result.output
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output


@posix
def test_pipes_and_loops_in_a_folder(corpus, clean, tmp_path):
    crawl = tmp_path / "crawl"
    (crawl / "sub").mkdir(parents=True)
    os.mkfifo(crawl / "a.jsonl")
    (crawl / "b.jsonl").symlink_to(crawl / "b.jsonl")
    (crawl / "sub" / "loop").symlink_to(crawl)
    (crawl / "c.jsonl").mkdir()
    (crawl / "d.jsonl").write_bytes(corpus.read_bytes())
    result = clean(crawl, "-o", tmp_path / "out", "--workers", 1)
    assert result.exit_code == 1
    assert "a.jsonl: not a regular file" in result.stderr
    assert "b.jsonl: Too many levels of symbolic links" in result.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["d.jsonl"]


@posix
def test_a_pipe_alone(clean, tmp_path):
    os.mkfifo(tmp_path / "a.jsonl")
    one_line(clean(tmp_path / "a.jsonl", "-o", tmp_path / "out.jsonl"), "a.jsonl: not a regular file")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["pages.jsonl", "-o", "pages.jsonl"], "is an input"),
        (["pages.jsonl", "-o", "link.jsonl"], "is an input"),
        (["pages.jsonl", "-o", "."], "is an input"),
        (["pages.jsonl", "-o", "new.jsonl", "--removed", "new.jsonl"], "twice"),
        (["pages.jsonl", "-o", "new.jsonl", "--removed", "pages.jsonl"], "is an input"),
        (["pages.jsonl", "-o", "new.jsonl", "--summary", "pages.jsonl"], "is an input"),
        (["pages.jsonl", "-o", "new.jsonl", "--errors", "new.jsonl"], "twice"),
        (["pages.jsonl", "pages.jsonl", "-o", "new"], "twice"),
        (["pages.jsonl", "-o", "text.txt"], "is a file; name a folder"),
        (["pages.jsonl", "-o", "new.txt"], "a folder of this name would end with /"),
        (["pages.jsonl", "-o", "new.csv"], "a folder of this name would end with /"),
        (["pages.jsonl", "-o", "new.warc.gz"], "a folder of this name would end with /"),
        (["text.txt", "-o", "new.md", "--min-quality", "0.5"], "a folder of this name would end with /"),
        (["no.jsonl", "-o", "new.jsonl"], "no.jsonl: No such file"),
        (["no*.jsonl", "-o", "new.jsonl"], "no file is of this pattern"),
        (["pages.jsonl", "-o", "new.jsonl", "--workers", "0"], "--workers must be a number from 1"),
        (["pages.jsonl", "-o", "new.jsonl", "--workers", "x"], "--workers must be a number from 1"),
        (["pages.jsonl", "-o", "new.jsonl", "--max-errors", "-1"], "--max-errors must be"),
        (["pages.jsonl", "-o", "new.jsonl", "--shard-mb", "nan"], "--shard-mb must be"),
        (["pages.jsonl", "-o", "new.jsonl", "--keep", "adverts"], "unknown kind 'adverts'"),
        (["pages.jsonl", "-o", "new.jsonl", "--threshold", "2"], "from 0 to 1"),
        (["pages.jsonl", "-o", "new.jsonl", "--threshold", "half"], "from 0 to 1"),
        (["pages.jsonl", "-o", "new.jsonl", "--mode", "cut"], "mode must be"),
        (["pages.jsonl", "--format", "jsonl", "--workers", "2"], "--workers is for corpora"),
        (["pages.jsonl", "-o", "new.jsonl", "--text-field", "body"], "'body' is missing"),
        (["what.gz", "-o", "new.jsonl"], "does not tell what is compressed"),
        (["pages.jsonl", "-o", "new.jsonl", "--removed", "r.parquet"], "is written as JSONL"),
    ],
)
@posix
def test_refusals_leave_everything_as_it_was(clean, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    Path("pages.jsonl").write_text('{"text": "A line."}\n')
    Path("text.txt").write_text("A line.")
    Path("what.gz").write_bytes(gzip.compress(b"a"))
    Path("link.jsonl").symlink_to("pages.jsonl")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    result = clean(*arguments)
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    for path in tmp_path.glob("new*.errors.jsonl"):
        path.unlink()  # where a page failed it is named
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(corpus, clean, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    one_line(clean(corpus, "-o", tmp_path / "locked" / "o.jsonl"), "cannot be made: Permission denied")


def test_a_folder_that_is_missing_is_made(corpus, clean, tmp_path):
    assert clean(corpus, "-o", tmp_path / "new" / "o.jsonl", "--workers", 1).exit_code == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk(corpus, start, clean, tmp_path):
    with open("/dev/full", "wb") as full:
        running = start(corpus, "--workers", "1", stdout=full)
        assert running.wait(PATIENCE) == 2
        assert running.stderr.read() == (
            b"detector: error: standard output: cannot be written: No space left on device\n"
        )
    result = clean(corpus, "-o", "/dev/full", "--workers", 1)
    one_line(result, "/dev/full: cannot be written: No space left on device")


@posix
def test_a_disk_that_fills_up_keeps_what_is_done(corpus, clean, tmp_path, tiny_path):
    """A limit on the size of files stands for the disk."""
    corpus.write_bytes(corpus.read_bytes() * 6)
    arguments = [corpus, "-o", tmp_path / "o.jsonl", "--workers", "1", "--shard-mb", "0.02"]
    code = (
        "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\nfrom detector.cli import main\nmain()"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, "clean", "--model", tiny_path, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=PATIENCE,
    )
    assert (result.returncode, result.stderr.count(b"\n")) == (2, 1), result.stderr
    assert b"o.jsonl: cannot be written: File too large" in result.stderr
    assert not (tmp_path / "o.jsonl").exists()
    again = clean(*arguments)
    assert again.exit_code == 0
    assert "were done before" in again.stderr


@posix
def test_a_closed_pipe_ends_quietly(corpus, start, tmp_path):
    corpus.write_bytes(corpus.read_bytes() * 20)
    running = start(corpus, "--workers", "2", "--shard-mb", "0.02", stdout=subprocess.PIPE)
    running.stdout.read(100)
    running.stdout.close()
    assert running.wait(PATIENCE) == 141
    assert running.stderr.read() == b""
    assert not [path for path in tmp_path.iterdir() if path != corpus]


def test_a_bomb_is_one_line(clean, tmp_path):
    good = b'{"text": "A line of text."}\n'
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(good) + gzip.compress(bytes(120 << 20)))
    result = clean(tmp_path / "a.jsonl.gz", "-o", tmp_path / "o.jsonl", "--workers", 1)
    assert result.exit_code == 1
    assert "a.jsonl.gz: cannot be read on: grows to more than 500 times its size" in result.stderr
    assert len(records(tmp_path / "o.jsonl")) == 1


def test_a_folder_may_have_the_name_of_a_file(clean, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "A line."}\n')
    for _ in range(2):  # the second time it is there
        result = clean(tmp_path / "a.jsonl", "-o", f"{tmp_path / 'new.txt'}{os.sep}")
        assert (result.exit_code, os.listdir(tmp_path / "new.txt")) == (0, ["a.jsonl"])


@pytest.mark.parametrize("packed", [False, True])
def test_a_record_of_200_mb_is_passed_over(clean, tmp_path, packed):
    path = tmp_path / ("a.jsonl.gz" if packed else "a.jsonl")
    with gzip.open(path, "wb", 1) if packed else open(path, "wb") as stream:
        stream.write(b'{"text": "A line of text."}\n{"text": "')
        for n in range(200):
            stream.write(os.urandom(1 << 9).hex().encode() * (1 << 10) if packed or n % 50 == 0 else b"x" * (1 << 20))
        stream.write(b'"}\n{"text": "Another line of text."}\n')
    result = clean(path, "-o", tmp_path / "o.jsonl", "--threshold", "1", "--workers", 1)
    assert result.exit_code == 1
    assert f"{path}:2: the record has over 32 MB: left out" in result.stderr
    assert [record["text"] for record in records(tmp_path / "o.jsonl")] == ["A line of text.", "Another line of text."]


def test_damaged_gz_gives_what_comes_before(corpus, clean, tmp_path):
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(corpus.read_bytes())[:-4000])
    result = clean(tmp_path / "a.jsonl.gz", "-o", tmp_path / "o.jsonl", "--workers", 1)
    assert result.exit_code == 1
    assert "cannot be read on: is cut off: the compressed data end early" in result.stderr
    assert records(tmp_path / "o.jsonl")
    (tmp_path / "a.jsonl.gz").write_bytes(b"no gz at all")
    (tmp_path / "o.jsonl").unlink()
    assert clean(tmp_path / "a.jsonl.gz", "-o", tmp_path / "o.jsonl").exit_code == 2
    assert not (tmp_path / "o.jsonl").exists()


@pytest.mark.parametrize(
    ("name", "packed", "reason"),
    [
        ("wrong.jsonl", True, "is compressed, which its name does not tell: .jsonl.gz?"),
        ("wrong.jsonl.gz", False, "is not compressed, as its name tells: .jsonl?"),
        ("wrong.jsonl.zst", False, "is not compressed, as its name tells: .jsonl?"),
    ],
)
def test_a_file_that_is_not_what_its_name_tells_is_one_line(corpus, clean, tmp_path, name, packed, reason):
    (tmp_path / name).write_bytes(gzip.compress(corpus.read_bytes()) if packed else corpus.read_bytes())
    result = clean(tmp_path / name, corpus, "-o", tmp_path / "out.jsonl", "--workers", 1)
    assert result.exit_code == 1
    assert f"detector: {tmp_path / name}: {reason}\n" in result.stderr
    assert len(records(tmp_path / "out.jsonl")) == len(records(corpus))


def test_ids_that_come_twice_are_as_good_as_others(clean, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "A.", "id": 1}\n' * 3)
    assert clean(tmp_path / "a.jsonl", "-o", tmp_path / "o.jsonl", "--threshold", "1").exit_code == 0
    assert (tmp_path / "o.jsonl").read_text() == (tmp_path / "a.jsonl").read_text()


def test_an_empty_corpus(clean, tmp_path):
    for data in (b"", b"\n\n", b"\xef\xbb\xbf"):
        (tmp_path / "a.jsonl").write_bytes(data)
        assert clean(tmp_path / "a.jsonl", "-o", tmp_path / "o.jsonl").exit_code == 0
        assert (tmp_path / "o.jsonl").read_bytes() == b""


@pytest.mark.parametrize(
    ("name", "library", "extra"),
    [
        ("a.parquet", "pyarrow", "corpus"),
        ("a.jsonl.zst", "zstandard", "corpus"),
        ("a.warc", "fastwarc", "corpus"),
        ("s3://bucket/a.jsonl", "fsspec", "remote"),
    ],
)
def test_a_missing_library_is_named_with_what_installs_it(clean, tmp_path, monkeypatch, name, library, extra):
    for module in [module for module in sys.modules if module.partition(".")[0] == library]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, library, None)
    if "://" not in name:
        begin = b"\x28\xb5\x2f\xfd" if name.endswith(".zst") else b"WARC/1.0\r\n"
        (tmp_path / name).write_bytes(begin)
        name = tmp_path / name
    one_line(clean(name, "-o", tmp_path / "o.jsonl"), f"needs {library}: pip install 'detector-lines[{extra}]'")


def test_remote_inputs_and_outputs(corpus, clean, tmp_path):
    pytest.importorskip("fsspec")
    assert clean(corpus, "-o", tmp_path / "here.jsonl", "--workers", 1).exit_code == 0
    result = clean(f"file://{corpus}", "-o", f"file://{tmp_path}/there.jsonl", "--shard-mb", "0.02", "--workers", 2)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "there.jsonl").read_bytes() == (tmp_path / "here.jsonl").read_bytes()
    result = clean(f"file://{tmp_path}/p*.jsonl", "-o", tmp_path / "globbed.jsonl", "--workers", 1)
    assert result.exit_code == 0, result.output
    assert (tmp_path / "globbed.jsonl").read_bytes() == (tmp_path / "here.jsonl").read_bytes()


def test_a_stream_that_ends_while_somebody_waits(start):
    """The run is ended by a signal while its input is a pipe that says nothing."""
    running = start("-", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    running.stdin.write(json.dumps({"text": "A line."}).encode() + b"\n")
    running.stdin.flush()
    running.stdout.readline()
    time.sleep(0.1)
    running.terminate()
    assert running.wait(PATIENCE) == 143
    assert b"Traceback" not in running.stderr.read()


def test_a_page_that_would_take_too_much_memory_is_left_out(clean, tmp_path):
    (tmp_path / "a.jsonl").write_text(json.dumps({"text": "A line. " * 1000}) + '\n{"text": "A line."}\n')
    (tmp_path / "a.txt").write_text("A line. " * 1000)
    for arguments in ([tmp_path / "a.jsonl"], [tmp_path / "a.txt", "--errors", tmp_path / "e.jsonl"]):
        result = clean(*arguments, "-o", tmp_path / "o.jsonl", "--max-page-mb", "0.005")
        assert "the page has over 0.005 million characters: left out" in result.stderr
    assert clean(tmp_path / "a.jsonl", "-o", tmp_path / "o.jsonl").exit_code == 0
