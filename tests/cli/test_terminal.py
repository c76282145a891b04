"""What is shown on a terminal: nothing that a page holds gives it orders."""

import json
import os
import subprocess
import sys

import pytest

from detector.cli.terminal import Escape
from tests.corpus.conftest import ROOT


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ü 日本\t\n", "plain ü 日本\t\n"),
        ("a\x1b[31mb\x07\x7f\0", "a\\x1b[31mb\\x07\\x7f\\x00"),
        ("a\x9b31mb", "a\\x9b31mb"),
        ("seen\rhidden\r\nnext", "seen\nhidden\r\nnext"),
    ],
)
def test_control_characters_are_escaped(text, shown):
    assert Escape()(text.encode()).decode() == shown
    escape = Escape()
    assert b"".join(escape(bytes([byte])) for byte in text.replace("\r\n", "\n").encode()).decode() == shown.replace(
        "\r\n", "\n"
    )


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("name", ["page.txt", "page.html", "page.jsonl"])
def test_a_page_does_not_reach_the_terminal_unescaped(tiny_path, tmp_path, name):
    page = "The ferry \x1b[31msank\x9b0m at dawn, the coast guard said on Friday."
    if name == "page.html":
        page = f"<!doctype html><p>{page}</p>"
    elif name == "page.jsonl":
        page = json.dumps({"text": page, "more": "\x9b"}, ensure_ascii=False)
    (tmp_path / name).write_text(page, "utf-8")
    command = ["clean", "--model", str(tiny_path), "--threshold", "1", str(tmp_path / name)]
    shown = on_terminal(command)
    assert b"ferry" in shown
    assert b"\x1b" not in shown
    assert b"\xc2\x9b" not in shown
    plain = subprocess.run([*COMMAND, *command], env=ENVIRONMENT, capture_output=True, check=True)
    assert b"\xc2\x9b" in plain.stdout


COMMAND = [sys.executable, "-c", "from detector.cli import main; main()"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}


def on_terminal(arguments):
    """Run the command with standard output on a terminal; what that gets."""
    import pty

    master, slave = pty.openpty()
    running = subprocess.Popen([*COMMAND, *arguments], env=ENVIRONMENT, stdout=slave, stderr=subprocess.DEVNULL)
    os.close(slave)
    shown = b""
    while True:
        try:
            piece = os.read(master, 1 << 16)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    assert running.wait() == 0
    os.close(master)
    return shown
