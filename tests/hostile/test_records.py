"""Bad lines of JSONL over every command that reads JSONL: pages one by one, corpora, labelled pages."""

import json

import pytest
from typer.testing import CliRunner

from detector.cli import app
from tests.hostile.records import BIG, RECORDS

GOOD = b'{"text": "The ferry sank at dawn, the coast guard said on Friday."}'


def _corpus(path, out):
    return ["clean", str(path), "-o", str(out / "out.jsonl"), "--workers", "1"]


def _one_by_one(path, out):
    return ["clean", str(path), "--format", "jsonl", "-o", str(out / "out.jsonl")]


SURFACES = [_corpus, _one_by_one]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("name", RECORDS)
def test_a_bad_record_is_named_by_its_line_and_costs_no_other(surface, name, tiny_path, tmp_path):
    line, reason = RECORDS[name]
    path = tmp_path / "in.jsonl"
    lines = [line, GOOD] if name == "mark" else [GOOD, line, GOOD]
    path.write_bytes(b"\n".join(lines))
    command, *rest = surface(path, tmp_path)
    result = CliRunner().invoke(app, [command, "--model", str(tiny_path), *rest])
    assert "Traceback" not in result.output
    assert "\x1b" not in result.stderr
    written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
    good = [record for record in written if "ferry" in str(record)]
    assert len(good) == lines.count(GOOD)
    if reason is None:
        assert result.exit_code == 0, result.output
        assert len(written) == len([line for line in lines if line.strip()])
    else:
        assert result.exit_code == 1, result.output
        assert f"{path}:2: " in result.stderr
        assert reason in result.stderr
        assert len(written) == 2


@pytest.mark.parametrize("name", [name for name, (_, reason) in RECORDS.items() if reason is not None])
def test_a_bad_labelled_page_stops_the_command_in_one_line(name, tiny_path, tmp_path):
    (tmp_path / "in.jsonl").write_bytes(RECORDS[name][0])
    result = CliRunner().invoke(app, ["evaluate", str(tmp_path / "in.jsonl"), "--model", str(tiny_path)])
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "in.jsonl:1: " in result.stderr


def test_large_numbers_come_through(tiny_path, tmp_path):
    (tmp_path / "in.jsonl").write_bytes(RECORDS["a large id"][0])
    result = CliRunner().invoke(
        app, ["clean", "--model", str(tiny_path), *_corpus(tmp_path / "in.jsonl", tmp_path)[1:]]
    )
    assert result.exit_code == 0
    assert json.loads((tmp_path / "out.jsonl").read_bytes())["id"] == BIG
