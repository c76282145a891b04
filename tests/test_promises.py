"""The promises of docs/promises.md: those that no other test holds, and that the document says what is so."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from detector.cli import app
from tests.fuzz import totals
from tests.fuzz.harness import TARGETS
from tests.hostile.counts import table

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "promises.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/.]+)::(\w+)`", DOCUMENT)))


def test_each_promise_names_a_test():
    rows = DOCUMENT.partition("held by |\n|---|---|\n")[2].partition("\n\n")[0].splitlines()
    assert len(rows) > 15
    assert all("::test_" in row for row in rows)


@pytest.mark.parametrize(("path", "name"), NAMED, ids=lambda value: str(value).rpartition("/")[2])
def test_each_test_that_is_named_exists(path, name):
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    assert name in [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


def test_the_figures_are_those_of_the_repository():
    assert "\n".join(table()) + "\n\n" in DOCUMENT
    assert "\n".join(totals.table()) + "\n\n" in (ROOT / "docs" / "experiments.md").read_text("utf-8")


def test_no_fuzzer_has_a_finding_that_is_open():
    assert set(totals.read()) == set(TARGETS)
    for counts in totals.read().values():
        assert counts["executions"] > 0
        assert counts["crashes"] == counts["hangs"] == counts["out_of_memory"] == 0


def test_what_was_removed_can_be_put_back(tiny_path, labelled_pages, tmp_path):
    pages = [page.text for page in labelled_pages[::20]]
    for number, text in enumerate(pages):
        (tmp_path / f"{number}.txt").write_bytes(text.encode())
        arguments = ["clean", str(tmp_path / f"{number}.txt"), "--model", str(tiny_path), "--removed"]
        result = CliRunner().invoke(app, [*arguments, str(tmp_path / "removed.jsonl")])
        assert result.exit_code == 0
        kept = result.stdout_bytes.decode()
        for line in map(json.loads, (tmp_path / "removed.jsonl").read_text("utf-8").splitlines()):
            assert text[line["start"] : line["end"]] == line["text"]
            text = text[: line["start"]] + "\0" * (line["end"] - line["start"]) + text[line["end"] :]
        # Of what is left, only the white space around removed lines is not in the clean text.
        assert "".join(text.replace("\0", "").split()) == "".join(kept.split())


def audited(events, code, *words):
    """Run code in a process in which some events of the interpreter are errors; what it says."""
    hook = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from detector.cli import main\n"
        "import detector.cleaner, detector.cli.clean, detector.cli.corpus, detector.corpus.run, json\n"
        "import detector.labels, detector.memory.sites, detector.report.page, detector.segment.html\n"
        "import os, selectolax.lexbor, zipfile, encodings.cp1252, encodings.idna, publicsuffixlist\n"
        "def hook(event, arguments):\n"
        f"    if armed and event in {events!r}:\n"
        "        print(event, arguments, file=sys.stderr, flush=True)\n"
        "        os._exit(99)\n"
        "armed = False\n"
        "sys.addaudithook(hook)\n"
    )
    return subprocess.run([sys.executable, "-c", hook + code, *map(str, words)], capture_output=True, check=False)


def test_nothing_is_sent_anywhere(tiny_path, tmp_path):
    pytest.importorskip("selectolax")
    (tmp_path / "a.html").write_text(
        "<!doctype html><img src=http://a.example/x><base href=http://a.example><p>A line."
    )
    (tmp_path / "a.txt").write_text("http://a.example/ is a line.")
    events = (
        "socket.connect",
        "socket.getaddrinfo",
        "socket.sendto",
        "socket.bind",
        "urllib.Request",
        "http.client.connect",
    )
    for words in (
        ["clean", tmp_path / "a.html", "--format", "markdown", "--links"],
        ["clean", tmp_path / "a.txt"],
        ["clean", tmp_path / "a.txt", tmp_path / "a.html", "-o", tmp_path / "o.jsonl"],
        ["report", tmp_path / "a.html", "-o", tmp_path / "r.html"],
        ["explain", tmp_path / "a.txt"],
    ):
        done = audited(events, "armed = True\nmain()", words[0], "--model", tiny_path, *words[1:])
        assert done.returncode == 0, done.stderr
    assert "http://a.example/x" not in (tmp_path / "r.html").read_text()


def test_no_file_runs_code(tiny_path, tmp_path):
    pytest.importorskip("selectolax")
    page = "<!doctype html><script>alert(1)</script><a href=javascript:x onclick=y>l</a><p>{{7*7}} __import__('os')"
    (tmp_path / "a.html").write_text(page)
    (tmp_path / "l.jsonl").write_text('{"lines": [{"text": "__import__(\'os\')", "label": "noise"}]}\n')
    code = (
        "from detector.labels import read_labelled\nfrom detector.cleaner import Cleaner\n"
        "Cleaner.load(sys.argv[1]).clean(open(sys.argv[2]).read())\n"  # what is imported late is imported now
        "armed = True\n"
        "cleaner = Cleaner.load(sys.argv[1])\npage = cleaner.clean(open(sys.argv[2]).read())\n"
        "list(read_labelled([sys.argv[3]]))\nprint(page.text)\n"
    )
    events = (
        "exec",
        "pickle.find_class",
        "os.system",
        "subprocess.Popen",
        "os.exec",
        "os.posix_spawn",
        "ctypes.dlopen",
    )
    done = audited(events, code, tiny_path, tmp_path / "a.html", tmp_path / "l.jsonl")
    assert done.returncode == 0, done.stderr
    assert b"alert" not in done.stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["clean", "good.txt"], 0),
        (["clean", "good.txt", "missing.txt", "-o", "out"], 1),
        (["clean", "missing.txt"], 2),
        (["clean", "good.jsonl", "-o", "out.jsonl"], 0),
        (["clean", "some.jsonl", "-o", "out.jsonl"], 1),
        (["clean", "bad.jsonl", "-o", "out.jsonl"], 2),
        (["clean", "good.txt", "--model", "good.txt"], 2),
        (["explain", "missing.txt"], 2),
        (["evaluate", "bad.jsonl"], 2),
        (["report", "missing.txt"], 2),
        (["model", "info", "missing.detector"], 2),
        (["nonsense"], 2),
    ],
)
def test_exit_codes(words, code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("good.txt").write_text("The ferry sank at dawn, the coast guard said.")
    good, bad = '{"text": "A line."}\n', '{"text": 5}\n'
    for name, content in (("good", good), ("some", good * 2 + bad), ("bad", bad * 3)):
        Path(f"{name}.jsonl").write_text(content)
    assert CliRunner().invoke(app, words, env=dict(os.environ)).exit_code == code
