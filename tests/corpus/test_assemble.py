"""Parts of Parquet that are put together: the columns of all of them, however many there are."""

from functools import partial

import pytest

from detector.corpus.assemble import _fitted
from tests.conftest import assert_in_proportion

arrow = pytest.importorskip("pyarrow")


def test_a_part_gets_the_columns_of_all_parts():
    part = arrow.table({"text": ["a", "b"], "n": arrow.array([1, 2], arrow.int32())})
    schema = arrow.schema([("text", arrow.string()), ("more", arrow.string()), ("n", arrow.int64())])
    fitted = _fitted(arrow, part, schema)
    assert fitted.schema.equals(schema)
    assert fitted.to_pydict() == {"text": ["a", "b"], "more": [None, None], "n": [1, 2]}


def test_wide_tables_take_time_in_proportion():
    def wide(count):
        part = arrow.table({f"c{n}": [n] for n in range(count)})
        return part, arrow.unify_schemas([part.schema, arrow.schema([("more", arrow.string())])])

    assert_in_proportion(partial(_fitted, arrow), wide(250), wide(2500), 10)
