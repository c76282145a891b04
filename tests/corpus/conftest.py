"""Small corpora in every format."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from detector.cli import app

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def texts(labelled_pages):
    """Real pages of many scripts, and odd ones."""
    pages = [page.text for page in labelled_pages[::3]]
    return [*pages[:30], "", "\n\n", "One line.", "a\u2028b\x85c\x0bd\r\ne", *pages[30:42]]


@pytest.fixture(scope="session")
def pages(texts):
    """Records with all that must come through untouched."""
    return [
        {
            "id": f"p{n}",
            "url": f"https://www.news{n % 3}.example/{n}",
            "text": text,
            "big": 2**63 + n,
            "share": 1e-7,
            "meta": {"tags": ["a", "ü"], "n": n},
        }
        for n, text in enumerate(texts)
    ]


def write_corpus(path, pages):
    """Write pages to a JSONL file; its lines are written in two ways that mean the same."""
    lines = [json.dumps(page, ensure_ascii=n % 2 == 0) for n, page in enumerate(pages)]
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())
    return path


@pytest.fixture
def corpus(tmp_path, pages):
    return write_corpus(tmp_path / "pages.jsonl", pages)


@pytest.fixture
def clean(tiny_path):
    """Run the command in this process."""

    def run(*arguments, **settings):
        return CliRunner().invoke(app, ["clean", "--model", str(tiny_path), *map(str, arguments)], **settings)

    return run


@pytest.fixture
def start(tiny_path):
    """Start the command in a process of its own; what a test leaves is ended."""
    started = []

    def run(*arguments, **settings):
        process = subprocess.Popen(
            [sys.executable, "-c", "from detector.cli import main; main()", "clean", "--model", str(tiny_path),
             *map(str, arguments)],
            env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, **settings,
        )  # fmt: skip
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def records(path_or_data):
    data = path_or_data.read_bytes() if isinstance(path_or_data, Path) else path_or_data
    return [json.loads(line) for line in data.splitlines() if line.strip()]
