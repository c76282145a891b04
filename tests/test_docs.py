"""The documents' examples run: their commands here, their Python by doctest."""

import gzip
import importlib.util
import inspect
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from detector.cli import app
from detector.importers import import_gold_folder
from detector.labels import write_labelled
from tests.conftest import PATIENCE
from tests.review.browser import reviewing

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
STORY = [
    "The ferry left the harbour at dawn with ninety people on board, the coast guard said on {0} {1}.",
    "Nobody was hurt when it ran aground near {1}, a spokeswoman said, and all were taken off by noon.",
    "The company that runs the line to {1} has had to cancel its sailings twice this {0} because of the ice.",
    "Divers will look at the hull on {0}, and the line is to open again within a week, the captain of {1} said.",
]
NOISE = ["[ad_1]", "Share on Facebook", "Subscribe to our newsletter", "Source link", "Leave a Comment"]


def commands():
    for document in DOCUMENTS:
        for block in re.findall(r"```console\n(.*?)```", document.read_text("utf-8"), re.DOTALL):
            yield from re.findall(r"^\$ (.*?)(?: +#.*)?$", block, re.MULTILINE)
    for name, command in helped():
        for example in re.findall(r"^    (detector .*)$", inspect.cleandoc(command.help), re.MULTILINE):
            assert example.startswith(name)
            yield example.partition(" > ")[0]


def helped(name="detector", command=None):
    """All commands with what their help says, those of groups too."""
    command = command or typer.main.get_command(app)
    if isinstance(command, TyperGroup):
        for inner in command.commands:
            yield from helped(f"{name} {inner}", command.commands[inner])
    else:
        yield name, command


@pytest.mark.parametrize(("name", "command"), list(helped()), ids=lambda value: value if isinstance(value, str) else "")
def test_examples_in_help_can_be_copied(name, command):
    shown = CliRunner(env={"COLUMNS": "80"}).invoke(app, [*name.split()[1:], "--help"]).stdout
    examples = re.findall(r"^    (detector .*)$", inspect.cleandoc(command.help), re.MULTILINE)
    assert examples
    for example in examples:
        assert f"      {example}\n" in shown, "the example is broken into two lines"
    assert not re.search(r"<(int|float|path)\b", shown.partition("Options:")[2]), "an option does not say what it takes"


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    """A folder with what the commands of the documents name."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / "pages").mkdir()
    (folder / "clean").mkdir()
    for n, (day, place) in enumerate((d, p) for d in ("Monday", "Friday") for p in ("Norrby", "Ellery", "Sund", "Vik")):
        story = [line.format(day, place) for line in STORY]
        (folder / f"pages/p{n}.txt").write_text("\n\n".join([NOISE[0], *story, *NOISE[1:]]), "utf-8")
        (folder / f"pages/p{n}.gold.txt").write_text("\n\n".join(story), "utf-8")
        (folder / f"clean/p{n}.txt").write_text("\n\n".join(story), "utf-8")
    sites = ("news.example", "metro.example")
    texts = [(folder / f"pages/p{n}.txt").read_text("utf-8") for n in range(8)]
    pages = [{"id": n, "url": f"https://{sites[n % 2]}/{n}", "text": text} for n, text in enumerate(texts)]
    crawl = "".join(json.dumps(page) + "\n" for page in pages)
    (folder / "crawl.jsonl").write_text(crawl, "utf-8")
    write_labelled(folder / "labels.jsonl", import_gold_folder(folder / "pages", site="news.example"))
    (folder / "crawl").mkdir()
    for name in ("a", "b"):
        (folder / f"crawl/{name}.jsonl.gz").write_bytes(gzip.compress(crawl.encode()))
    (folder / "page.txt").write_text((folder / "pages/p0.txt").read_text("utf-8"), "utf-8")
    body = "".join(f"<p>{line.format('Monday', 'Norrby')}</p>" for line in STORY)
    (folder / "page.html").write_text(f"<!doctype html><h1>Ferry aground</h1>{body}<footer>Share</footer>", "utf-8")
    return folder


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document):
    for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text("utf-8")):
        assert (document.parent / target).exists(), target


@pytest.fixture
def small_base(tmp_path, monkeypatch):
    """A few of the pages that ship, so that retraining beside them takes seconds."""
    (tmp_path / "labelled").mkdir()
    pages = (ROOT / "data/labelled/en-news.jsonl").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "labelled/few.jsonl").write_text("".join(pages[:12]), "utf-8")
    shutil.copytree(ROOT / "data/phrases", tmp_path / "phrases")
    monkeypatch.setattr("detector.training.recipe._SHIPPED_DATA", tmp_path)
    monkeypatch.setattr("detector.training.retrain.GUARDED", ())  # figures of so few pages jump


@pytest.mark.usefixtures("small_base", "quick_training")
def test_the_commands_of_the_documents_run(workshop, monkeypatch):
    monkeypatch.chdir(workshop)
    ran = 0
    for command in dict.fromkeys(commands()):
        if "wcxb/" in command or "reposts/" in command:
            continue  # corpora that a clone does not have; tests/test_importers.py has their layouts
        before, _, own = command.rpartition("| ")
        words = shlex.split(own)
        assert words[0] == "detector", command
        if words[1] == "review":  # it runs until it is interrupted
            with reviewing(*words[2:], cwd=workshop):
                ran += 1
            continue
        standard_input = (workshop / before.split()[1]).read_text("utf-8") if before else None
        result = CliRunner().invoke(app, words[1:], input=standard_input)
        assert result.exit_code == 0, (command, result.output)
        ran += 1
    assert ran >= 10


def scripts():
    for document in DOCUMENTS:
        for block in re.findall(r"```python\n(.*?)```", document.read_text("utf-8"), re.DOTALL):
            if ">>>" not in block:
                yield pytest.param(block, id=f"{document.stem}-{re.findall(r'(?:from|import) (.+?)[. ;]', block)[0]}")


@pytest.mark.parametrize("script", list(scripts()))
def test_the_scripts_of_the_documents_run(workshop, script):
    for library in set(re.findall(r"^(?:from|import) (datatrove|ray|datasets)", script, re.MULTILINE)):
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed: pip install 'detector-lines[{library}]'")
    (workshop / "script.py").write_text(script, "utf-8")
    result = subprocess.run(
        [sys.executable, "script.py"],
        cwd=workshop,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert result.returncode == 0, result.stderr[-3000:]
