"""``detector report``."""

import json
import os

import pytest
from typer.testing import CliRunner

from detector import Cleaner
from detector.cli import app
from detector.evaluate import evaluate
from detector.labels import read_labelled, write_labelled
from detector.training.crossval import as_pages

PAGE = "[ad_1]\n\nThe ferry sank at dawn, the coast guard said on Friday.\n\nSource <script>alert(1)</script> link\n"


@pytest.fixture
def run(tiny_path):
    def run(*arguments, **settings):
        return CliRunner().invoke(app, ["report", "--model", str(tiny_path), *map(str, arguments)], **settings)

    return run


@pytest.fixture
def page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "page.txt"
    path.write_text(PAGE, encoding="utf-8")
    return path


def test_a_page(run, page):
    result = run("page.txt", "-o", "report.html")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    report = (page.parent / "report.html").read_text("utf-8")
    assert "Report on page.txt" in report
    assert "Source &lt;script&gt;alert(1)&lt;/script&gt; link" in report
    assert "In its context" in report
    assert run("page.txt").stdout == report
    assert "In its context" not in run("page.txt", "--top", "0").stdout
    assert "kept, though noise" in run("page.txt", "--threshold", "0", "--mode", "filter", "--keep", "ad_marker").stdout


def test_standard_input(run, page):
    assert "Its lines" in run(input=PAGE).stdout
    assert "Removed, by site" in run("-", input=json.dumps({"text": PAGE}) + "\n").stdout


@pytest.mark.parametrize("name", ["", "crawl.jsonl"])
def test_a_corpus(run, page, name):
    records = [{"text": PAGE, "url": f"https://s{n % 2}.example.org/{n}"} for n in range(5)]
    (page.parent / "crawl.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    result = run(page.parent / name, "-o", page.parent.parent / "corpus.html")
    assert (result.exit_code, result.stderr) == (0, "")
    report = (page.parent.parent / "corpus.html").read_text("utf-8")
    assert "example.org" in report
    assert "The biggest losses" in report


def test_fields(run, page):
    (page.parent / "crawl.jsonl").write_text('{"body": "One line.", "host": "my-site"}\n')
    result = run("crawl.jsonl", "--text-field", "body", "--site-field", "host")
    assert result.exit_code == 0
    assert "my-site" in result.stdout


def test_labelled_pages(run, page, labelled_pages, tiny_path):
    write_labelled("pages.jsonl", labelled_pages[:40])
    result = run("pages.jsonl")
    assert result.exit_code == 0
    assert run("--labels", "pages.jsonl").stdout == result.stdout
    pages = list(read_labelled(["pages.jsonl"]))
    figures = evaluate(zip(pages, Cleaner.load(tiny_path).clean_many(as_pages(pages)), strict=True)).figures()
    for value in figures["noise_line_f1"]:
        assert f"{value:.4f}" in result.stdout


def test_some_pages_fail(run, page):
    (page.parent / "crawl.jsonl").write_text('{"text": "One line."}\n' + "{\n" * 12)
    result = run("crawl.jsonl", "-o", "report.html")
    assert result.exit_code == 1
    assert "detector: crawl.jsonl:2: not a JSON record" in result.stderr
    assert "detector: 2 more failed" in result.stderr
    assert os.path.exists("report.html")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.txt"], "detector: missing.txt: No such file or directory\n"),
        (["missing.jsonl"], "detector: error: missing.jsonl: No such file or directory\n"),
        (["empty"], "detector: error: empty: the folder holds no page and no corpus\n"),
        (["bad.jsonl"], "detector: bad.jsonl:1: not a JSON record"),
        (["page.txt", "-o", "page.txt"], "detector: error: page.txt: is an input; name another file to write to\n"),
        (["page.txt", "-o", "empty"], "detector: error: empty: is a folder; name a file\n"),
        (["page.txt", "--model", "missing"], "detector: error: missing: no such model file\n"),
        (["page.txt", "--keep", "nothing"], "detector: error: unknown kind 'nothing'"),
        (["page.txt", "--mode", "x"], "detector: error: mode must be"),
        (["page.txt", "--labels"], "detector: error: page.txt:1: not a JSON record"),
        (["-", "-"], "detector: error: standard input can be named only once\n"),
    ],
)
def test_errors(run, page, arguments, message):
    (page.parent / "empty").mkdir()
    (page.parent / "bad.jsonl").write_text("{\n")
    before = page.read_bytes()
    result = run("-o", "out.html", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not os.path.exists("out.html")
    assert page.read_bytes() == before
