"""``detector sites``, and ``detector clean`` with what it learns."""

import json

import pytest
from typer.testing import CliRunner

from detector.cli import app

FRAME = ["Home", "Share this on 12 networks!", "\x1b[31mSale\u202e now"]
STORIES = ["The ferry sank at dawn.", "Two men were saved, police said.", "It rained in Norrby."]


def run(*arguments, **settings):
    return CliRunner().invoke(app, list(map(str, arguments)), **settings)


@pytest.fixture
def crawl(tmp_path):
    pages = [{"url": f"https://www.a.example/{n}", "text": "\n".join([*FRAME, s])} for n, s in enumerate(STORIES)]
    path = tmp_path / "crawl.jsonl"
    path.write_text("".join(json.dumps(page) + "\n" for page in [*pages, {"text": "no site"}]), "utf-8")
    return path


@pytest.fixture
def memory(crawl, tmp_path):
    path = tmp_path / "crawl.sites"
    result = run("sites", "learn", crawl, "-o", path)
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert "counted 3 pages, 1 left out for want of a site, 0 failed" in result.stderr
    assert "1 sites, 3 pages, 3 lines (lines on 2 pages of their site or more)" in result.stderr
    return path


def test_sites_are_listed(memory):
    result = run("sites", "show", memory)
    assert (result.exit_code, result.stdout.split()) == (0, ["3", "pages", "3", "lines", "a.example"])
    result = run("sites", "show", memory, "--json")
    assert json.loads(result.stdout) == {"site": "a.example", "pages": 3, "lines": 3}


def test_what_a_site_repeats_is_listed_and_cannot_disturb_a_terminal(memory):
    result = run("sites", "show", memory, "a.example")
    assert result.exit_code == 0
    lines = [line.split(maxsplit=3) for line in result.stdout.splitlines()]
    assert [line[:3] for line in lines] == [["3", "of", "3"]] * 3
    assert {line[3] for line in lines} == {"Home", "Share this on 12 networks!", r"[31mSale\u202e now"}
    records = [json.loads(line) for line in run("sites", "show", memory, "a.example", "--json").stdout.splitlines()]
    assert {record["text"] for record in records} == {"Home", FRAME[1], FRAME[2].lstrip("\x1b")}
    assert all(record["on_pages"] == record["of_pages"] == 3 for record in records)


def test_parts_are_merged(crawl, memory, tmp_path):
    lines = crawl.read_text("utf-8").splitlines(keepends=True)
    for n in (0, 1):
        (tmp_path / f"{n}.jsonl").write_text("".join(lines[n::2]), "utf-8")
        result = run("sites", "learn", tmp_path / f"{n}.jsonl", "--part", "-o", tmp_path / f"{n}.part")
        assert (result.exit_code, "a part, to be merged" in result.stderr) == (0, True)
    merged = tmp_path / "merged.sites"
    assert run("sites", "merge", tmp_path / "1.part", tmp_path / "0.part", "-o", merged).exit_code == 0
    assert merged.read_bytes() == memory.read_bytes()


def test_standard_input(crawl, memory, tmp_path):
    result = run("sites", "learn", "-", "-o", tmp_path / "x.sites", input=crawl.read_bytes())
    assert result.exit_code == 0, result.output
    assert (tmp_path / "x.sites").read_bytes() == memory.read_bytes()


def test_a_folder_of_texts(tmp_path):
    (tmp_path / "pages").mkdir()
    for n, story in enumerate(STORIES):
        (tmp_path / f"pages/{n}.txt").write_text("\n".join([*FRAME, story]), "utf-8")
    result = run("sites", "learn", tmp_path / "pages", "--site", "mine", "-o", tmp_path / "x.sites")
    assert result.exit_code == 0, result.output
    assert run("sites", "show", tmp_path / "x.sites", "mine").stdout.count("3 of 3") == 3


def test_one_page_teaches_nothing_and_that_is_said(tmp_path):
    (tmp_path / "p.txt").write_text("Home", "utf-8")
    result = run("sites", "learn", tmp_path / "p.txt", "--site", "mine", "-o", tmp_path / "x.sites")
    assert result.exit_code == 0
    assert "no site has 2 pages or more: nothing is known of any" in result.stderr
    assert run("sites", "show", tmp_path / "x.sites").stdout == ""


def test_pages_that_fail(crawl, tmp_path):
    with crawl.open("a") as stream:
        stream.write("nonsense\n")
    result = run("sites", "learn", crawl, "-o", tmp_path / "x.sites")
    assert result.exit_code == 1
    assert f"{crawl}:5: not a JSON record" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["learn", "CRAWL", "-o", "-"], "written to a file"),
        (["learn", "CRAWL", "-o", "CRAWL"], "is an input"),
        (["learn", "CRAWL", "-o", "X", "--site", ""], "must not be empty"),
        (["learn", "NONE", "-o", "X"], "No such file"),
        (["learn", "CRAWL", "-o", "X", "--text-field", "body"], "no page to learn from"),
        (["merge", "MEMORY", "-o", "X"], "is a finished memory"),
        (["merge", "CRAWL", "-o", "X"], "not a site memory"),
        (["merge", "MEMORY", "-o", "MEMORY"], "is an input"),
        (["show", "CRAWL"], "not a site memory"),
        (["show", "NONE"], "no such site memory"),
        (["show", "MEMORY", "b.example"], "knows nothing of the site 'b.example'"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(crawl, memory, tmp_path, arguments, message):
    names = {"CRAWL": crawl, "MEMORY": memory, "NONE": tmp_path / "none", "X": tmp_path / "x"}
    result = run("sites", *(names.get(argument, argument) for argument in arguments))
    assert result.exit_code == 2
    [*_, line] = result.stderr.splitlines()
    assert line.startswith("detector: error: ")
    assert message in line
    assert not (tmp_path / "x").exists()


class Memories:
    """Remembers what memory cleaners had, and the sites of what they cleaned."""

    def __init__(self, monkeypatch):
        from detector.cleaner import Cleaner

        self.sites = []
        clean = Cleaner.clean_many

        def spy(cleaner, pages, **settings):
            def passed():
                for page in pages:
                    self.sites.append((cleaner.memory and len(cleaner.memory.sites), page.site))
                    yield page

            return clean(cleaner, passed(), **settings)

        monkeypatch.setattr(Cleaner, "clean_many", spy)


@pytest.fixture
def seen(monkeypatch):
    return Memories(monkeypatch)


def test_pages_are_cleaned_with_a_memory(memory, tmp_path, tiny_path, seen):
    (tmp_path / "p.txt").write_text("Home", "utf-8")
    (tmp_path / "p.html").write_text("<!doctype html><p>Home</p>", "utf-8")
    for name in ("p.txt", "p.html"):
        result = run(
            "clean", tmp_path / name, "--model", tiny_path, "--sites", memory, "--site", "a.example", "--format", "text"
        )
        assert result.exit_code == 0, result.output
    assert seen.sites == [(1, "a.example")] * 2


def test_records_have_their_own_sites(crawl, memory, tmp_path, tiny_path, seen):
    result = run("clean", crawl, "-o", tmp_path / "o.jsonl", "--model", tiny_path, "--sites", memory, "--site", "rest")
    assert result.exit_code == 0, result.output
    assert seen.sites == [(1, "a.example")] * 3 + [(1, "rest")]


def test_a_corpus_is_learnt_and_cleaned(crawl, tmp_path, tiny_path, seen):
    result = run("clean", crawl, "-o", tmp_path / "o.jsonl", "--model", tiny_path, "--learn-sites")
    assert result.exit_code == 0, result.output
    assert seen.sites == [(1, "a.example")] * 3 + [(1, None)]


def test_a_folder_of_texts_is_learnt_and_cleaned(tmp_path, tiny_path, seen):
    (tmp_path / "pages").mkdir()
    for n, story in enumerate(STORIES):
        (tmp_path / f"pages/{n}.txt").write_text("\n".join([*FRAME, story]), "utf-8")
    result = run(
        "clean", tmp_path / "pages", "-o", tmp_path / "out", "--model", tiny_path, "--learn-sites", "--site", "mine"
    )
    assert result.exit_code == 0, result.output
    assert seen.sites == [(1, "mine")] * 3
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["0.txt", "1.txt", "2.txt"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-", "--learn-sites"], "standard input cannot be read twice"),
        (["CRAWL", "--sites", "MEMORY", "--learn-sites"], "leave one of them out"),
        (["CRAWL", "--sites", "CRAWL"], "not a site memory"),
        (["CRAWL", "--site", ""], "must not be empty"),
        (["CRAWL", "--learn-sites", "--format", "jsonl"], "--learn-sites is for corpora"),
    ],
)
def test_cleaning_that_cannot_be(crawl, memory, tiny_path, arguments, message):
    names = {"CRAWL": crawl, "MEMORY": memory}
    result = run(
        "clean", *(names.get(argument, argument) for argument in arguments), "--model", tiny_path, input='{"text": "x"}'
    )
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
