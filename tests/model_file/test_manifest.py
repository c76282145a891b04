"""Manifests that say something else."""

import json

import pytest

from tests.model_file.conftest import alter, members, refused, write


def stage(name, **changes):
    """A change to what the manifest says of a stage."""
    return lambda record: record["stages"][name].update(changes)


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("text", {"networks": 0}, "no network"),
        ("text", {"networks": 9}, "network1"),
        ("text", {"networks": "1"}, "incomplete"),
        ("text", {"networks": -1}, "no network"),
        ("text", {"calibration": [1]}, "incomplete"),
        ("text", {"calibration": [1, float("inf")]}, "out of range"),
        ("text", {"calibration": None}, "incomplete"),
        ("html", {"networks": 0}, "no network"),
        ("html", {"networks": 2}, "html.network1"),
        ("html", {"calibration": [float("nan"), 0]}, "out of range"),
        ("html", {"calibration": {}}, "incomplete"),
    ],
)
def test_a_manifest_that_says_something_else_of_a_stage_is_refused(both, name, changes, reason):
    alter(both, manifest=stage(name, **changes))
    refused(both, reason)


@pytest.mark.parametrize(
    "stages", [None, [], {}, "text html", ["text", "html"], {"text": None}, {"html": {}}, {"text": {"networks": 1}}]
)
def test_a_manifest_without_stages_is_refused(both, stages):
    alter(both, manifest=lambda record: record.update(stages=stages))
    refused(both, "incomplete")


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("format", "other", "not a model of this package"),
        ("format_version", 999, "format version 999"),
        ("format_version", None, "format version None"),
        ("format_version", "1", "format version '1'"),
        ("schema", "0" * 16, "other features"),
        ("kinds", ["share", "ad_marker"], "other features"),
        ("arrays", [], "lists no arrays"),
        ("arrays", {}, "incomplete"),
        ("arrays", {"text.mean": 5}, "'text.mean'"),
        ("threshold", float("nan"), "out of range"),
        ("threshold", 2, "out of range"),
        ("threshold", "half", "incomplete"),
        ("line_calibration", [float("nan"), 0], "out of range"),
        pytest.param("threshold", 10**400, ""),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(path, key, value, reason):
    alter(path, manifest=lambda record: record.update({key: value}))
    refused(path, reason)


@pytest.mark.parametrize(
    "manifest", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000, b'"' + b"x" * (5 << 20) + b'"']
)
def test_a_manifest_that_is_none_is_refused(path, manifest):
    write(path, members(path) | {"manifest.json": manifest})
    refused(path)


def test_each_array_and_each_key_of_the_manifest_is_needed(path):
    original = path.read_bytes()
    record = json.loads(members(path)["manifest.json"])
    assert len(record["arrays"]) > 15
    for name in record["arrays"]:
        write(path, {member: data for member, data in members(path).items() if member != f"{name}.npy"})
        refused(path, f"'{name}'")
        path.write_bytes(original)
        alter(path, manifest=lambda record, name=name: record["arrays"].pop(name))
        refused(path)
        path.write_bytes(original)
    for key in set(record) - {"info"}:
        alter(path, manifest=lambda record, key=key: record.pop(key))
        refused(path)
        path.write_bytes(original)
