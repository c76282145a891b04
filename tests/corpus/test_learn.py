"""Learning from corpora of every format, and cleaning with what was learnt."""

import gzip
import json
import multiprocessing
import os
import signal

import pytest

from detector.cleaner import Cleaner
from detector.corpus.learn import learn_sites
from detector.corpus.options import Fields, Options
from detector.corpus.outcome import TooManyFailedError
from detector.corpus.run import LEARNT, clean_corpus
from detector.errors import InputError, OutputError
from detector.memory.merge import merge_parts
from detector.memory.sites import RepeatedLine, SiteMemory
from tests.corpus.conftest import records

FRAME = ["Home", "News of the day", "Share this on 12 networks!"]
STORIES = ["The ferry sank at dawn.", "Two men were saved, police said.", "It rained in Norrby.", "Divers came."]


@pytest.fixture
def crawl(tmp_path):
    """Four pages of one site, one of another, and one of none."""
    pages = [{"url": f"https://www.a.example/{n}", "text": "\n".join([*FRAME, s])} for n, s in enumerate(STORIES)]
    pages += [{"url": "https://b.example/", "text": "Home"}, {"text": "Home\nof nobody"}]
    path = tmp_path / "crawl.jsonl"
    path.write_text("".join(json.dumps(page) + "\n" for page in pages), "utf-8")
    return path


@pytest.fixture
def folder(tmp_path):
    """The same texts as files, and one of HTML."""
    path = tmp_path / "folder"
    path.mkdir()
    for n, story in enumerate(STORIES[:3]):
        (path / f"{n}.txt").write_text("\n".join([*FRAME, story]), "utf-8")
    body = "".join(f"<p>{line}</p>" for line in [*FRAME, STORIES[3]])
    (path / "3.html").write_text(f"<!doctype html><title>x</title><body>{body}", "utf-8")
    return path


def test_jsonl(crawl, tmp_path):
    output = tmp_path / "crawl.sites"
    learned = learn_sites([str(crawl)], str(output))
    assert (learned.pages, learned.siteless, learned.failures, learned.merged) == (5, 1, [], (1, 4, 3))
    assert SiteMemory.load(output).repeated("a.example") == [RepeatedLine(line, 4, 4) for line in sorted(FRAME)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["crawl.jsonl", "crawl.sites"]


def test_workers_shards_and_compression_change_nothing(corpus, tmp_path):
    packed = tmp_path / "packed.jsonl.gz"
    packed.write_bytes(gzip.compress(corpus.read_bytes()))
    files = {}
    runs = {
        "one": (corpus, 1, 1 << 20),
        "two": (corpus, 2, 1 << 14),
        "gz": (packed, 2, 1 << 15),
        "whole": (packed, 1, 1 << 25),
    }
    for name, (path, workers, size) in runs.items():
        output = tmp_path / f"{name}.sites"
        learn_sites([str(path)], str(output), Options(shard_bytes=size), workers=workers)
        files[name] = output.read_bytes()
    assert len(set(files.values())) == 1
    assert SiteMemory.load(tmp_path / "one.sites").sites


def test_parts_of_a_corpus_and_all_of_it(corpus, tmp_path):
    lines = corpus.read_bytes().splitlines(keepends=True)
    parts = []
    for n in range(3):
        path = tmp_path / f"{n}.jsonl"
        path.write_bytes(b"".join(lines[n::3]))
        learn_sites([str(path)], str(tmp_path / f"{n}.part"), part=True)
        parts.append(str(tmp_path / f"{n}.part"))
    merge_parts(parts[::-1], str(tmp_path / "merged.sites"))
    learn_sites([str(corpus)], str(tmp_path / "whole.sites"))
    assert (tmp_path / "merged.sites").read_bytes() == (tmp_path / "whole.sites").read_bytes()


def test_files_of_text_and_html_have_the_site_that_is_named(folder, tmp_path):
    learned = learn_sites([str(folder)], str(tmp_path / "f.sites"), Options(site="a.example"))
    assert learned.merged.n_pages == 4
    assert {line.on_pages for line in SiteMemory.load(tmp_path / "f.sites").repeated("a.example")} == {4}


def test_parquet(crawl, tmp_path):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    rows = records(crawl)
    table = arrow.table({"html": [row["text"] for row in rows], "where": [row.get("url") for row in rows]})
    parquet.write_table(table, tmp_path / "crawl.parquet")
    fields = Fields(text="html", url="where")
    learn_sites([str(crawl)], str(tmp_path / "jsonl.sites"))
    learn_sites([str(tmp_path / "crawl.parquet")], str(tmp_path / "parquet.sites"), Options(fields))
    assert (tmp_path / "parquet.sites").read_bytes() == (tmp_path / "jsonl.sites").read_bytes()


def test_pages_that_fail_are_named_and_the_others_count(crawl, tmp_path):
    with crawl.open("a") as stream:
        stream.write('{"url": "https://a.example/x"}\nnonsense\n')
    learned = learn_sites([str(crawl), str(tmp_path / "none.jsonl")], str(tmp_path / "x.sites"))
    assert [failure.where for failure in learned.failures] == [str(tmp_path / "none.jsonl"), f"{crawl}:7", f"{crawl}:8"]
    assert learned.merged.n_lines == 3
    with pytest.raises(TooManyFailedError, match="more than 1 pages failed"):
        learn_sites([str(crawl)], str(tmp_path / "y.sites"), max_errors=1)
    assert not (tmp_path / "y.sites").exists()


def test_nothing_to_learn_from(tmp_path):
    empty = tmp_path / "empty.jsonl"
    empty.write_bytes(b"")
    with pytest.raises(InputError, match="there is no page to learn from"):
        learn_sites([str(empty)], str(tmp_path / "x.sites"))
    empty.write_bytes(b'{"text": "Home"}\n')
    with pytest.raises(InputError, match="no page has a site: --site names one"):
        learn_sites([str(empty)], str(tmp_path / "x.sites"))
    # Of a cluster's task a part is expected all the same.
    assert learn_sites([str(empty)], str(tmp_path / "x.part"), part=True).merged == (0, 0, 0)
    merge_parts([str(tmp_path / "x.part")], str(tmp_path / "x.sites"))
    assert SiteMemory.load(tmp_path / "x.sites").sites == []


def test_an_output_is_no_input_and_its_folder_is_there(crawl, tmp_path):
    with pytest.raises(OutputError, match="is an input"):
        learn_sites([str(crawl)], str(crawl))
    with pytest.raises(OutputError, match="cannot be written"):
        learn_sites([str(crawl)], str(tmp_path / "no" / "x.sites"))


def test_an_interruption_leaves_nothing(corpus, tmp_path):
    def interrupt(progress):
        raise KeyboardInterrupt

    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(KeyboardInterrupt):
        learn_sites([str(corpus)], str(tmp_path / "x.sites"), workers=1, watch=interrupt)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_worker_that_dies_is_replaced(corpus, tmp_path):
    learn_sites([str(corpus)], str(tmp_path / "calm.sites"))
    said = []
    killed = []

    def kill(progress):
        children = multiprocessing.active_children()
        if children and not killed:
            killed.append(children[0].pid)
            os.kill(children[0].pid, signal.SIGKILL)

    learn_sites(
        [str(corpus)], str(tmp_path / "x.sites"), Options(shard_bytes=1 << 14), workers=2, say=said.append, watch=kill
    )
    assert killed
    assert (tmp_path / "x.sites").read_bytes() == (tmp_path / "calm.sites").read_bytes()


@pytest.fixture
def seen(monkeypatch):
    """The memories that cleaners were loaded with, in this process."""
    paths = []
    load = Cleaner.load.__func__

    def spy(cls, *arguments, memory=None, **settings):
        paths.append(None if memory is None else (memory.path, memory.sites))
        return load(cls, *arguments, memory=memory, **settings)

    monkeypatch.setattr(Cleaner, "load", classmethod(spy))
    return paths


def test_cleaning_with_a_memory(crawl, tmp_path, tiny_path, seen):
    learn_sites([str(crawl)], str(tmp_path / "c.sites"))
    clean_corpus([str(crawl)], str(tmp_path / "o.jsonl"), model=str(tiny_path), sites=str(tmp_path / "c.sites"))
    assert seen[-1] == (str(tmp_path / "c.sites"), [("a.example", 4, 3)])


def test_learning_and_cleaning_in_one_run(crawl, tmp_path, tiny_path, seen):
    clean_corpus([str(crawl)], str(tmp_path / "o.jsonl"), model=str(tiny_path), learn=True)
    path, sites = seen[-1]
    assert path.endswith(LEARNT)
    assert sites == [("a.example", 4, 3)]
    assert len(records(tmp_path / "o.jsonl")) == 6
    assert not os.path.exists(path)


def test_both_passes_with_workers_are_those_of_one_process(corpus, tmp_path, tiny_path):
    for name, workers in (("one", 1), ("two", 2)):
        clean_corpus(
            [str(corpus)], str(tmp_path / f"{name}.jsonl"), Options(shard_bytes=1 << 15), model=str(tiny_path),
            learn=True, workers=workers,
        )  # fmt: skip
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


def test_standard_input_is_not_read_twice(tmp_path, tiny_path):
    with pytest.raises(InputError, match="cannot be read twice"):
        clean_corpus(["-"], str(tmp_path / "o.jsonl"), model=str(tiny_path), learn=True)


def test_an_interrupted_run_goes_on_with_what_it_learnt(corpus, tmp_path, tiny_path, monkeypatch):
    output = tmp_path / "o.jsonl"
    settings = {"model": str(tiny_path), "learn": True, "workers": 1}
    options = Options(shard_bytes=1 << 15)
    clean_corpus([str(corpus)], str(tmp_path / "calm.jsonl"), options, **settings)

    def interrupt(progress):
        if progress.done > progress.total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        clean_corpus([str(corpus)], str(output), options, watch=interrupt, **settings)
    with pytest.raises(InputError, match="another site memory"):
        clean_corpus([str(corpus)], str(output), options, **{**settings, "learn": False})
    monkeypatch.setattr("detector.corpus.run.learn_plan", lambda *_: pytest.fail("it was learnt already"))
    outcome = clean_corpus([str(corpus)], str(output), options, **settings)
    assert outcome.resumed
    assert output.read_bytes() == (tmp_path / "calm.jsonl").read_bytes()


def test_a_changed_memory_is_another_run(crawl, tmp_path, tiny_path):
    learn_sites([str(crawl)], str(tmp_path / "c.sites"))
    settings = {"model": str(tiny_path), "sites": str(tmp_path / "c.sites"), "workers": 1}
    options = Options(shard_bytes=100)

    def interrupt(progress):
        if progress.done > progress.total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        clean_corpus([str(crawl)], str(tmp_path / "o.jsonl"), options, watch=interrupt, **settings)
    learn_sites([str(crawl)], str(tmp_path / "c.sites"), min_pages=4)
    with pytest.raises(InputError, match="another site memory"):
        clean_corpus([str(crawl)], str(tmp_path / "o.jsonl"), options, **settings)
