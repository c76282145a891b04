"""``detector score``, and the scores of ``detector clean``."""

import json

import pytest
from typer.testing import CliRunner

from detector.cleaner import Cleaner
from detector.cli import app
from detector.labels import ARTICLE
from detector.quality.model import PARTS
from detector.quality.score import Scorer

COLUMNS = ["quality", "percentile", *PARTS[1:], "reason"]


@pytest.fixture(scope="module")
def records(labelled_pages):
    pages = labelled_pages[::9]
    texts = [page.text for page in pages]
    texts[3] = "\n".join(segment.text for segment in pages[3].segments if segment.label != ARTICLE)
    sites = [*(page.site for page in pages), "a.example", "a.example"]
    short = "The ferry sank at dawn on Friday near the coast."
    return [
        {"id": f"p{n}", "site": site, "text": text}
        for n, (site, text) in enumerate(zip(sites, [*texts, "", short], strict=True))
    ]


@pytest.fixture
def corpus(tmp_path, records):
    path = tmp_path / "pages.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    return path


@pytest.fixture(scope="module")
def expected(records):
    cleaner = Cleaner.load()
    scorer = Scorer.load(tables=cleaner.model.tables)
    pages = [cleaner.clean(record["text"], site=record["site"], format="text") for record in records]
    return [scorer.score(page) for page in pages]


def run(*arguments, **settings):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], **settings)


def read(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_records_get_columns_and_keep_their_text(corpus, records, expected, tmp_path):
    assert run("score", corpus, "-o", tmp_path / "scored.jsonl").exit_code == 0
    rows = read(tmp_path / "scored.jsonl")
    assert [list(row) for row in rows] == [[*record, *COLUMNS] for record in records]
    for row, record, score in zip(rows, records, expected, strict=True):
        assert {name: row[name] for name in record} == record
        assert {name: row[name] for name in score.as_dict()} == score.as_dict()


def test_parquet_gets_the_same_columns_from_any_number_of_workers(corpus, expected, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    for workers in (1, 2):
        options = ["--workers", workers, "--shard-mb", 0.02]
        assert run("score", corpus, "-o", tmp_path / f"{workers}.parquet", *options).exit_code == 0
    rows = parquet.read_table(tmp_path / "1.parquet").to_pylist()
    assert [row["quality"] for row in rows] == [score.quality for score in expected]
    assert parquet.read_table(tmp_path / "2.parquet").to_pylist() == rows


def test_a_page_is_a_record_of_scores(tmp_path, records, expected):
    (tmp_path / "page.txt").write_text(records[0]["text"], "utf-8")
    result = run("score", tmp_path / "page.txt")
    assert result.exit_code == 0
    row = json.loads(result.stdout)
    assert list(row) == ["id", *COLUMNS]
    assert row["quality"] == pytest.approx(expected[0].quality, abs=0.1)  # the file names no site


def test_the_best_and_the_worst(corpus, records, expected):
    known = [
        (score.quality, record["id"])
        for score, record in zip(expected, records, strict=True)
        if score.quality is not None
    ]
    best = [json.loads(line) for line in run("score", corpus, "--top", 4).stdout.splitlines()]
    worst = [json.loads(line) for line in run("score", corpus, "--bottom", 4).stdout.splitlines()]
    assert [row["quality"] for row in best] == sorted((quality for quality, _ in known), reverse=True)[:4]
    assert [row["quality"] for row in worst] == sorted(quality for quality, _ in known)[:4]
    assert all((row["quality"], row["id"]) in known for row in best + worst)
    assert "text" not in best[0]


def test_a_reference_gives_percentiles_a_meaning(corpus, expected, tmp_path):
    reference = tmp_path / "reference.json"
    assert run("score", corpus, "--make-reference", reference).exit_code == 0
    known = sorted(score.quality for score in expected if score.quality is not None)
    assert json.loads(reference.read_bytes())["pages"] == len(known)
    assert run("score", corpus, "--reference", reference, "-o", tmp_path / "scored.jsonl").exit_code == 0
    ranks = {row["quality"]: row["percentile"] for row in read(tmp_path / "scored.jsonl") if row["quality"] is not None}
    assert ranks[known[-1]] == 100
    assert ranks[known[len(known) // 2]] == pytest.approx(50, abs=100 / len(known) + 1)


@pytest.mark.parametrize("content", ["{}", "[1]", "no JSON", '{"format": "detector-reference", "quality": [0.1]}'])
def test_what_is_no_reference_is_refused(corpus, tmp_path, content):
    (tmp_path / "reference.json").write_text(content)
    result = run("score", corpus, "--reference", tmp_path / "reference.json")
    assert result.exit_code == 2
    assert "is no reference" in result.stderr


def test_clean_leaves_out_what_is_below_and_says_so(corpus, expected, tmp_path):
    limit = sorted(score.quality for score in expected if score.quality is not None)[len(expected) // 3]
    arguments = ["--min-quality", limit, "--score", "--summary", tmp_path / "run.json", "-o", tmp_path / "clean.jsonl"]
    result = run("clean", corpus, *arguments)
    assert result.exit_code == 0
    rows = read(tmp_path / "clean.jsonl")
    below = sum(score.quality is not None and score.quality < limit for score in expected)
    unknown = sum(score.quality is None for score in expected)
    assert below > 0
    assert unknown > 0
    assert len(rows) == len(expected) - below
    assert all(row["quality"] is None or row["quality"] >= limit for row in rows)
    summary = json.loads((tmp_path / "run.json").read_bytes())
    assert (summary["pages"], summary["below"], summary["unknown"]) == (len(expected), below, unknown)
    assert f"{below} left out below {limit}" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--top", "3", "--bottom", "3"], "for one run each"),
        (["--make-reference", "r.json", "-o", "out.jsonl"], "leave out --output"),
        (["--min-quality", "1.5"], "from 0 to 1"),
        (["--quality-model", "none.quality"], "none.quality: no such model file"),
    ],
)
def test_what_makes_no_sense_is_refused(corpus, arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run("score", corpus, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pages.jsonl"]


def test_pages_that_stay_files_cannot_hold_scores(tmp_path, records):
    (tmp_path / "in").mkdir()
    for n in range(2):
        (tmp_path / f"in/{n}.txt").write_text(records[n]["text"], "utf-8")
    result = run("score", tmp_path / "in", "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert ".jsonl or .parquet" in result.stderr
    assert run("score", tmp_path / "in", "-o", tmp_path / "out.jsonl").exit_code == 0
    assert len(read(tmp_path / "out.jsonl")) == 2
