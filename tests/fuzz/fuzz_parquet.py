"""The reader of Parquet.  The bytes are read by Arrow, in C++: damage is what its own reader must survive."""

import base64
import io

import pyarrow
import pyarrow.parquet

from detector.corpus.options import Options
from detector.corpus.parquet import changed_table, open_parquet, read_parquet, row_groups
from detector.errors import InputError, OutputError
from tests.fuzz.harness import in_time, one_line


def _file(table, **settings):
    stream = io.BytesIO()
    pyarrow.parquet.write_table(table, stream, **settings)
    return stream.getvalue()


SEEDS = (
    _file(pyarrow.table({"id": ["a", "b"], "text": ["A line.\nTwo.", None]}), compression="none"),
    _file(
        pyarrow.table({"text": pyarrow.array(["x", "y", "x"]).dictionary_encode(), "n": [1, 2, 3]}), row_group_size=1
    ),
    _file(pyarrow.table({"html": pyarrow.array([b"<p>x", b"\xff"], pyarrow.binary()), "text": [{"a": 1}, None]})),
    _file(pyarrow.table({"text": pyarrow.array([], pyarrow.large_string())})),
    _file(pyarrow.table({})),
    b"PAR1\0\0\0\0PAR1",
    base64.b64decode(  # a row group of -6988 rows
        "UEFSMRUEGRw1ABgGc2OwZW1hFQAAFgAZHBkMFgAWl236FiYAGRwYDEFSUk9XOnNjaGVtYRhMLy8vLy96QUFBQUFRQUFBQTBBQUtBQXdBQmdB"
        "RkFBZ0FDZ0FBQUFBQkJBQU1BQUFBQ0FBSUFBQUFCQUFJQUFBQUJBQUFBQUFBQUFBPQAYIHBhcnF1ZXQtY3BwLWFycm93IHZlcnNpb24gMjYu"
        "MC4xGQwApAAAAFBBUjE="
    ),
)


def check(data):
    options = Options(page_chars=200)
    with in_time(data):
        try:
            file = open_parquet(io.BytesIO(data))
            groups = row_groups(file, len(data))
        except InputError as error:
            one_line(error)
            return
        rows = sum(count for count, _ in groups)
        places = 0
        for batch in read_parquet(file, 0, len(groups), "x.parquet", 0, len(data), options):
            places += batch.n_places
            for failure in batch.failures:
                one_line(failure.reason)
                assert 0 <= failure.place <= max(rows, places)
            assert len(batch.pages) == len(batch.places) == len(batch.rows)
            assert all(len(page.text) <= options.page_chars for page in batch.pages)
            if batch.pages:
                _check_table(batch)


def _check_table(batch):
    changes = [{name: "new"} for name in batch.text_fields]
    if len(set(batch.text_fields)) > 1:
        return
    try:
        table = changed_table(batch.rows, changes)
    except OutputError as error:
        one_line(error)
        return
    name = batch.text_fields[0]
    assert table.num_rows == len(batch.pages)
    assert set(map(str, table.column(name).to_pylist())) <= {"new", "b'new'"}
    assert table.drop_columns([name]).equals(
        batch.rows.drop_columns([name]) if name in batch.rows.column_names else batch.rows
    )
