"""``detector import``."""

import gzip
import json

import pytest
from typer.testing import CliRunner

from detector.cli import app
from detector.labels import read_labelled

STORY = "The ferry sank at dawn, the coast guard said on Friday, and nine people were rescued by fishermen."
PAGE = f"Share this\n\n{STORY}\n\nSource link to the story of the day\n"


def run(*arguments):
    return CliRunner().invoke(app, ["import", *map(str, arguments)])


@pytest.fixture
def pages(tmp_path):
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "a.txt").write_text(PAGE)
    (folder / "a.gold.txt").write_text(STORY)
    (folder / "b.txt").write_text("Nothing of the text that it should hold is here.\n")
    (folder / "b.gold.txt").write_text(STORY)
    return folder


@pytest.fixture
def wcxb(tmp_path):
    pytest.importorskip("selectolax")
    root = tmp_path / "wcxb"
    for split, name in (("dev", "1"), ("test", "2")):
        (root / split / "html").mkdir(parents=True)
        (root / split / "ground-truth").mkdir()
        html = "".join(f"<p>{line}</p>" for line in PAGE.splitlines() if line)
        (root / split / "html" / f"{name}.html.gz").write_bytes(gzip.compress(html.encode()))
        truth = {"url": "https://www.example.com/a", "ground_truth": {"main_content": STORY}}
        (root / split / "ground-truth" / f"{name}.json").write_text(json.dumps(truth))
    files = {"1": {"split": "dev", "page_type": "article"}, "2": {"split": "test", "page_type": "forum"}}
    (root / "metadata.json").write_text(json.dumps({"files": files}))
    return root


def test_gold_beside_the_pages(pages, tmp_path):
    result = run("gold", pages, "-o", tmp_path / "out.jsonl", "--report", tmp_path / "report.tsv")
    assert (result.exit_code, result.stdout) == (0, "")
    first, second = read_labelled([tmp_path / "out.jsonl"])
    assert [segment.label for segment in first.segments] == ["noise", "article", "noise"]
    assert {segment.label for segment in second.segments} == {"noise"}
    assert "imported 2 pages, 4 lines (1 segments article, 3 noise)" in result.stderr
    assert "mean oracle F1 0.5000" in result.stderr
    assert "warning: 1 pages are below 0.8" in result.stderr
    assert (tmp_path / "report.tsv").read_text() == "id\toracle_f1\na\t1.0000\nb\t0.0000\n"


def test_gold_in_a_folder(pages, tmp_path):
    gold = tmp_path / "gold"
    gold.mkdir()
    for name in ("a", "b"):
        (pages / f"{name}.gold.txt").rename(gold / f"{name}.txt")
    result = run("gold", pages, "--gold", gold, "-o", tmp_path / "out.jsonl")
    assert result.exit_code == 0
    assert len(list(read_labelled([tmp_path / "out.jsonl"]))) == 2


@pytest.mark.parametrize(("arguments", "name"), [([], "wcxb-1"), (["--split", "test"], "wcxb-2")])
def test_wcxb(wcxb, tmp_path, arguments, name):
    result = run("wcxb", wcxb, "-o", tmp_path / "out.jsonl", *arguments)
    assert result.exit_code == 0
    [page] = read_labelled([tmp_path / "out.jsonl"])
    assert page.id == name
    assert "warning" not in result.stderr


def test_labels_without_gold(tmp_path):
    (tmp_path / "raw").mkdir()
    (tmp_path / "labels").mkdir()
    (tmp_path / "raw" / "a.txt").write_text("one\n\ntwo\n")
    (tmp_path / "labels" / "a.json").write_text(json.dumps({"lines": [{"label": "article"}, {"label": "noise"}]}))
    result = run("reposts", tmp_path, "-o", tmp_path / "out.jsonl", "--report", tmp_path / "report.tsv")
    assert result.exit_code == 0
    assert "no gold text was aligned" in result.stderr
    assert (tmp_path / "report.tsv").read_text() == "id\toracle_f1\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gopher", "pages"], "unknown layout 'gopher'; the layouts are wcxb, "),
        (["gold", "missing"], "missing: is not a folder of pages"),
        (["gold", "empty"], "empty: no page with a gold text beside it"),
        (["wcxb", "pages"], "metadata.json: cannot be read"),
        (["wcxb", "odd"], "metadata.json: has no 'files'"),
        (["snippets", "odd"], "odd: is not of the layout snippets"),
        (["gold", "pages", "--split", "dev"], "--split goes with the layout wcxb alone"),
        (["wcxb", "pages", "--gold", "pages"], "--gold goes with the layout gold alone"),
        (["gold", "pages", "--report", "out.jsonl"], "is also the output"),
    ],
)
def test_errors_leave_no_output(pages, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "metadata.json").write_text("[]")
    (tmp_path / "odd" / "evaldata.json").write_text('{"u": {}}')
    result = run(*arguments, "-o", "out.jsonl")
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out.jsonl").exists()


def test_output_is_needed(pages):
    assert run("gold", pages).exit_code == 2
