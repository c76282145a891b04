import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from typer.testing import CliRunner

from detector.cli import app
from detector.labels import read_labelled
from tests.conftest import PATIENCE
from tests.review.browser import reviewing

ROOT = Path(__file__).parents[2]
TEXT = "Share on Facebook\nThe ferry sank at dawn, the coast guard said on Friday.\nLeave a Comment\n"


@pytest.fixture
def pages(tmp_path):
    folder = tmp_path / "pages"
    folder.mkdir()
    for n in range(3):
        (folder / f"p{n}.txt").write_text(f"{TEXT}Story {'abc'[n]}.\n", "utf-8")
    return folder


def ask(address, path, body=None, **headers):
    home, _, token = address.partition("/#")
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(home + path, data, {"x-review-token": token, **headers})
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return json.load(response)


def test_a_folder_is_reviewed_and_the_labels_are_beside_it(pages, tmp_path, tiny_path):
    with reviewing(pages, "--model", str(tiny_path), cwd=tmp_path) as (address, process):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/#[\w-]{32}", address)
        state = ask(address, "/api/state")
        assert (state["title"], state["pages"], state["lines"]) == ("pages", 3, 12)
        body = {"page": 0, "answers": [{"first": 0, "last": 0, "label": "noise", "kind": "share"}]}
        assert ask(address, "/api/answer", body)["settled"] == 3
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
    labelled = list(read_labelled([tmp_path / "pages.labels.jsonl"]))
    assert [page.lines[0][0].kind for page in labelled] == ["share"] * 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pages", "pages.labels.jsonl"]


def test_an_interrupt_that_follows_the_address_at_once_ends_it(pages, tmp_path, tiny_path):
    """Also where the parent ignores interrupts, which a process takes over: a shell's background job, some CI."""
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with reviewing(pages, "--model", str(tiny_path), cwd=tmp_path) as (_, process):
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 0
    finally:
        signal.signal(signal.SIGINT, handler)


def test_the_site_of_pages_that_name_none_is_named(pages, tmp_path, tiny_path):
    labels = tmp_path / "own.jsonl"
    options = ("--site", "ferry.example", "--labels", str(labels), "--model", str(tiny_path))
    with reviewing(pages, *options, cwd=tmp_path) as (address, _):
        assert ask(address, "/api/page?page=0")["site"] == "ferry.example"
        ask(address, "/api/accept", {"page": 0})
    assert {page.site for page in read_labelled([labels])} == {"ferry.example"}


def test_what_sites_repeat_is_considered(pages, tmp_path, tiny_path):
    known = tmp_path / "known.sites"
    learned = CliRunner().invoke(app, ["sites", "learn", str(pages), "--site", "ferry.example", "-o", str(known)])
    assert learned.exit_code == 0, learned.output
    options = ("--site", "ferry.example", "--model", str(tiny_path))
    with reviewing(pages, *options, "--sites", str(known), cwd=tmp_path) as (address, _):
        assert ask(address, "/api/page?page=0")["n_lines"] == 4
    result = run(pages, "--model", tiny_path, "--sites", pages / "p0.txt", cwd=tmp_path)
    assert result.returncode == 2
    assert "p0.txt" in result.stderr


def test_it_listens_on_the_loopback_address_only(pages, tmp_path, tiny_path):
    with reviewing(pages, "--model", str(tiny_path), cwd=tmp_path) as (address, process):
        port = int(re.search(r":(\d+)/", address)[1])
        listening = Path(f"/proc/{process.pid}/net/tcp").read_text("ascii")
        places = re.findall(rf"([0-9A-F]{{8}}):{port:04X} 00000000:0000 0A", listening)
        assert places == ["0100007F"]
        with pytest.raises(urllib.error.HTTPError, match="401"):
            ask(address + "x", "/api/state")
        with pytest.raises(urllib.error.HTTPError, match="403"):
            ask(address, "/api/state", Origin="http://evil.example")


def run(*words, **settings):
    return subprocess.run(
        [sys.executable, "-m", "detector", "review", "--no-browser", *map(str, words)],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=PATIENCE, **settings,
    )  # fmt: skip


def test_a_second_reviewer_is_refused_in_one_line(pages, tmp_path, tiny_path):
    with reviewing(pages, "--model", str(tiny_path), cwd=tmp_path) as (_, process):
        second = run(pages, "--model", tiny_path)
    assert second.returncode == 2
    assert f"process {process.pid} is reviewing into it" in second.stderr.splitlines()[-1]
    assert "Traceback" not in second.stderr


def test_a_port_that_is_taken_is_said(pages, tiny_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = run(pages, "--model", tiny_path, "--port", taken.getsockname()[1])
    assert result.returncode == 2
    assert "Address already in use; --port 0 takes any that is free" in result.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["gone"], "gone: No such file"),
        (["pages", "--site", "x.org", "--labels", "pages"], "pages"),
        (["pages", "--labels", "gone/labels.jsonl"], "gone/labels.jsonl: cannot be written"),
        (["pages/p0.txt", "--labels", "pages/p0.txt"], "is an input"),
        (["empty"], "holds no page"),
        (["blank.txt"], "nothing to review"),
    ],
)
def test_what_cannot_be_reviewed_is_refused_in_one_line(words, reason, pages, tmp_path, monkeypatch, tiny_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "blank.txt").write_text("\n \n", "utf-8")
    result = CliRunner().invoke(app, ["review", "--no-browser", "--model", str(tiny_path), *words])
    assert result.exit_code == 2
    assert reason in result.output
    assert (tmp_path / "pages/p0.txt").read_text("utf-8").startswith(TEXT)


def test_without_its_libraries_the_command_says_what_brings_them(pages, monkeypatch):
    monkeypatch.setitem(sys.modules, "starlette", None)
    result = CliRunner().invoke(app, ["review", str(pages)])
    assert result.exit_code == 2
    assert "the review page needs starlette: pip install 'detector-lines[review]'" in result.output
