"""What is known of sites, and thresholds: the same options give the same verdicts in every command."""

import json

import pytest
from typer.testing import CliRunner

from detector.cli import app
from detector.labels import write_labelled
from tests.adapt.conftest import FRAME_TOP, NAMES, site_page

SITE = "courier.example"


def run(*arguments):
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def folder(tiny_path, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    (folder / "pages").mkdir()
    for name in NAMES:
        (folder / f"pages/{name}.txt").write_text(site_page(name).text, "utf-8")
    write_labelled(folder / "labels.jsonl", [site_page(name) for name in NAMES[:5]])
    run("sites", "learn", folder / "pages", "--site", SITE, "-o", folder / "own.sites", "--workers", 1)
    known = ["--sites", folder / "own.sites", "--model", tiny_path]
    run("adapt", "--site", SITE, "--labels", folder / "labels.jsonl", "-o", folder / "own.profiles", *known)
    return folder


@pytest.fixture(params=["sites", "profiles"])
def known(request, folder, tiny_path):
    return ["--model", tiny_path, "--site", SITE, f"--{request.param}", folder / f"own.{request.param}"]


@pytest.fixture
def page(folder):
    return folder / "pages" / f"{NAMES[-1]}.txt"


def verdicts(page, options):
    return json.loads(run("clean", page, "--format", "jsonl", *options))


def test_it_changes_verdicts(page, known, tiny_path):
    plain, moved = verdicts(page, ["--model", tiny_path]), verdicts(page, known)
    assert [line["p_noise"] for line in plain["lines"]] != [line["p_noise"] for line in moved["lines"]]


def test_explain(page, known):
    explained, cleaned = json.loads(run("explain", page, "--json", "--top", 99, *known)), verdicts(page, known)
    assert explained["threshold"] == cleaned["threshold"]
    assert [line["p_noise"] for line in explained["lines"]] == [line["p_noise"] for line in cleaned["lines"]]
    names = {entry["name"] for line in explained["lines"] for entry in line["features"]}
    assert ("labelled pages of its site" in names) == ("--profiles" in known)
    assert ("what its site repeats" in names) == ("--sites" in known)


def test_report(page, known, tiny_path):
    cleaned = verdicts(page, known)
    report = run("report", page, *known)
    for line in cleaned["lines"]:
        assert f"{line['p_noise']:.3f} in its context" in report
    assert "Removed, by site" in run("report", page.parent, *known)
    assert run("report", page.parent, *known) != run("report", page.parent, "--model", tiny_path, "--site", SITE)


def test_score(page, known, tiny_path):
    scored = json.loads(run("score", page, *known))
    cleaned = json.loads(run("clean", page, "--score", *known))
    assert scored["quality"] == cleaned["quality"]
    assert scored["share"] == cleaned["share"] != json.loads(run("score", page, "--model", tiny_path))["share"]


def test_diff(page, known, tiny_path):
    _, _, _, site, option, file = known
    found = json.loads(run("diff", tiny_path, page, "--site", site, f"{option}-b", file, "--json"))
    assert (found["a"][option[2:]], found["b"][option[2:]]) == (None, str(file))
    plain, moved = verdicts(page, ["--model", tiny_path]), verdicts(page, known)
    pairs = zip(plain["lines"], moved["lines"], strict=True)
    changed = sum(one["kept"] != other["kept"] for one, other in pairs)
    assert found["now_kept"]["lines"] + found["now_removed"]["lines"] == changed


def test_a_profile_keeps_its_own_threshold_beside_a_fixed_one(page, folder, tiny_path):
    both = ["--profiles-a", folder / "own.profiles", "--profiles-b", folder / "own.profiles", "--threshold-a", 1]
    found = json.loads(run("diff", tiny_path, page, "--site", SITE, *both, "--json"))
    known = ["--model", tiny_path, "--site", SITE, "--profiles", folder / "own.profiles"]
    assert found["now_removed"]["lines"] == verdicts(page, known)["n_removed"] >= len(FRAME_TOP)


def test_evaluate(folder, tiny_path):
    known = ["--sites", folder / "own.sites", "--rounds", 1, "--json", "--model", tiny_path]
    plain = run("evaluate", folder / "labels.jsonl", "--rounds", 1, "--json", "--model", tiny_path)
    assert json.loads(run("evaluate", folder / "labels.jsonl", *known)) != json.loads(plain)


@pytest.mark.parametrize("corpus", [[], ["--columns"]])
@pytest.mark.parametrize("value", ["2", "-0.1", "nan", "abc"])
def test_what_is_no_probability_is_said_in_the_same_words(page, corpus, value):
    result = CliRunner().invoke(app, ["clean", str(page), "--threshold", value, *corpus])
    assert result.exit_code == 2
    assert result.stderr == f"detector: error: --threshold must be a number from 0 to 1, not '{value}'\n"
