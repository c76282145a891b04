"""Every command that writes, and what stands for a disk that is full."""

import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from detector.adapt.file import save_profiles
from detector.adapt.site import adapt_site
from detector.cleaner import Cleaner
from detector.cli import app
from detector.labels import write_labelled
from detector.page import Page
from tests.adapt.conftest import NAMES, site_page
from tests.conftest import PATIENCE
from tests.memory.conftest import count

ROOT = Path(__file__).parent.parent.parent

WRITERS = {
    "clean a page": ["clean", "pages/a.txt", "-o", "OUT/clean.txt"],
    "clean pages": ["clean", "pages", "--format", "jsonl", "-o", "OUT/pages.jsonl", "--removed", "OUT/removed.jsonl"],
    "clean a folder": ["clean", "pages", "-o", "OUT/folder"],
    "clean a corpus": ["clean", "corpus.jsonl", "-o", "OUT/corpus.jsonl", "--workers", "1", "--shard-mb", "0.02"],
    "clean a corpus in parallel": [
        *("clean", "corpus.jsonl", "-o", "OUT/corpus.jsonl.gz", "--removed", "OUT/removed.jsonl", "--workers", "2"),
        *("--shard-mb", "0.02", "--summary", "OUT/summary.json"),
    ],
    "learn sites": [
        *("sites", "learn", "corpus.jsonl", "--site", "a", "-o", "OUT/corpus.sites", "--workers", "1"),
        *("--min-pages", "1"),
    ],
    "merge sites": ["sites", "merge", "parts", "-o", "OUT/merged.sites", "--min-pages", "1"],
    "score a corpus": ["score", "corpus.jsonl", "-o", "OUT/scored.jsonl", "--workers", "1", "--shard-mb", "0.02"],
    "score for a reference": ["score", "corpus.jsonl", "--make-reference", "OUT/own.json", "--workers", "1"],
    "adapt": ["adapt", "--labels", "labels.jsonl", "-o", "OUT/own.profiles"],
    "profiles merge": ["profiles", "merge", "profiles/a", "profiles/b", "-o", "OUT/merged.profiles"],
    "report": ["report", "pages", "-o", "OUT/report.html"],
    "import": ["import", "gold", "pages", "--gold", "gold", "-o", "OUT/labelled.jsonl", "--report", "OUT/report.tsv"],
}
"""Commands that write below OUT; a new one belongs here."""

SLOW = {"train": ["train", "few.jsonl", "-o", "OUT/own.detector", "--folds", "2", "--networks", "1"]}
"""Those that are killed, too; what writes their files is tested on full disks by itself."""

_COMMANDS = WRITERS | SLOW
_WITHOUT_MODEL = ("import", "profiles", "sites", "train")
_UNEQUAL = ("summary.json",)


class Bench:
    """A folder with inputs, in which the commands run."""

    def __init__(self, folder, model, pages):
        self.folder, self.model = folder, model
        self.seconds = {}
        for name in ("pages", "gold"):
            (folder / name).mkdir()
        (folder / "pages" / "a.txt").write_bytes(b"\n".join(page.text.encode() for page in pages[:40]))
        (folder / "gold" / "a.txt").write_bytes(pages[0].text.encode())
        for number, page in enumerate(pages[:12]):
            for name in ("pages", "gold"):
                (folder / name / f"b{number}.txt").write_bytes(page.text.encode())
        import json

        lines = (
            json.dumps({"id": page.id, "text": page.text}) for page in itertools.islice(itertools.cycle(pages), 240)
        )
        (folder / "corpus.jsonl").write_text("".join(f"{line}\n" for line in lines))
        (folder / "parts").mkdir()
        for number, page in enumerate(pages[:2]):
            counted = count(folder / "counted", [Page(page.text, site="a")])
            (folder / "parts" / f"{number}.part").write_bytes(Path(counted[0]).read_bytes())
        write_labelled(folder / "labels.jsonl", [site_page(name) for name in NAMES[:4]])
        write_labelled(folder / "few.jsonl", pages[:8])
        cleaner = Cleaner.load(model)
        (folder / "profiles").mkdir()
        for site in "ab":
            adapted = adapt_site(site, [site_page(name, site) for name in NAMES[:4]], cleaner, "base")
            save_profiles(folder / "profiles" / site, {site: adapted.profile})

    def command(self, name, out):
        """The words of a command that writes to a folder."""
        words = [word.replace("OUT", str(out)) for word in _COMMANDS[name]]
        if words[0] not in _WITHOUT_MODEL:
            words[1:1] = ["--model", str(self.model)]
        return words

    def start(self, name, out, *, before=""):
        """Start it in a process of its own; `before` is code that runs first."""
        return subprocess.Popen(
            [sys.executable, "-c", f"{before}\nfrom detector.cli import main\nmain()", *self.command(name, out)],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, name, out, *, before=""):
        """Run it to its end: exit code and what it said."""
        process = self.start(name, out, before=before)
        _, said = process.communicate(timeout=PATIENCE)
        return process.returncode, said.decode()


def finishes_as(bench, name, out, expected):
    """With nothing in its way, the same command ends well and its files are the expected ones; run in this process."""
    before = Path.cwd()
    os.chdir(bench.folder)
    try:
        result = CliRunner().invoke(app, bench.command(name, out))
    finally:
        os.chdir(before)
    assert result.exit_code == 0, result.output
    assert content(out) == expected


def content(folder):
    """Files below a folder and their bytes; unfinished ones, and what is hidden or in a hidden folder, left out."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        final = ".unfinished" not in str(name) and not any(part.startswith(".") for part in name.parts)
        if path.is_file() and path.name not in _UNEQUAL and final:
            found[str(name)] = path.read_bytes()
    return found


def hidden(folder):
    """What was left under names that are not final."""
    return [path for path in folder.rglob("*") if path.name.startswith(".detector-") or path.name.endswith(".tmp")]


@pytest.fixture(scope="session")
def bench(tmp_path_factory, tiny_path, labelled_pages):
    return Bench(tmp_path_factory.mktemp("bench"), tiny_path, labelled_pages[::3])


@pytest.fixture(scope="session")
def whole(bench, tmp_path_factory):
    """What each command writes when nothing goes wrong."""
    results = {}
    for name in _COMMANDS:
        out = tmp_path_factory.mktemp("whole")
        started = time.monotonic()
        code, said = bench.run(name, out)
        bench.seconds[name] = time.monotonic() - started
        assert code == 0, said
        results[name] = content(out)
        assert results[name]
    return results


@pytest.fixture
def small_disk(tmp_path):
    """A file system of so many bytes."""
    mounted = []

    def mount(size):
        folder = tmp_path / "disk"
        folder.mkdir(exist_ok=True)
        options = f"size={size}"
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip(f"a tmpfs cannot be mounted here: {done.stderr.decode().strip()}")
        mounted.append(folder)
        return folder

    def grow(size):
        subprocess.run(["mount", "-o", f"remount,size={size}", mounted[0]], check=True)

    mount.grow = grow
    yield mount
    for folder in mounted:
        subprocess.run(["umount", folder], check=True)
