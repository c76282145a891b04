"""The bounds of pyproject.toml, the oldest versions that are tried and the table of docs/dependencies.md agree."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = (ROOT / "pyproject.toml").read_text("utf-8")
OLDEST = dict(re.findall(r"^([\w-]+)==(\S+)$", (ROOT / ".ci/oldest.txt").read_text("utf-8"), re.MULTILINE))
TABLE = (ROOT / "docs/dependencies.md").read_text("utf-8")
EXTRAS = ("dependencies", "html", "corpus", "remote", "review")


def bounds(extra):
    [listed] = re.findall(rf"^{extra} = \[(.*?)\]$", PROJECT, re.MULTILINE | re.DOTALL)
    return re.findall(r'"([\w-]+)>=([\w.]+)(?:,<(\d+))?"', listed)


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_oldest_versions_that_are_tried_are_those_that_are_allowed(extra):
    assert bounds(extra)
    for name, least, _ in bounds(extra):
        assert re.fullmatch(rf"{re.escape(least)}(\.0)*", OLDEST[name]), name


def test_nothing_else_is_pinned():
    assert set(OLDEST) == {name for extra in EXTRAS for name, _, _ in bounds(extra)}


@pytest.mark.parametrize("extra", EXTRAS)
def test_the_table_has_the_bounds(extra):
    for name, least, below in bounds(extra):
        [row] = re.findall(rf"^\| [^|]*\b{name}\b.*$", TABLE, re.MULTILINE)
        assert re.search(rf"\b{re.escape(least)}{f', under {below}' if below else ''}\b", row), name


def test_a_package_has_the_same_bounds_wherever_it_is_asked_for():
    seen = {}
    for name, least, below in (bound for extra in (*EXTRAS, "train", "dev") for bound in bounds(extra)):
        assert seen.setdefault(name, (least, below)) == (least, below), name
