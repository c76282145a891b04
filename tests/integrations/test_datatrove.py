"""The step in datatrove's own executor, on a real shard, with two workers."""

import gzip
import json
import multiprocessing
import re

import pytest

from detector import Cleaner
from tests.corpus.conftest import records

pytest.importorskip("datatrove", reason="datatrove is not installed: pip install 'detector-lines[datatrove]'")
pytest.importorskip("orjson", reason="datatrove reads JSONL with orjson")
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def shards(tmp_path, labelled_pages):
    """Two files of real pages, one of them empty when it is clean."""
    folder = tmp_path / "in"
    folder.mkdir()
    pages = [{"id": f"p{n}", "text": page.text, "url": f"https://a.org/{n}"} for n, page in enumerate(labelled_pages)]
    for n in range(2):
        with gzip.open(folder / f"{n}.jsonl.gz", "wt") as stream:
            stream.writelines(json.dumps(page) + "\n" for page in pages[n:60:2])
    return folder, pages[:60]


def step(tiny_path, out):
    from datatrove.pipeline.writers import JsonlWriter

    from detector.integrations.datatrove import LineCleaner

    writer = JsonlWriter(str(out / "removed"), compression=None)
    return LineCleaner(str(tiny_path), exclusion_writer=writer, drop_empty=False, columns=True)


def test_the_local_executor_with_two_workers(shards, tiny_path, tmp_path):
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter

    folder, pages = shards
    pipeline = [
        JsonlReader(str(folder)),
        step(tiny_path, tmp_path),
        JsonlWriter(str(tmp_path / "out"), compression=None),
    ]
    executor = LocalPipelineExecutor(
        pipeline,
        tasks=2,
        workers=2,
        logging_dir=str(tmp_path / "logs"),
        start_method=multiprocessing.get_start_method(),
    )
    executor.run()
    out = {row["id"]: row for path in (tmp_path / "out").glob("*.jsonl") for row in records(path)}
    assert len(out) == len(pages)
    cleaner = Cleaner.load(tiny_path)
    expected = {page["id"]: cleaner.clean(page["text"]) for page in pages}
    assert {name: row["text"] for name, row in out.items()} == {name: page.text for name, page in expected.items()}
    removed = [row for path in (tmp_path / "removed").glob("*.jsonl") for row in records(path)]
    lines = [(name, line.number, line.text, line.kind) for name, page in expected.items() for line in page.removed]
    assert sorted(
        (row["metadata"]["page"], row["metadata"]["line"], row["text"], row["metadata"]["filter_reason"])
        for row in removed
    ) == sorted(lines)
    stats = json.loads((tmp_path / "logs" / "stats.json").read_text())
    [own] = [entry["stats"] for entry in stats if re.search("detector", entry["name"])]
    assert own["total"] == len(pages) or own["total"]["total"] == len(pages)
    kinds = {kind for *_, kind in lines}
    assert {f"removed_{kind}" for kind in kinds} <= set(own)


def test_empty_documents_are_dropped_as_filters_do(tiny_path):
    from datatrove.data import Document

    from detector.integrations.datatrove import LineCleaner

    documents = [Document("[ad_1]\n", "a"), Document("", "b"), Document("A line.", "c")]
    cleaner = LineCleaner(str(tiny_path), threshold=1.0)
    assert [document.id for document in cleaner(iter(documents))] == ["a", "c"]
    assert cleaner.stats["dropped_empty"].total == 1


def test_counting_leaves_parts_and_the_documents(shards, tmp_path):
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import JsonlReader

    from detector.corpus.learn import learn_sites
    from detector.integrations.datatrove import SiteCounter
    from detector.memory.merge import merge_parts
    from detector.memory.sites import SiteMemory

    folder, pages = shards
    pipeline = [JsonlReader(str(folder)), SiteCounter(str(tmp_path / "parts"))]
    LocalPipelineExecutor(
        pipeline,
        tasks=2,
        workers=1,
        logging_dir=str(tmp_path / "logs"),
        start_method=multiprocessing.get_start_method(),
    ).run()
    merge_parts([str(tmp_path / "parts")], str(tmp_path / "engine.sites"))
    learn_sites([str(folder)], str(tmp_path / "own.sites"))
    assert (tmp_path / "engine.sites").read_bytes() == (tmp_path / "own.sites").read_bytes()
    assert SiteMemory.load(tmp_path / "own.sites").sites[0].pages == len({page["text"] for page in pages})


def test_a_step_with_a_memory_travels(tiny_path, tmp_path):
    import pickle

    from datatrove.data import Document

    from detector.errors import ModelError
    from detector.integrations.datatrove import LineCleaner

    step = pickle.loads(pickle.dumps(LineCleaner(str(tiny_path), sites=str(tmp_path / "none"))))
    with pytest.raises(ModelError, match="no such site memory"):
        list(step(iter([Document("A line.", "c")])))
