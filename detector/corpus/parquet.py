"""Parquet: read by row groups, written with every other column as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Final

from detector.corpus.batch import BATCH_CHARS, Batch, PageFailure, page_of, select
from detector.corpus.extras import need
from detector.corpus.options import Options
from detector.errors import InputError, OutputError

_ROWS: Final = 256
_MOST_COLUMNS: Final = 50_000
_FREE_ROWS: Final = 1_000_000
_MOST_ROWS_A_BYTE: Final = 100


def open_parquet(stream: BinaryIO | str) -> Any:
    """Open a file.

    Raises
    ------
    InputError
        It is no Parquet, is cut off, or pyarrow is not installed.
    """
    library = need("pyarrow.parquet", "corpus", "reading Parquet")
    try:
        file = library.ParquetFile(stream, memory_map=False, pre_buffer=False)
        # Reading the schema as Arrow types is what fails on types that Arrow does not know.
        if len(file.schema_arrow.names) > _MOST_COLUMNS:
            raise InputError(f"has more than {_MOST_COLUMNS:,} columns")
    except InputError:
        raise
    except Exception as error:  # Arrow's errors are of many classes
        raise InputError(f"not a Parquet file: {_first_line(error)}") from None
    return file


def row_groups(file: Any, size: int) -> list[tuple[int, int]]:
    """Rows of each row group, and its share of the bytes of the file.

    The groups say themselves how large their columns are, but to look at a column whose statistics are
    damaged ends the process.

    Raises
    ------
    InputError
        The numbers of rows cannot be right.  To read by them would end the process, or never end.
    """
    groups = [file.metadata.row_group(index) for index in range(file.metadata.num_row_groups)]
    counts = [group.num_rows for group in groups]
    if min(counts, default=0) < 0 or sum(counts) != file.metadata.num_rows:
        raise InputError("not a Parquet file: its row groups have other numbers of rows than it says")
    if sum(counts) > _FREE_ROWS + _MOST_ROWS_A_BYTE * size or (sum(counts) and not file.schema_arrow.names):
        raise InputError(f"claims {sum(counts):,} rows, more than its {size:,} bytes can hold: not read")
    weights = [max(group.total_byte_size, 1) for group in groups]
    return [(group.num_rows, size * weight // sum(weights)) for group, weight in zip(groups, weights, strict=True)]


def read_parquet(
    file: Any, first: int, last: int, name: str, offset: int, size: int, options: Options
) -> Iterator[Batch]:
    """Read the rows of some row groups.

    Parameters
    ----------
    file
        From `open_parquet`.
    first, last
        Row groups, the last one not included.
    name, offset
        The file and how many of its rows come before; pages without an id are named by both.
    size
        How many bytes of the file the row groups stand for.
    options
        Names of fields, and how long a text may be.

    Yields
    ------
    Batch
        Its rows are an Arrow table.
    """
    place = 0
    arrow = need("pyarrow", "corpus", "reading Parquet")
    try:
        group_rows = sum(rows for rows, _ in row_groups(file, size)[first:last])
        if not group_rows:
            yield Batch(rows=file.schema_arrow.empty_table())
        for piece in file.iter_batches(_ROWS, row_groups=range(first, last)):
            for table in _slices(arrow.Table.from_batches([piece]), options):
                batch = Batch(n_bytes=table.num_rows * size // group_rows, n_places=table.num_rows)
                good = []
                columns = {wanted: _values(table, wanted) for wanted in _wanted(table, options)}
                for index in range(table.num_rows):
                    place += 1
                    record = {wanted: values[index] for wanted, values in columns.items()}
                    try:
                        page, text_field = page_of(
                            _told(record, table, options),
                            options.fields,
                            f"{name}@{offset + place - 1}",
                            options.page_chars,
                        )
                    except InputError as error:
                        batch.failures.append(PageFailure(place, str(error)))
                    else:
                        good.append(index)
                        batch.add(page, place, text_field)
                batch.rows = select(table, good)
                yield batch
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "pyarrow" and not isinstance(error, (OSError, ValueError)):
            raise
        yield Batch(failures=[PageFailure(0, f"cannot be read after row {place}: {_first_line(error)}")])


def _told(record: dict[str, Any], table: Any, options: Options) -> dict[str, Any]:
    """Where the text is missing, the message shall name the columns that are there."""
    name = options.fields.html or options.fields.text or "text"
    if name in record or isinstance(record.get("html"), str):
        return record
    return {**{column: None for column in table.column_names if column != name}, **record}


def _wanted(table: Any, options: Options) -> list[str]:
    fields = options.fields
    names = [fields.text or "text", fields.id or "id", fields.url or "url", fields.site or "site"]
    if fields.html or table.column_names.count("text") != 1 or table.column("text").null_count:
        names.append(fields.html or "html")
    return [name for name in dict.fromkeys(names) if table.column_names.count(name) == 1]


def _values(table: Any, name: str) -> list[Any]:
    values: list[Any] = table.column(name).to_pylist()
    return values


def _slices(table: Any, options: Options) -> Iterator[Any]:
    """Cut a table so that no part is much larger than a batch."""
    parts = max(1, min(table.num_rows, table.nbytes // (4 * BATCH_CHARS)))
    step = -(-table.num_rows // parts) if table.num_rows else 1
    for start in range(0, table.num_rows, step):
        yield table.slice(start, step)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200] or type(error).__name__


def changed_table(table: Any, changes: Sequence[Mapping[str, Any]], types: Mapping[str, Any] | None = None) -> Any:
    """Put clean texts and other new values into a table's columns; a text column keeps its type.

    Parameters
    ----------
    table
        The rows.
    changes
        New values by column, for each row the same columns.
    types
        The types of columns that are new; by default what their values are.

    Raises
    ------
    OutputError
        A text has lone surrogates, which Arrow's strings cannot hold.
    """
    arrow = need("pyarrow", "corpus", "writing Parquet")
    types = types or {}
    for name in types or dict.fromkeys(key for change in changes for key in change):
        values = [change.get(name) for change in changes]
        at = table.schema.get_field_index(name)
        old = table.schema.field(at) if at >= 0 else None
        kind = types.get(name) if old is None else _text_type(arrow, old.type)
        if kind is not None and "binary" in str(kind):
            values = [value and str(value).encode("utf-8", "surrogateescape") for value in values]
        try:
            column = arrow.array(values, type=kind) if kind is not None else arrow.array(values)
        except (UnicodeEncodeError, arrow.ArrowInvalid) as error:
            raise OutputError(f"a text cannot be held by Parquet: {_first_line(error)}") from None
        if old is None:
            table = table.append_column(name, column)
        else:
            new = arrow.field(name, column.type, old.nullable, old.metadata)
            table = table.set_column(at, new, column)
    return table


def _text_type(arrow: Any, kind: Any) -> Any:
    """The type that a column of clean texts has, None where the old one was none of texts."""
    types = arrow.types
    if types.is_dictionary(kind):
        return _text_type(arrow, kind.value_type)
    if types.is_string(kind) or types.is_large_string(kind) or types.is_binary(kind) or types.is_large_binary(kind):
        return kind
    return {"string_view": arrow.string(), "binary_view": arrow.binary()}.get(str(kind))
