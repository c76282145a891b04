"""The callable on Arrow tables, and in Ray itself with two workers on a real shard."""

import os
import warnings

import pytest

from detector import Cleaner
from detector.errors import InputError
from tests.corpus.conftest import ROOT

arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def table(labelled_pages):
    texts = [page.text for page in labelled_pages[:60]]
    return arrow.table({"id": [f"p{n}" for n in range(61)], "text": [*texts, None], "n": range(61)})


@pytest.fixture
def expected(table, tiny_path):
    cleaner = Cleaner.load(tiny_path)
    return [text and cleaner.clean(text).text for text in table.column("text").to_pylist()]


def test_tables_and_batches(table, expected, tiny_path):
    from detector.integrations.ray import CleanBatch

    clean = CleanBatch(str(tiny_path), columns=True, clean_field="clean")
    after = clean(table)
    assert after.column("clean").to_pylist() == expected
    assert after.select(["id", "text", "n"]).equals(table)
    [batch] = table.to_batches()
    assert clean(batch).equals(after)
    assert clean(table.slice(0, 0)).schema.equals(after.schema)
    with pytest.raises(InputError, match="no column 'text'; the columns are: id, n"):
        clean(table.drop_columns("text"))


def test_in_ray(table, expected, tiny_path, tmp_path, monkeypatch):
    ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'detector-lines[ray]'")
    pytest.importorskip("ray.data", reason="Ray Data is not installed: pip install 'detector-lines[ray]'")
    from detector.integrations.ray import CleanBatch

    for n in range(2):
        parquet.write_table(table.slice(n * 31, 31), tmp_path / f"{n}.parquet")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.setenv("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ray.init(num_cpus=3, include_dashboard=False, logging_level="ERROR", object_store_memory=100 << 20)
        try:
            data = ray.data.read_parquet(str(tmp_path)).map_batches(
                CleanBatch,
                batch_format="pyarrow",
                compute=ray.data.ActorPoolStrategy(size=2),
                fn_constructor_kwargs={"model": str(tiny_path)},
            )
            rows = sorted(data.take_all(), key=lambda row: row["n"])
        finally:
            ray.shutdown()
    assert [row["text"] for row in rows] == expected


def test_parts_are_counted(tmp_path):
    from detector.integrations.ray import CountBatch
    from detector.memory.merge import merge_parts
    from detector.memory.sites import SiteMemory

    texts = [f"Home\n{word}" for word in ("one", "two", "three", "four")]
    urls = [*[f"https://a.example/{n}" for n in range(3)], None]
    table = arrow.table({"body": texts, "where": urls})
    count = CountBatch(str(tmp_path / "parts"), text_field="body", url_field="where")
    assert count(table.slice(0, 2)).to_pylist() == [{"pages": 2, "siteless": 0}]
    [batch] = table.slice(1).to_batches()  # a page twice, as when a task is run again
    assert count(batch).to_pylist() == [{"pages": 2, "siteless": 1}]
    merge_parts([str(tmp_path / "parts")], str(tmp_path / "x.sites"))
    assert SiteMemory.load(tmp_path / "x.sites").repeated("a.example") == [("Home", 3, 3)]
    with pytest.raises(InputError, match="no column 'text'"):
        CountBatch(str(tmp_path / "parts"))(table)


def test_a_memory_is_given_to_the_cleaner(table, tiny_path, tmp_path):
    from detector.errors import ModelError
    from detector.integrations.ray import CleanBatch

    with pytest.raises(ModelError, match="no such site memory"):
        CleanBatch(str(tiny_path), sites=str(tmp_path / "none"))
