"""``detector model``, and the command line as a whole."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import detector
from detector import model_file
from detector.cli import app, json_line, main, messages, printable
from detector.features import COLUMNS, HTML_COLUMNS

ROOT = Path(__file__).parent.parent.parent


def run(*arguments, **settings):
    return CliRunner().invoke(app, list(map(str, arguments)), **settings)


def judge_size(judge, n_columns):
    two, three = judge
    networks = (*two.networks, *two.kinds, two.page_types, three.network)
    layers = [layer for network in networks for layer in network.layers]
    return (
        2 * n_columns
        + 2 * len(three.mean)
        + sum(layer.weights.size + layer.scale.size + layer.bias.size + 1 for layer in layers)
    )


def test_info(tiny_model, tmp_path):
    path = tmp_path / "m.detector"
    info = {
        "data": [{"name": "wcxb", "licence": "CC BY 4.0"}],
        "licences": ["MIT", "CC0"],
        "figures": {"dev": {"f1": 0.9}},
        "odd\n": "\x1b",
    }
    model_file.save(path, tiny_model, info)
    result = run("model", "info", path)
    assert (result.exit_code, result.stderr) == (0, "")
    rows = dict(line.split("  ", 1) for line in result.stdout.splitlines())
    rows = {name.strip(): value.strip() for name, value in rows.items()}
    assert rows["file"] == str(path)
    assert rows["format version"] == str(model_file.FORMAT_VERSION)
    assert rows["data.1.licence"] == "CC BY 4.0"
    assert rows["licences"] == "MIT, CC0"
    assert rows["figures.dev.f1"] == "0.9"
    assert rows["odd\\n"] == "\\x1b"
    assert rows["size"].endswith("MB")


def test_info_as_json(tiny_model, tiny_path):
    described = json.loads(run("model", "info", tiny_path, "--json").stdout)
    assert described["size"] == tiny_path.stat().st_size
    assert described["info"] == {"purpose": "tests"}
    counts = described["parameters"]
    assert counts.pop("total") == sum(counts.values())
    assert counts["text stages"] == judge_size(tiny_model.text, len(COLUMNS))
    assert counts["structure model"] == counts["HTML stages"] == 0
    assert counts["line model"] == tiny_model.stage_one.weights.size + 2
    tables = tiny_model.rarity.size + sum(map(len, tiny_model.glue))
    assert counts["tables"] == tables + sum(table.size for table in tiny_model.tables)
    assert described["reads"] == {"text": "1 networks"}


def test_info_of_a_model_that_reads_html(html_model, html_path):
    described = json.loads(run("model", "info", html_path, "--json").stdout)
    counts = described["parameters"]
    assert counts.pop("total") == sum(counts.values())
    assert counts["HTML stages"] == judge_size(html_model.html, len(HTML_COLUMNS))
    assert counts["structure model"] == html_model.structure.weights.size + 2
    assert described["reads"] == {"text": "1 networks", "html": "1 networks"}
    assert "reads           text (1 networks), html (1 networks)\n" in run("model", "info", html_path).stdout


def test_info_of_no_model(tmp_path):
    (tmp_path / "x").write_text("x")
    for name, reason in (("x", "not a model file"), ("y", "no such model file")):
        result = run("model", "info", tmp_path / name)
        assert result.exit_code == 2
        assert reason in result.stderr
        assert result.stderr.count("\n") == 1


# The command line


def test_version():
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"detector {detector.__version__}\n")


def test_help_lists_commands_without_importing_them():
    code = (
        "import sys\nfrom detector.cli import main\ntry:\n    main()\nfinally:\n"
        "    helpers = {'detector.cli.terminal'}\n"
        "    print(sorted(name for name in {*sys.modules} - helpers if name.startswith('detector.cli.')))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, "--help"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    for name in ("clean", "explain", "train", "evaluate", "import", "model"):
        assert f"\n  {name} " in result.stdout
    assert result.stdout.endswith("[]\n")


@pytest.mark.parametrize("command", [["clean"], ["explain"], ["import"], ["model", "info"]])
def test_help_has_examples(command):
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert f"\n      detector {' '.join(command)}" in result.stdout


def test_unknown_command():
    result = run("cleen")
    assert result.exit_code == 2
    assert "clean" in result.stderr


def test_no_command_shows_the_help():
    result = run()
    assert "Commands:" in result.output


def test_modules_name_their_commands():
    from detector.cli import _COMMANDS

    for name, (module, summary) in _COMMANDS.items():
        assert (ROOT / "detector" / "cli" / f"{module}.py").exists(), name
        assert summary.endswith(".")
    group = typer.main.get_command(app)
    assert list(group.commands) == list(_COMMANDS)
    assert group.commands.get("clean").name == "clean"
    assert group.commands.get("nonsense") is None


def test_defects_are_one_line(monkeypatch, capsys, tiny_path):
    def fail(*_):
        raise RuntimeError("something odd")

    monkeypatch.setattr(model_file, "load", fail)
    monkeypatch.setattr("detector.cli.model.load", fail)
    monkeypatch.setattr(sys, "argv", ["detector", "model", "info", str(tiny_path)])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("detector: error: RuntimeError: something odd")
    assert said.count("\n") == 1
    monkeypatch.setenv("DETECTOR_TRACEBACK", "1")
    with pytest.raises(RuntimeError):
        main()


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt, 130), (BrokenPipeError, 141), (MemoryError, 2)])
def test_exit_codes(monkeypatch, capsys, tiny_path, error, code):
    def fail(*_):
        raise error

    monkeypatch.setattr("detector.cli.model.load", fail)
    monkeypatch.setattr(sys, "argv", ["detector", "model", "info", str(tiny_path)])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == code
    assert capsys.readouterr().out == ""


def test_closed_streams(tiny_path):
    code = "import sys; sys.stdout = sys.stderr = None\nfrom detector.cli import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", code, "model", "info", tiny_path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert result.returncode == 2


def test_printable():
    assert printable("café 中") == "café 中"
    assert printable("a\nb\x1b\udcff\u202e") == "a\\nb\\x1b\\udcff\\u202e"


def test_json_lines():
    assert json_line({"a": "é"}) == '{"a": "é"}\n'.encode()
    assert json.loads(json_line({"a": "\ud800"})) == {"a": "\ud800"}


def test_nothing_is_said_where_nobody_listens(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    messages.say("x")
    messages.progress("x")
    messages.clear()
