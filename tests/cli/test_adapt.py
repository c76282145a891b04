"""``detector adapt``, ``detector profiles`` and ``detector clean --profiles``."""

import json

import pytest
from typer.testing import CliRunner

from detector.cli import app
from detector.labels import write_labelled
from tests.adapt.conftest import FRAME_TOP, NAMES, site_page


def run(*arguments):
    return CliRunner().invoke(app, list(map(str, arguments)))


@pytest.fixture
def labels(tmp_path):
    path = tmp_path / "labels.jsonl"
    write_labelled(path, [site_page(name) for name in NAMES[:5]] + [site_page("Ulm", "other.example")])
    return path


@pytest.fixture
def crawl(tmp_path):
    path = tmp_path / "crawl.jsonl"
    rows = [
        {"id": f"{site}-{name}", "site": site, "text": site_page(name).text}
        for name in NAMES[5:]
        for site in ("courier.example", "elsewhere.example")
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


@pytest.fixture
def profiles(labels, tiny_path, tmp_path):
    path = tmp_path / "own.profiles"
    result = run("adapt", "--site", "courier.example", "--labels", labels, "-o", path, "--model", tiny_path)
    assert result.exit_code == 0, result.output
    return path


def test_json_says_what_is_gained(labels, tiny_path, tmp_path):
    path = tmp_path / "own.profiles"
    result = run(
        "adapt", "--site", "courier.example", "--labels", labels, "-o", path, "--model", tiny_path, "--json"
    )  # fmt: skip
    assert result.exit_code == 0
    record = json.loads(result.stdout)
    (site,) = record["sites"]
    assert (site["site"], site["pages"], site["saved"], record["saved"]) == ("courier.example", 5, True, 1)
    gain = site["gain"]
    assert gain["words_wrong_after"] < gain["words_wrong_before"]
    assert gain["errors_left"][1] <= gain["errors_left"][0] <= gain["errors_left"][2]
    assert "1 labelled pages are of other sites: left out" in result.stderr
    assert "held out 5 of 5" in result.stderr


def test_sites_that_have_too_little_are_not_saved(labels, tiny_path, tmp_path):
    path = tmp_path / "own.profiles"
    some = run("adapt", "--labels", labels, "-o", path, "--model", tiny_path)
    assert some.exit_code == 1
    assert "other.example: not saved: 1 labelled page; a profile needs at least 3" in some.stderr
    assert list(json.loads(path.read_text())["sites"]) == ["courier.example"]
    before = path.read_bytes()
    none = run("adapt", "--site", "other.example", "--labels", labels, "-o", path, "--model", tiny_path, "--json")
    assert none.exit_code == 2
    assert json.loads(none.stdout)["sites"][0]["reason"].startswith("1 labelled page")
    assert path.read_bytes() == before


def test_profiles_of_other_sites_stay(profiles, tiny_path, tmp_path):
    more = tmp_path / "more.jsonl"
    write_labelled(more, [site_page(name, "more.example") for name in NAMES[:3]])
    assert run("adapt", "--labels", more, "-o", profiles, "--model", tiny_path).exit_code == 0
    shown = run("profiles", "show", profiles).stdout
    assert [row.split("\t")[-1] for row in shown.splitlines()[1:]] == ["courier.example", "more.example"]


def test_contradictions_are_reported(labels, tiny_path, tmp_path):
    with labels.open("a") as stream:
        stream.write('{"page": "page-Sund", "line": 1, "label": "article"}\n{broken\n')
    result = run(
        "adapt", "--site", "courier.example", "--labels", labels, "-o", tmp_path / "p", "--model", tiny_path, "--json"
    )  # fmt: skip
    assert result.exit_code == 0
    assert json.loads(result.stdout)["complaints"] == 2
    assert "labels.jsonl:8: not a JSON record" in result.stderr


def test_labels_of_lines_with_pages(tiny_path, tmp_path):
    pages, labels = tmp_path / "pages.jsonl", tmp_path / "lines.jsonl"
    with pages.open("w") as page_stream, labels.open("w") as label_stream:
        for name in NAMES[:4]:
            page = site_page(name)
            page_stream.write(json.dumps({"id": page.id, "text": page.text, "site": page.site}) + "\n")
            for number, line in enumerate(page.lines, 1):
                if line:
                    record = {"page": page.id, "line": number, "text": line[0].text, "label": line[0].label}
                    label_stream.write(json.dumps(record) + "\n")
    result = run("adapt", "--labels", labels, "--pages", pages, "-o", tmp_path / "p", "--model", tiny_path)
    assert result.exit_code == 0, result.output
    assert run("adapt", "--labels", labels, "-o", tmp_path / "q", "--model", tiny_path).exit_code == 2


def test_clean_picks_profiles_up_by_site(profiles, crawl, tiny_path, tmp_path):
    out = tmp_path / "out.jsonl"
    assert run("clean", crawl, "-o", out, "--profiles", profiles, "--model", tiny_path).exit_code == 0
    plain = tmp_path / "plain.jsonl"
    assert run("clean", crawl, "-o", plain, "--model", tiny_path).exit_code == 0
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    before = [json.loads(line) for line in plain.read_text().splitlines()]
    for row, old in zip(rows, before, strict=True):
        if row["site"] == "courier.example":
            assert not any(text in row["text"] for text in FRAME_TOP)
        else:
            assert row == old
    again = tmp_path / "again.jsonl"
    result = run(
        "clean", crawl, "-o", again, "--profiles", profiles, "--model", tiny_path, "--workers", 2, "--shard-mb", "0.001"
    )  # fmt: skip
    assert result.exit_code == 0
    assert again.read_bytes() == out.read_bytes()


def test_profiles_for_another_model_are_refused(profiles, crawl, html_path, tmp_path):
    result = run("clean", crawl, "-o", tmp_path / "x.jsonl", "--profiles", profiles, "--model", html_path)
    assert result.exit_code == 2
    assert "was made for model" in result.stderr
    assert result.stderr.count("\n") == 1


def test_show_lists_the_known_lines(profiles):
    shown = run("profiles", "show", profiles, "courier.example").stdout.splitlines()
    assert shown[0] == "noise\tarticle\tkind\tline"
    assert f"5\t0\tnavigation\t{FRAME_TOP[0]}" in shown
    records = map(json.loads, run("profiles", "show", profiles, "courier.example", "--json").stdout.splitlines())
    assert {"noise": 5, "article": 0, "kind": "navigation", "text": FRAME_TOP[0]} in records
    (site,) = run("profiles", "show", profiles, "--json").stdout.splitlines()
    assert (json.loads(site)["site"], json.loads(site)["pages"]) == ("courier.example", 5)
    missing = run("profiles", "show", profiles, "nowhere.example")
    assert missing.exit_code == 2
    assert "it has courier.example" in missing.stderr


def test_merge(profiles, tmp_path):
    merged = tmp_path / "merged.profiles"
    assert run("profiles", "merge", profiles, profiles, "-o", merged).exit_code == 0
    assert merged.read_bytes() == profiles.read_bytes()


def test_pages_one_by_one_are_of_the_site_that_is_named(profiles, tiny_path, tmp_path):
    page = tmp_path / "page.txt"
    page.write_text(site_page(NAMES[7]).text, "utf-8")
    known = run("clean", page, "--profiles", profiles, "--model", tiny_path, "--site", "courier.example")
    unknown = run("clean", page, "--profiles", profiles, "--model", tiny_path)
    plain = run("clean", page, "--model", tiny_path)
    assert unknown.stdout == plain.stdout != known.stdout
    assert not any(text in known.stdout for text in FRAME_TOP)


def test_an_unfinished_run_is_not_taken_up_with_other_profiles(profiles, crawl, tiny_path, tmp_path):
    from detector.corpus.options import Options
    from detector.corpus.plan import make_plan
    from detector.corpus.state import describe

    plan = make_plan([str(crawl)], str(tmp_path / "out.jsonl"), None, None, None)
    keys = [
        describe(plan, Options(), tiny_path, None, None, name and str(name)) for name in (None, profiles, tiny_path)
    ]
    assert len({key["profiles"] for key in keys}) == 3
