"""``detector explain``."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from detector import Cleaner
from detector.cli import app
from detector.explain import explain
from tests.conftest import html_of

PAGE = (
    "[ad_1]\n\nThe ferry sank at dawn, the coast guard said on Friday.\n\nSource \x1b[31mlink\u202e here\n"
    "渡轮于黎明时分沉没。" + "长" * 200
)
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def run(tiny_path):
    def run(*arguments, **settings):
        return CliRunner().invoke(app, ["explain", "--model", str(tiny_path), *map(str, arguments)], **settings)

    return run


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.txt"
    path.write_text(PAGE, encoding="utf-8")
    return path


def test_lines(run, page, tiny_path):
    result = run(page, "--top", "2")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = Cleaner.load(tiny_path).clean(PAGE).lines
    rows = [row for row in result.stdout.splitlines()[2:] if row[:6].strip()]
    assert [int(row.split()[0]) for row in rows] == [line.number for line in lines]
    for row, line in zip(rows, lines, strict=True):
        assert row.split()[1:4] == [f"{line.p_line:.2f}", f"{line.p_noise:.2f}", line.label]
    assert rows[0].endswith("[ad_1]")
    assert rows[-1].endswith("…")
    assert "\x1b" not in result.stdout
    assert "\u202e" not in result.stdout
    features = [row for row in result.stdout.splitlines() if row.strip().startswith("features")]
    assert len(features) == len(lines)
    assert all(row.count(", ") == 1 for row in features)


def test_no_reasons(run, page):
    result = run(page, "--top", "0")
    assert "features" not in result.stdout
    assert "words" not in result.stdout


def test_json(run, page, tiny_model, tiny_path):
    result = run(page, "--json", "--top", "3", "--threshold", "0.6")
    record = json.loads(result.stdout)
    cleaned = Cleaner.load(tiny_path, threshold=0.6).clean(PAGE)
    assert (record["id"], record["threshold"]) == (str(page), 0.6)
    assert record["page_type"] == cleaned.page_type
    assert run(page, "--threshold", "0.6").stdout.startswith(f"{page}  {cleaned.page_type}  threshold 0.60\n")
    reasons = explain(tiny_model, PAGE, top=3)
    for got, line, why in zip(record["lines"], cleaned.lines, reasons, strict=True):
        for name in ("number", "start", "end", "p_line", "p_noise", "label", "kind", "text"):
            assert got[name] == getattr(line, name)
        assert [entry["name"] for entry in got["features"]] == [name for name, _ in why.features]
        assert [entry["text"] for entry in got["words"]] == [name for name, _ in why.words]


def test_html(html_model, html_path, html_pages, tmp_path):
    path = tmp_path / "page.html"
    path.write_text(html_of(html_pages[0]), encoding="utf-8")
    result = CliRunner().invoke(app, ["explain", "--model", str(html_path), "--json", "--top", "4", str(path)])
    assert (result.exit_code, result.stderr) == (0, "")
    page = Cleaner.load(html_path).clean(html_of(html_pages[0])).page
    for got, why in zip(
        json.loads(result.stdout)["lines"], explain(html_model, page.text, page.structure, 4), strict=True
    ):
        assert [entry["name"] for entry in got["features"]] == [name for name, _ in why.features]


def test_many_pages(run, tmp_path):
    path = tmp_path / "pages.jsonl"
    path.write_text('{"text": "One line of text."}\n{\n{"text": "\\ud800 another", "id": "b"}\n')
    result = run(path, "--json")
    assert result.exit_code == 1
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == [f"{path}:1", "b"]
    assert f"{path}:2: not a JSON record" in result.stderr
    assert run(path).exit_code == 1


def test_standard_input(run):
    result = run(input="Source link\n")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[2].endswith("Source link")
    assert run("-", input="").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.txt"], "detector: missing.txt: No such file or directory\n"),
        (["page.txt", "--threshold", "nan"], "threshold"),
        (["page.txt", "--threshold", "2"], "threshold"),
        (["page.txt", "--top", "-1"], "--top"),
        (["page.txt", "--model", "missing"], "detector: error: missing: no such model file\n"),
    ],
)
def test_errors(run, page, monkeypatch, arguments, message):
    monkeypatch.chdir(page.parent)
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("no_colour", ["", "1"])
def test_colour_is_for_terminals(page, tiny_path, no_colour):
    import pty

    master, slave = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-c", "from detector.cli import main; main()", "explain", "--model", tiny_path, page],
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": no_colour, "TERM": "xterm", "COLUMNS": "80"},
        stdout=slave,
        stderr=subprocess.PIPE,
    )
    os.close(slave)
    shown = b""
    while True:
        try:
            shown += os.read(master, 1 << 16)
        except OSError:
            break
        if not shown:
            break
    assert running.wait() == 0
    running.stderr.close()
    os.close(master)
    assert (b"\x1b[3" in shown) == (not no_colour)
    assert b"\x1b[31mlink" not in shown
    assert b"\\x1b[31mlink" in shown
