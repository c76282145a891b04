"""The run as a whole: what comes out, and that neither workers nor interruptions change a byte of it."""

import gzip
import json
import os
import signal
import subprocess
import time

import pytest

from detector import Cleaner
from detector.corpus.options import Options
from detector.corpus.outcome import TooManyFailedError
from detector.corpus.run import clean_corpus
from detector.errors import InputError, OutputError
from tests.conftest import PATIENCE, wait_until
from tests.corpus.conftest import records, write_corpus

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")
SMALL = ("--shard-mb", "0.02")


def no_leftovers(folder):
    return not [path for path in folder.rglob("*") if "unfinished" in path.name or path.name.endswith(".tmp")]


@pytest.fixture(scope="module")
def whole(pages, tiny_path, tmp_path_factory):
    """What an undisturbed run gives."""
    folder = tmp_path_factory.mktemp("whole")
    corpus = write_corpus(folder / "pages.jsonl", pages)
    options = Options(shard_bytes=20_000, removed=True, attributes=True)
    clean_corpus(
        [str(corpus)],
        str(folder / "whole.jsonl"),
        options,
        workers=1,
        model=str(tiny_path),
        removed=str(folder / "whole.removed.jsonl"),
        attributes=str(folder / "whole.attributes.jsonl"),
    )
    return [(folder / f"whole{name}.jsonl").read_bytes() for name in ("", ".removed", ".attributes")]


def test_it_gives_what_the_cleaner_gives_and_leaves_the_rest(corpus, clean, pages, tiny_path, tmp_path):
    assert clean(corpus, "-o", tmp_path / "clean.jsonl", "--workers", 1).exit_code == 0
    cleaner = Cleaner.load(tiny_path)
    before, after = corpus.read_text("utf-8").split("\n"), (tmp_path / "clean.jsonl").read_text("utf-8").split("\n")
    assert len(before) == len(after)
    for page, old, new in zip(pages, before, after, strict=False):
        text = cleaner.clean(page["text"]).text
        assert json.loads(new) == {**page, "text": text}
        # All that stands around the text stands there still, byte for byte.
        head, tail = old.split('"text": "')[0], old[old.index('", "big": ') :]
        assert new.startswith(head)
        assert new.endswith(tail)
    assert no_leftovers(tmp_path)


def test_any_number_of_workers_gives_the_same(corpus, clean, whole, tmp_path):
    removed, attributes = tmp_path / "r.jsonl", tmp_path / "a.jsonl"
    result = clean(
        corpus, "-o", tmp_path / "two.jsonl", "--workers", 2, *SMALL, "--removed", removed, "--attributes", attributes
    )
    assert result.exit_code == 0, result.output
    assert [path.read_bytes() for path in (tmp_path / "two.jsonl", removed, attributes)] == whole
    assert no_leftovers(tmp_path)


def test_shards_do_not_change_plain_jsonl(corpus, clean, whole, tmp_path):
    for size in ("0.001", "0.1", "8"):
        assert clean(corpus, "-o", tmp_path / "x.jsonl", "--workers", 1, "--shard-mb", size).exit_code == 0
        assert (tmp_path / "x.jsonl").read_bytes() == whole[0]


def test_removed_lines_and_attributes_fit_the_input(corpus, whole, pages, tiny_path):
    cleaner = Cleaner.load(tiny_path)
    texts = {page["id"]: page["text"] for page in pages}
    removed = records(whole[1])
    assert removed
    for line in removed:
        assert texts[line["page"]][line["start"] : line["end"]] == line["text"]
    attributes = records(whole[2])
    assert [record["id"] for record in attributes] == [page["id"] for page in pages]
    for record in attributes:
        text = texts[record["id"]]
        spans = sorted(span for found in record["attributes"].values() for span in found)
        for start, end, _ in reversed(spans):
            text = text[:start] + text[end:]
        assert text == cleaner.clean(texts[record["id"]]).text
        assert all(name.startswith("detector__detector__") for name in record["attributes"])


def test_columns_and_a_field_beside(corpus, clean, pages, tiny_path, tmp_path):
    result = clean(corpus, "-o", tmp_path / "c.jsonl", "--workers", 1, "--columns", "--clean-field", "clean")
    assert result.exit_code == 0
    cleaner = Cleaner.load(tiny_path)
    for page, record in zip(pages, records(tmp_path / "c.jsonl"), strict=True):
        result = cleaner.clean(page["text"])
        assert {name: record[name] for name in page} == page
        assert record["clean"] == result.text
        assert (record["n_lines"], record["n_removed"]) == (len(result.lines), len(result.removed))
        assert 0 <= record["score"] <= 1
        assert 0 <= record["removed_share"] <= 1


def test_a_summary(corpus, clean, pages, tmp_path):
    result = clean(corpus, "-o", tmp_path / "c.jsonl", "--workers", 1, "--summary", tmp_path / "s.json")
    assert f"cleaned {len(pages)} pages, removed" in result.stderr
    summary = json.loads((tmp_path / "s.json").read_text())
    assert summary["pages"] == len(pages)
    assert summary["removed"] == sum(summary["removed_by_kind"].values()) > 0
    assert summary["chars"] == sum(len(page["text"]) for page in pages)
    assert summary["exit_code"] == 0


def test_a_folder_is_mirrored_each_file_in_its_format(corpus, clean, tmp_path, tiny_path):
    crawl = tmp_path / "crawl"
    (crawl / "sub").mkdir(parents=True)
    (crawl / "a.jsonl").write_bytes(corpus.read_bytes())
    (crawl / "sub" / "b.jsonl.gz").write_bytes(gzip.compress(corpus.read_bytes()))
    (crawl / "sub" / "c.txt").write_bytes("[ad_1]\r\nOne line of a story that is told here.\r\n".encode("utf-16"))
    (crawl / "loop").symlink_to(crawl)
    assert clean(crawl, "-o", tmp_path / "out", "--workers", 2, *SMALL).exit_code == 0
    names = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert names == ["a.jsonl", "sub/b.jsonl.gz", "sub/c.txt"]
    assert gzip.decompress((tmp_path / "out/sub/b.jsonl.gz").read_bytes()) == (tmp_path / "out/a.jsonl").read_bytes()
    text = (crawl / "sub" / "c.txt").read_bytes().decode("utf-16")
    assert (tmp_path / "out/sub/c.txt").read_bytes().decode("utf-16") == Cleaner.load(tiny_path).clean(text).text
    assert no_leftovers(tmp_path)


@pytest.mark.parametrize("arguments", [["-"], []])
def test_standard_input_to_standard_output(corpus, clean, whole, arguments):
    for data in (corpus.read_bytes(), gzip.compress(corpus.read_bytes())):
        result = clean(*arguments, "--workers", 1, input=data)
        assert result.exit_code == 0
        assert result.stdout_bytes == whole[0]


def test_the_first_output_of_a_stream_comes_before_its_end(corpus, start):
    line = corpus.read_bytes().splitlines(keepends=True)[0]
    running = start("-", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    running.stdin.write(line)
    running.stdin.flush()
    assert json.loads(running.stdout.readline())["id"] == "p0"
    running.stdin.write(line)
    running.stdin.close()
    assert json.loads(running.stdout.readline())["id"] == "p0"
    assert running.wait(PATIENCE) == 0


# Pages and shards that fail


def test_failures_are_named_by_line_and_the_run_goes_on(corpus, clean, whole, tmp_path):
    lines = corpus.read_bytes().splitlines(keepends=True)
    lines.insert(20, b'{"id": "bad", "text": null}\n')
    lines.insert(3, b"{\n")
    corpus.write_bytes(b"".join(lines))
    result = clean(corpus, "-o", tmp_path / "c.jsonl", "--workers", 2, *SMALL)
    assert result.exit_code == 1
    assert (tmp_path / "c.jsonl").read_bytes() == whole[0]
    failures = records(tmp_path / "c.jsonl.errors.jsonl")
    assert [failure["where"] for failure in failures] == [f"{corpus}:4", f"{corpus}:22"]
    assert "'text' must be a string, not null" in result.stderr
    assert result.stderr.count("\n") == 3


def test_too_many_failures_stop_the_run_which_goes_on_when_allowed(corpus, clean, whole, tmp_path):
    corpus.write_bytes(corpus.read_bytes() + b"{}\n" * 5)
    arguments = [corpus, "-o", tmp_path / "c.jsonl", "--workers", 1, *SMALL]
    result = clean(*arguments, "--max-errors", 3)
    assert result.exit_code == 2
    assert "more than 3 pages failed" in result.stderr
    assert not (tmp_path / "c.jsonl").exists()
    assert clean(*arguments, "--max-errors", 5).exit_code == 1
    assert (tmp_path / "c.jsonl").read_bytes() == whole[0]


def test_most_failed(tmp_path, clean):
    path = tmp_path / "p.jsonl"
    path.write_text('{"text": "A line."}\n{}\n{}\n')
    assert clean(path, "-o", tmp_path / "c.jsonl").exit_code == 2
    path.write_text("{}\n")
    (tmp_path / "c.jsonl").write_text("earlier")
    assert clean(path, "-o", tmp_path / "c.jsonl").exit_code == 2
    assert (tmp_path / "c.jsonl").read_text() == "earlier"
    assert no_leftovers(tmp_path)


def children(pid):
    """The workers of a run: processes that were spawned and are no helper of the interpreter."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as stat, open(f"/proc/{entry}/cmdline") as command:
                    if int(stat.read().rpartition(")")[2].split()[1]) == pid and "spawn_main" in command.read():
                        found.append(int(entry))
            except OSError:
                pass
    return found


linux = pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs /proc")


@linux
def test_when_a_worker_is_killed_nothing_is_lost(corpus, start, whole, tmp_path):
    corpus.write_bytes(corpus.read_bytes() * 32)
    running = start(corpus, "-o", tmp_path / "c.jsonl", "--workers", 2, *SMALL)
    wait_until(lambda: len(children(running.pid)) == 2, 0.005)
    time.sleep(0.3)  # there is work for seconds
    os.kill(children(running.pid)[0], signal.SIGKILL)
    assert running.wait(PATIENCE) == 0
    said = running.stderr.read().decode()
    assert (tmp_path / "c.jsonl").read_bytes() == whole[0] * 32
    assert "Traceback" not in said
    assert no_leftovers(tmp_path)


def test_a_page_that_kills_its_workers_is_left_out(corpus, tiny_path, tmp_path, monkeypatch, pages):
    """The cleaner of this test ends its process at a certain page; in the workers, which import it anew, too."""
    lines = [page for page in pages if page["text"]]
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / "sitecustomize.py").write_text(
        "import os\nfrom detector.cleaner import Cleaner\nreal = Cleaner.clean_many\n"
        "def clean_many(self, pages):\n"
        "    pages = list(pages)\n"
        "    if any(getattr(page, 'id', '') == 'p7' for page in pages):\n        os._exit(9)\n"
        "    return real(self, pages)\n"
        "Cleaner.clean_many = clean_many\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(trap), os.getcwd()]))
    said = []
    outcome = clean_corpus(
        [str(corpus)], str(tmp_path / "c.jsonl"), Options(shard_bytes=20_000), workers=1, model=str(tiny_path),
        say=said.append,
    )  # fmt: skip
    assert [failure.where for failure in outcome.failures] == [f"{corpus}:8"]
    assert "died" in outcome.failures[0].reason
    assert len(records(tmp_path / "c.jsonl")) == len(pages) - 1
    assert len(lines) > 8
    assert "ended with code 9" in said[0]
    assert "bytes" in said[0]


# Resuming


@pytest.mark.parametrize("delay", [0.15, 0.9, 1.3, "until a shard is done"])
@linux
def test_a_killed_run_goes_on_and_ends_the_same(corpus, start, clean, whole, tmp_path, delay):
    corpus.write_bytes(corpus.read_bytes() * 8)
    removed, attributes = tmp_path / "r.jsonl", tmp_path / "a.jsonl"
    arguments = [corpus, "-o", tmp_path / "c.jsonl", "--workers", 2, *SMALL, "--removed", removed,
                 "--attributes", attributes]  # fmt: skip
    running = start(*arguments)
    if isinstance(delay, str):
        wait_until(lambda: list((tmp_path / "c.jsonl.unfinished").glob("*/*.done")))
    else:
        time.sleep(delay)
    running.kill()
    running.wait()
    assert clean(*arguments).exit_code == 0
    expected = [data * 8 for data in whole]
    assert [path.read_bytes() for path in (tmp_path / "c.jsonl", removed, attributes)] == expected
    assert no_leftovers(tmp_path)


@posix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_keeps_what_is_done(corpus, start, whole, tmp_path, number, code):
    once, out = corpus.read_bytes(), tmp_path / "c.jsonl"
    arguments = [corpus, "-o", out, "--workers", 2, *SMALL]
    work = tmp_path / "c.jsonl.unfinished"
    for times in (12, 48, 192):
        corpus.write_bytes(once * times)
        running = start(*arguments)
        wait_until(lambda: list(work.glob("*/*.done")) or out.exists())
        running.send_signal(number)
        if running.wait(PATIENCE) != 0:
            break
        out.unlink()  # it came to its end before the signal: with more there is more time
    assert running.returncode == code
    assert b"Traceback" not in running.stderr.read()
    assert not (tmp_path / "c.jsonl").exists()
    assert list(work.glob("*/*.done"))
    again = start(*arguments)
    assert again.wait(PATIENCE) == 0
    assert b"were done before" in again.stderr.read()
    assert out.read_bytes() == whole[0] * times
    assert no_leftovers(tmp_path)


def interrupted(corpus, clean, tmp_path):
    """Leave an unfinished run: the last line fails, and nothing may."""
    corpus.write_bytes(corpus.read_bytes() + b"{\n")
    arguments = [corpus, "-o", tmp_path / "c.jsonl", "--workers", 1, *SMALL]
    assert clean(*arguments, "--max-errors", 0).exit_code == 2
    assert (tmp_path / "c.jsonl.unfinished").is_dir()
    return arguments


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--threshold", "0.4"], "other options (threshold)"),
        (["--columns"], "other options (columns)"),
        (["--keep", "caption"], "other options (keep)"),
        (["--removed", "r.jsonl"], "other options (removed)"),
    ],
)
def test_other_options_are_refused_unless_begun_anew(corpus, clean, tmp_path, monkeypatch, more, message):
    monkeypatch.chdir(tmp_path)
    arguments = interrupted(corpus, clean, tmp_path)
    result = clean(*arguments, *more)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert clean(*arguments, *more, "--restart").exit_code == 1
    assert no_leftovers(tmp_path)


def test_changed_inputs_are_refused_unless_begun_anew(corpus, clean, whole, tmp_path):
    arguments = interrupted(corpus, clean, tmp_path)
    corpus.write_bytes(corpus.read_bytes()[:-2])
    result = clean(*arguments)
    assert (result.exit_code, "pages.jsonl has changed" in result.stderr) == (2, True)
    assert clean(*arguments, "--restart").exit_code == 0
    assert (tmp_path / "c.jsonl").read_bytes() == whole[0]


def test_parts_that_are_damaged_are_made_again(corpus, clean, whole, tmp_path):
    arguments = interrupted(corpus, clean, tmp_path)
    parts = sorted((tmp_path / "c.jsonl.unfinished").glob("*/*.rows"))
    parts[0].write_bytes(b"")
    markers = sorted((tmp_path / "c.jsonl.unfinished").glob("*/*.done"))
    markers[1].write_bytes(b"{")
    assert clean(*arguments).exit_code == 1
    assert (tmp_path / "c.jsonl").read_bytes() == whole[0]


@posix
def test_two_runs_on_one_output_are_refused(corpus, start, clean, whole, tmp_path):
    corpus.write_bytes(corpus.read_bytes() * 12)
    arguments = [corpus, "-o", tmp_path / "c.jsonl", "--workers", 1, *SMALL]
    running = start(*arguments)
    wait_until(lambda: list(tmp_path.glob("c.jsonl.unfinished/run.json")))
    os.kill(running.pid, signal.SIGSTOP)  # it writes as long as the other one needs
    try:
        result = clean(*arguments)
    finally:
        os.kill(running.pid, signal.SIGCONT)
    assert result.exit_code == 2
    assert f"process {running.pid} is writing to it" in result.stderr
    assert running.wait(PATIENCE) == 0
    assert (tmp_path / "c.jsonl").read_bytes() == whole[0] * 12


def test_the_library_raises_what_the_command_says(corpus, tiny_path, tmp_path):
    corpus.write_bytes(b"{}\n{}\n")
    with pytest.raises(TooManyFailedError, match="'text' is missing"):
        clean_corpus([str(corpus)], str(tmp_path / "c.jsonl"), model=str(tiny_path), max_errors=1)
    with pytest.raises(OutputError, match="is an input"):
        clean_corpus([str(corpus)], str(corpus), model=str(tiny_path))
    with pytest.raises(InputError, match="No such file"):
        clean_corpus([str(tmp_path / "no.jsonl")], str(tmp_path / "c.jsonl"), model=str(tiny_path))
