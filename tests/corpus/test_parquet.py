"""Parquet: every type of text, all other columns untouched, and its broken forms."""

import datetime
import decimal

import pytest

from detector import Cleaner
from tests.corpus.conftest import records

arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")


@pytest.fixture
def table(texts):
    rows = range(len(texts))
    return arrow.table(
        {
            "id": arrow.array([2**63 + n for n in rows], arrow.uint64()),
            "text": arrow.array(texts),
            "when": arrow.array([datetime.datetime(2024, 1, 1, 0, 0, n % 60) for n in rows], arrow.timestamp("us")),
            "price": arrow.array([decimal.Decimal(n) / 4 for n in rows], arrow.decimal128(9, 2)),
            "raw": arrow.array([bytes([n, 255]) for n in rows]),
            "tags": arrow.array([[n, None] if n % 3 else None for n in rows], arrow.list_(arrow.int8())),
            "lang": arrow.array(["de" if n % 2 else None for n in rows]).dictionary_encode(),
            "nested": arrow.array([{"a": n, "b": {"c": "x"}} for n in rows]),
        }
    ).replace_schema_metadata({"made": "here"})


@pytest.fixture(scope="module")
def clean_texts(texts, tiny_path):
    cleaner = Cleaner.load(tiny_path)
    return [cleaner.clean(text).text for text in texts]


KINDS = {
    "string": arrow.string(),
    "large_string": arrow.large_string(),
    "string_view": arrow.string_view(),
    "binary": arrow.binary(),
    "large_binary": arrow.large_binary(),
    "dictionary": arrow.dictionary(arrow.int32(), arrow.string()),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rows", [1, 7, 1000])
def test_only_the_text_is_another(table, clean, clean_texts, tmp_path, kind, rows):
    at = table.schema.get_field_index("text")
    column = arrow.array(table.column("text").to_pylist(), KINDS[kind])
    table = table.set_column(at, arrow.field("text", KINDS[kind], metadata={"a": "b"}), column)
    try:
        parquet.write_table(table, tmp_path / "in.parquet", row_group_size=rows)
    except arrow.ArrowNotImplementedError:
        pytest.skip(f"this version of pyarrow cannot write {kind}")
    result = clean(tmp_path / "in.parquet", "-o", tmp_path / "out.parquet", "--workers", 1)
    assert result.exit_code == 0, result.output
    after = parquet.read_table(tmp_path / "out.parquet")
    texts = [text.decode() if isinstance(text, bytes) else text for text in after.column("text").to_pylist()]
    assert texts == clean_texts
    before = parquet.read_table(tmp_path / "in.parquet")  # a reader may know a type by another name
    assert after.drop_columns("text").equals(before.drop_columns("text"), check_metadata=True)
    if kind in ("string", "large_string", "binary"):
        assert after.schema.field("text").type == before.schema.field("text").type


def test_workers_and_shards(table, clean, clean_texts, tmp_path):
    parquet.write_table(table, tmp_path / "in.parquet", row_group_size=5)
    for workers in (1, 2):
        path = tmp_path / f"{workers}.parquet"
        assert clean(tmp_path / "in.parquet", "-o", path, "--workers", workers, "--shard-mb", "0.002").exit_code == 0
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()
    assert parquet.read_table(tmp_path / "1.parquet").column("text").to_pylist() == clean_texts


def test_columns_and_a_field_beside(table, clean, clean_texts, texts, tmp_path):
    parquet.write_table(table, tmp_path / "in.parquet")
    assert (
        clean(tmp_path / "in.parquet", "-o", tmp_path / "o.parquet", "--columns", "--clean-field", "c").exit_code == 0
    )
    after = parquet.read_table(tmp_path / "o.parquet")
    assert after.column("c").to_pylist() == clean_texts
    assert after.column("text").to_pylist() == texts
    assert after.schema.field("n_lines").type == arrow.int64()
    assert after.schema.field("removed_share").type == arrow.float64()


def test_to_jsonl_and_back(table, clean, corpus, clean_texts, pages, tmp_path):
    parquet.write_table(table, tmp_path / "in.parquet", row_group_size=7)
    assert clean(tmp_path / "in.parquet", "-o", tmp_path / "o.jsonl").exit_code == 0
    rows = records(tmp_path / "o.jsonl")
    assert [row["text"] for row in rows] == clean_texts
    assert [row["id"] for row in rows] == table.column("id").to_pylist()
    assert rows[1]["price"] == "0.25"
    lines = [line.replace(b"9223372036854775", b"922337203685477") for line in corpus.read_bytes().splitlines(True)]
    corpus.write_bytes(b"".join(lines))
    assert clean(corpus, "-o", tmp_path / "o.parquet", "--workers", 2, "--shard-mb", "0.02").exit_code == 0
    back = parquet.read_table(tmp_path / "o.parquet")
    assert back.column("text").to_pylist() == clean_texts
    assert back.column("meta").to_pylist() == [page["meta"] for page in pages]


def test_null_numeric_and_nested_texts(clean, tmp_path):
    parquet.write_table(arrow.table({"text": ["a line", None, "b"], "n": [1, 2, 3]}), tmp_path / "in.parquet")
    result = clean(tmp_path / "in.parquet", "-o", tmp_path / "out.parquet")
    assert result.exit_code == 1
    assert f"{tmp_path / 'in.parquet'}: row 2: 'text' must be a string, not null" in result.stderr
    assert parquet.read_table(tmp_path / "out.parquet").column("n").to_pylist() == [1, 3]
    for column, name in (([1, 2], "int"), ([{"a": "b"}], "dict"), ([["a"]], "list")):
        parquet.write_table(arrow.table({"text": column}), tmp_path / "in.parquet")
        result = clean(tmp_path / "in.parquet", "-o", tmp_path / "none.parquet")
        assert result.exit_code == 2
        assert f"'text' must be a string, not {name}" in result.stderr
        assert not (tmp_path / "none.parquet").exists()


def test_no_rows_and_no_columns(clean, tmp_path, table):
    parquet.write_table(table.slice(0, 0), tmp_path / "in.parquet")
    result = clean(tmp_path / "in.parquet", "-o", tmp_path / "out.parquet")
    assert result.exit_code == 0, result.output
    after = parquet.read_table(tmp_path / "out.parquet")
    assert (after.num_rows, after.column_names) == (0, table.column_names)
    parquet.write_table(arrow.table({"n": [1]}), tmp_path / "in.parquet")
    result = clean(tmp_path / "in.parquet", "-o", tmp_path / "none.parquet")
    assert result.exit_code == 2
    assert "'text' is missing; the fields are: n" in result.stderr
    parquet.write_table(arrow.table({}), tmp_path / "in.parquet")
    assert clean(tmp_path / "in.parquet", "-o", tmp_path / "x.parquet").exit_code == 0


def test_a_field_that_is_missing_is_said_with_those_that_are_there(clean, tmp_path):
    parquet.write_table(arrow.table({"id": [1], "url": ["u"], "n": [2], "body": ["a line"]}), tmp_path / "in.parquet")
    result = clean(tmp_path / "in.parquet", "-o", tmp_path / "out.jsonl")
    assert "'text' is missing; the fields are: id, url, n, body (--text-field names another)" in result.stderr
    result = clean(tmp_path / "in.parquet", "-o", tmp_path / "out.jsonl", "--html-field", "page")
    assert "'page' is missing; the fields are: id, url, n, body (" in result.stderr


def test_wide_tables(clean, tmp_path):
    wide = arrow.table({"text": ["a line of text"], **{f"c{n}": [n] for n in range(1500)}})
    parquet.write_table(wide, tmp_path / "in.parquet")
    assert clean(tmp_path / "in.parquet", "-o", tmp_path / "out.parquet").exit_code == 0
    after = parquet.read_table(tmp_path / "out.parquet")
    assert after.drop_columns("text").equals(wide.drop_columns("text"))


@pytest.mark.parametrize("damage", ["magic", "footer", "middle", "empty"])
def test_damaged_files_are_one_line_and_the_others_are_cleaned(table, clean, tmp_path, damage):
    crawl = tmp_path / "crawl"
    crawl.mkdir()
    parquet.write_table(table, crawl / "b.parquet", row_group_size=5)
    data = bytearray((crawl / "b.parquet").read_bytes())
    if damage == "magic":
        data[-4:] = b"PARX"
    elif damage == "footer":
        data = data[: len(data) // 2]
    elif damage == "middle":
        data[200:6000] = b"\xff" * 5800
    else:
        data = b""
    (crawl / "a.parquet").write_bytes(data)
    result = clean(crawl, "-o", tmp_path / "out", "--workers", 1)
    assert result.exit_code == 1, result.output
    assert result.stderr.count("\n") == 2
    assert f"detector: {crawl / 'a.parquet'}" in result.stderr
    assert parquet.read_table(tmp_path / "out" / "b.parquet").num_rows == table.num_rows


def test_lone_surrogates_do_not_fit_parquet(clean, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"text": "a \\ud800 b"}\n{"text": "a line"}\n')
    result = clean(tmp_path / "in.jsonl", "-o", tmp_path / "out.parquet")
    assert result.exit_code == 1
    assert "in.jsonl:1: the text has lone surrogates" in result.stderr
    assert parquet.read_table(tmp_path / "out.parquet").column("text").to_pylist() == ["a line"]


def test_fields_of_several_types_are_refused(clean, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"text": "a", "x": 1}\n{"text": "b", "x": "y"}\n')
    result = clean(tmp_path / "in.jsonl", "-o", tmp_path / "out.parquet")
    assert result.exit_code == 2
    assert "does not fit a column of Parquet" in result.stderr
    assert result.stderr.count("\n") == 1


def test_parquet_through_a_pipe_is_refused(clean, table, tmp_path):
    parquet.write_table(table, tmp_path / "in.parquet")
    result = clean("-", input=(tmp_path / "in.parquet").read_bytes())
    assert result.exit_code == 2
    assert "parquet cannot be read from standard input: name a file" in result.stderr


def test_a_name_that_two_columns_have_is_no_text(clean, tmp_path):
    table = arrow.Table.from_arrays([arrow.array(["One."]), arrow.array(["Two."])], ["text", "text"])
    parquet.write_table(table, tmp_path / "in.parquet")
    result = clean(tmp_path / "in.parquet", "-o", tmp_path / "out.parquet")
    assert result.exit_code == 2
    assert "in.parquet: a field has values of several types: Can't unify schema with duplicate field" in result.stderr
