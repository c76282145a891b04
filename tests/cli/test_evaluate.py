"""``detector evaluate``."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from detector.cli import app
from detector.labels import write_labelled


@pytest.fixture(scope="module")
def labels(labelled_pages, tmp_path_factory):
    path = tmp_path_factory.mktemp("labels") / "labels.jsonl"
    write_labelled(path, labelled_pages[:12])
    return path


def run(*arguments):
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


def test_one_model(labels, tiny_path):
    figures = json.loads(run(labels, "--model", tiny_path, "--rounds", 5, "--json").stdout)
    assert figures["pages"] == 12
    assert "F1 of noise lines" in run(labels, "--model", tiny_path, "--rounds", 5).stdout


def test_two_models_side_by_side(labels, tiny_path, html_path):
    found = json.loads(run(labels, "--compare", tiny_path, html_path, "--rounds", 20, "--json").stdout)
    for side, path in (("a", tiny_path), ("b", html_path)):
        alone = json.loads(run(labels, "--model", path, "--rounds", 1, "--json").stdout)
        assert found["figures"]["noise_line_f1"][side] == alone["noise_line_f1"][0]
    shown = run(labels, "--compare", tiny_path, html_path, "--rounds", 20).stdout
    assert f"A is {tiny_path}, B is {html_path}" in shown
    value, low, high = found["figures"]["page_word_f1"]["difference"]
    assert f"{value:+.4f} [{low:+.4f}, {high:+.4f}]" in shown


def test_default_is_the_model_that_ships(labels, tiny_path):
    found = run(labels, "--compare", tiny_path, "default", "--rounds", 5, "--json")
    shipped = json.loads(run(labels, "--rounds", 1, "--json").stdout)
    assert json.loads(found.stdout)["figures"]["article_char_recall"]["b"] == shipped["article_char_recall"][0]


def test_compare_names_both_models(labels, tiny_path):
    result = run(labels, "--compare", tiny_path, tiny_path, "--model", tiny_path)
    assert result.exit_code == 2
    assert "leave --model out" in result.stderr
    missing = run(labels, "--compare", tiny_path, labels.with_name("none"))
    assert missing.exit_code == 2
    assert "no such model file" in missing.stderr


def test_no_page_is_no_figure(tmp_path, tiny_path):
    (tmp_path / "none.jsonl").write_bytes(b"")
    result = run(tmp_path / "none.jsonl", "--model", tiny_path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"detector: error: {tmp_path / 'none.jsonl'}: holds no labelled page\n"


def test_names_in_labels_do_not_reach_the_terminal_unescaped(labelled_pages, tmp_path, tiny_path):
    pages = [replace(page, lang="\x1b[31m", id=f"\x1b[2J{page.id}") for page in labelled_pages[:4]]
    write_labelled(tmp_path / "labels.jsonl", pages)
    shown = run(tmp_path / "labels.jsonl", "--model", tiny_path, "--rounds", 2).stdout
    shown += run(tmp_path / "labels.jsonl", "--compare", tiny_path, "default", "--rounds", 2).stdout
    assert "\\x1b[31m" in shown
    assert "\x1b" not in shown
