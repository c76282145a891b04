"""``detector diff``."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from detector import Cleaner
from detector.cli import app

PAGE = "[ad_1]\n\nThe ferry sank at dawn, the coast guard said on Friday.\n\nSource \x1b[31mlink\n"


@pytest.fixture
def run(tmp_path, monkeypatch, tiny_path, html_path):
    monkeypatch.chdir(tmp_path)
    shutil.copy(tiny_path, "a.detector")
    shutil.copy(html_path, "b.detector")
    (tmp_path / "pages").mkdir()
    for n in range(3):
        (tmp_path / f"pages/{n}.txt").write_text(PAGE.replace("1", f"{n}"), "utf-8")
    return lambda *arguments, **settings: CliRunner().invoke(app, ["diff", *arguments], **settings)


def test_two_thresholds_of_a_model(run):
    result = run("a.detector", "--threshold-a", "0", "--threshold-b", "1", "pages")
    assert (result.exit_code, result.stderr) == (0, "")
    rows = result.stdout.splitlines()
    assert rows[0].startswith("3 pages, 3 changed; of 9 lines 9 now kept")
    assert [row.split()[:3] for row in rows[3:]] == [["3", "now", "kept"]] * 3
    assert "\x1b" not in result.stdout
    assert rows[-1].endswith("link")
    short = run("a.detector", "--threshold-a", "0", "--threshold-b", "1", "pages", "--top", "1")
    assert short.stdout.splitlines()[-1] == "and 2 more groups; --top lists more"


def test_two_models(run):
    result = run("a.detector", "b.detector", "pages", "--json", "--threshold-b", "0.01")
    record = json.loads(result.stdout)
    nothing = {"sites": None, "profiles": None}
    assert record["a"] == {"model": "a.detector", "threshold": None, **nothing}
    assert record["b"] == {"model": "b.detector", "threshold": 0.01, **nothing}
    a, b = Cleaner.load("a.detector"), Cleaner.load("b.detector", threshold=0.01)
    changed = removed = 0
    for n in range(3):
        text = PAGE.replace("1", f"{n}")
        pairs = list(zip(a.clean(text).lines, b.clean(text).lines, strict=True))
        changed += sum(one.kept != other.kept for one, other in pairs)
        removed += sum(one.kept and not other.kept for one, other in pairs)
    assert (record["now_kept"]["lines"], record["now_removed"]["lines"]) == (changed - removed, removed)
    assert removed


def test_the_shipped_model_by_name(run):
    record = json.loads(run("default", "a.detector", "pages", "--json").stdout)
    assert (record["a"]["model"], record["b"]["model"], record["pages"]) == ("default", "a.detector", 3)


def test_standard_input(run):
    settings = ["a.detector", "--threshold-a", "0", "--threshold-b", "1", "--json"]
    assert json.loads(run(*settings, input="One line.\nAnother one.").stdout)["now_kept"]["lines"] == 2
    assert json.loads(run(*settings, "-", input='{"text": "One."}\n{"text": ""}\n').stdout)["pages"] == 2


def test_nothing_changed(run):
    assert run("a.detector", "a.detector", "--threshold-b", "0.5", "--threshold-a", "0.5001", "pages").exit_code == 0


def test_some_pages_fail(run):
    with open("crawl.jsonl", "w") as stream:
        stream.write('{"text": "\\ud800 One line."}\n{\n')
    result = run("a.detector", "--threshold-a", "0", "--threshold-b", "1", "crawl.jsonl")
    assert result.exit_code == 1
    assert "detector: crawl.jsonl:2: not a JSON record" in result.stderr
    assert "One line." in result.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["pages"], "detector: error: nothing to compare: name two models, or give --threshold-a, "),
        (["a.detector", "a.detector", "pages"], "nothing to compare"),
        (["a.detector", "missing.detector", "pages"], "detector: error: missing.detector: no such model file\n"),
        (["a.detector", "b.detector", "missing.txt"], "detector: error: missing.txt: No such file or directory\n"),
        (["--threshold-a", "2", "pages"], "--threshold-a"),
        (["--top", "0", "pages"], "--top"),
    ],
)
def test_errors(run, arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
