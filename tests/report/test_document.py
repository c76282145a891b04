"""The file itself: its policy lets only its own style and script be used."""

import base64
import hashlib
import re
import shutil
import subprocess

import pytest

from detector.report.document import document


def test_the_policy_knows_the_style_and_the_script(checked):
    report = document("A <title>", [])
    tree = checked(report)
    assert tree.css_first("title").text() == tree.css_first("h1").text() == "A <title>"
    policy = tree.css_first("meta[http-equiv]").attributes["content"]
    for name in ("style", "script"):
        (text,) = re.findall(rb"<%b>(.*?)</%b>" % (name.encode(), name.encode()), report, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
        assert f"{name}-src 'sha256-{digest}';" in policy
        assert b"url(" not in text
        assert b"import" not in text
    # The policy stands before all that it is for.
    assert report.index(b"Content-Security-Policy") < report.index(b"<style>") < report.index(b"<script>")


def test_the_script_is_one(tmp_path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    (script,) = re.findall(rb"<script>(.*?)</script>", document("A", []), re.DOTALL)
    path = tmp_path / "script.js"
    path.write_bytes(script)
    assert subprocess.run([node, "--check", path], capture_output=True).returncode == 0


def test_light_dark_and_print_are_styled():
    report = document("A", [])
    assert b"prefers-color-scheme:dark" in report
    assert b"@media print" in report
