"""``detector train``."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from detector.cli import app
from detector.labels import write_labelled
from detector.training import retrain
from tests.adapt.conftest import NAMES, site_page
from tests.conftest import LABELLED

pytestmark = pytest.mark.usefixtures("quick_training")


def run(*arguments):
    return CliRunner().invoke(app, ["train", *map(str, arguments)])


@pytest.fixture(scope="module")
def labels(tmp_path_factory):
    path = tmp_path_factory.mktemp("labels") / "labels.jsonl"
    write_labelled(path, [site_page(name, f"{name}.example") for name in NAMES[:5]])
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """A small folder as ``data`` is."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "labelled").mkdir()
    few = (LABELLED / "en-news.jsonl").read_text("utf-8").splitlines(keepends=True)[:8]
    (folder / "labelled/few.jsonl").write_text("".join(few), "utf-8")
    shutil.copytree(LABELLED.parent / "phrases", folder / "phrases")
    return folder


QUICK = ("--networks", 1, "--folds", 2)


def test_own_pages_alone(labels, tmp_path):
    result = run(labels, "-o", tmp_path / "m", *QUICK, "--json")
    assert result.exit_code == 0, result.output
    record = json.loads(result.stdout)
    assert record["saved"]
    assert record["compared"] is None
    again = run(labels, "--alone", "-o", tmp_path / "n", *QUICK)
    assert again.exit_code == 0
    assert (tmp_path / "m").read_bytes() == (tmp_path / "n").read_bytes()


def test_beside_other_pages_measured_and_always_the_same(labels, data, tiny_path, tmp_path):
    arguments = (labels, "--data", data, "--model", tiny_path, "--measure-folds", 2, "--margin", 1, *QUICK)
    result = run(*arguments, "-o", tmp_path / "m", "--json")
    assert result.exit_code == 0, result.output
    compared = json.loads(result.stdout)["compared"]
    assert compared["held_out"] == "sites"
    assert compared["own"]["pages"] == 5
    assert "base set, sites held out" in result.stderr
    assert run(*arguments, "-o", tmp_path / "n").exit_code == 0
    assert (tmp_path / "m").read_bytes() == (tmp_path / "n").read_bytes()


def test_a_falling_base_is_refused(labels, data, tiny_path, tmp_path, monkeypatch):
    measured = []

    def measure_once(*arguments, **settings):
        if not measured:
            measured.append(compare_trainings(*arguments, **settings))
        return measured[0]

    compare_trainings = retrain.compare_trainings
    monkeypatch.setattr(retrain, "compare_trainings", measure_once)
    monkeypatch.setattr(retrain.Comparisons, "falls", lambda self, margin: ["page_word_f1"])
    arguments = (labels, "--data", data, "--model", tiny_path, "--measure-folds", 2, *QUICK)
    refused = run(*arguments, "-o", tmp_path / "m", "--json")
    assert refused.exit_code == 2
    assert not (tmp_path / "m").exists()
    assert json.loads(refused.stdout)["saved"] is False
    assert "falls by more than 0.01: not saved (--allow-regression saves it)" in refused.stderr
    allowed = run(*arguments, "-o", tmp_path / "m", "--allow-regression")
    assert allowed.exit_code == 0
    assert (tmp_path / "m").exists()
    assert "saved all the same" in allowed.stderr
