"""An output that is an input: every command that writes refuses it before it reads a page, and the file stays."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from detector.adapt.file import save_profiles
from detector.cli import app
from tests.memory.conftest import count, learn, pages_of

COMMANDS = {
    "clean: the page": ["clean", "pages/a.txt", "-o", "pages/a.txt"],
    "clean: removed": ["clean", "pages/a.txt", "--removed", "pages/a.txt"],
    "clean: the model": ["clean", "pages/a.txt", "--model", "x.detector", "-o", "x.detector"],
    "clean: the site memory": ["clean", "pages/a.txt", "--sites", "x.sites", "--removed", "x.sites"],
    "clean a corpus: the corpus": ["clean", "x.jsonl", "-o", "x.jsonl"],
    "clean a corpus: the site memory": ["clean", "x.jsonl", "--sites", "sites.jsonl", "-o", "sites.jsonl"],
    "clean a corpus: the summary": ["clean", "corpora", "-o", "out", "--summary", "corpora/x.jsonl"],
    "clean a corpus: the errors": ["clean", "corpora", "-o", "out", "--errors", "corpora/x.jsonl"],
    "score: the corpus": ["score", "x.jsonl", "-o", "x.jsonl"],
    "score: the best": ["score", "x.jsonl", "--top", "1", "-o", "x.jsonl"],
    "score: the worst of a folder": ["score", "corpora", "--bottom", "1", "-o", "corpora/x.jsonl"],
    "score: the reference": ["score", "x.jsonl", "--make-reference", "x.jsonl"],
    "report: the page": ["report", "pages/a.txt", "-o", "pages/a.txt"],
    "report: the corpus": ["report", "corpora", "-o", "corpora/x.jsonl"],
    "report: the model": ["report", "pages/a.txt", "--model", "x.detector", "-o", "x.detector"],
    "sites learn": ["sites", "learn", "x.jsonl", "-o", "x.jsonl"],
    "sites merge": ["sites", "merge", "parts/x.part", "-o", "parts/x.part"],
    "sites merge: of a folder": ["sites", "merge", "parts", "-o", "parts/x.part"],
    "adapt: the labels": ["adapt", "--labels", "labels/x.jsonl", "--site", "a", "-o", "labels/x.jsonl"],
    "profiles merge": ["profiles", "merge", "x.profiles", "-o", "x.profiles"],
    "train: the labels": ["train", "labels/x.jsonl", "-o", "labels/x.jsonl"],
    "train: of a folder": ["train", "labels", "-o", "labels/x.jsonl"],
}
"""Each says with its last word what it would write over."""


@pytest.fixture
def folder(tiny_path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("pages", "corpora", "parts", "labels"):
        (tmp_path / name).mkdir()
    (tmp_path / "pages" / "a.txt").write_text("The ferry sank at dawn, the coast guard said.\nShare\n")
    story = "The ferry sank at dawn near the harbour, the coast guard said, and all of the crew were saved.\n" * 8
    record = json.dumps({"url": "https://a.example/", "text": f"{story}Share"})
    for path in (tmp_path / "x.jsonl", tmp_path / "corpora" / "x.jsonl"):
        path.write_text(f"{record}\n" * 3)
    page = {"id": "1", "site": "a", "lines": [{"text": "Share", "label": "noise"}]}
    (tmp_path / "labels" / "x.jsonl").write_text(json.dumps(page))
    shutil.copy(tiny_path, tmp_path / "x.detector")
    save_profiles(tmp_path / "x.profiles", {})
    memory = learn(tmp_path, pages_of(a=["Home\nOne", "Home\nTwo"])).path
    for name in ("x.sites", "sites.jsonl"):
        shutil.copy(memory, tmp_path / name)
    [part] = count(tmp_path / "counted", pages_of(a=["Home\nOne"]))
    shutil.copy(part, tmp_path / "parts" / "x.part")
    return tmp_path


@pytest.mark.parametrize("name", COMMANDS)
def test_an_output_that_is_an_input_is_refused_and_the_input_stays(name, folder):
    words = COMMANDS[name]
    before = (folder / words[-1]).read_bytes()
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("detector: error: ")
    assert result.stderr.count("\n") == 1
    assert words[-1] in result.stderr
    assert (folder / words[-1]).read_bytes() == before


@pytest.mark.parametrize("words", [["score", "x.jsonl", "--top", "1"], ["score", "x.jsonl"], ["report", "pages/a.txt"]])
def test_a_dash_is_standard_output(words, folder):
    result = CliRunner().invoke(app, [*words, "-o", "-"])
    assert result.exit_code == 0, result.output
    assert result.stdout == CliRunner().invoke(app, words).stdout
    assert result.stdout
    assert not (folder / "-").exists()
