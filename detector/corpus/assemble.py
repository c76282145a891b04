"""Putting a file together from its parts, so that it is there whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from detector.corpus.extras import need
from detector.corpus.inputs import filesystem
from detector.corpus.names import is_remote
from detector.corpus.parts import part_path
from detector.corpus.plan import Product
from detector.errors import InputError, OutputError
from detector.files import atomic_writer

_PIECE = 1 << 20


def assemble(product: Product, folder: str, numbers: Sequence[int], work: str | None) -> None:
    """Put a file together.

    Parameters
    ----------
    product
        What; its path is none of standard output.
    folder
        Where the parts are.
    numbers
        Their shards.
    work
        A folder for the file while it is not whole, if it is on the same disk; what is left there is dropped
        with it.

    Raises
    ------
    OutputError
        It cannot be written; what was there before is still there.
    """
    paths = [path for path in (part_path(folder, number, product.stream) for number in numbers) if _size(path)]
    fill: Callable[[BinaryIO], None] = (
        (lambda stream: _fill_parquet(stream, paths, str(product.path)))
        if product.kind.format == "parquet"
        else (lambda stream: _fill(stream, paths))
    )
    with _writer(str(product.path), work) as stream:
        fill(stream)


def copy_part(path: str, write: Callable[[bytes], object]) -> None:
    """Copy a part to a stream."""
    with open(path, "rb") as part:
        while piece := part.read(_PIECE):
            write(piece)


def _size(path: str) -> int:
    return os.path.getsize(path) if os.path.exists(path) else 0


@contextlib.contextmanager
def _writer(path: str, work: str | None) -> Iterator[BinaryIO]:
    if is_remote(path):
        system, inner = filesystem(path)
        try:
            # An object store shows a file when it is closed; elsewhere it is moved when it is whole.
            system.makedirs(os.path.dirname(inner), exist_ok=True)
            with system.transaction, system.open(inner, "wb") as stream:
                yield stream
        except OSError as error:
            raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error
        return
    target = os.path.realpath(path)
    try:
        os.makedirs(os.path.dirname(target), exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from None
    if work is None or not _same_disk(work, target) or (os.path.exists(target) and not os.path.isfile(target)):
        with atomic_writer(Path(path)) as stream:
            yield stream
        return
    unfinished = os.path.join(work, "assembled.tmp")
    try:
        with open(unfinished, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        if os.path.exists(target):
            os.chmod(unfinished, os.stat(target).st_mode & 0o7777)
        os.replace(unfinished, target)
        _sync_folder(os.path.dirname(target))
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from error


def _same_disk(work: str, target: str) -> bool:
    return os.stat(work).st_dev == os.stat(os.path.dirname(target)).st_dev


def _sync_folder(path: str) -> None:
    with contextlib.suppress(OSError):  # not every file system can
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _fill(stream: BinaryIO, paths: Sequence[str]) -> None:
    for path in paths:
        with open(path, "rb") as part:
            shutil.copyfileobj(part, stream, _PIECE)


def _fill_parquet(stream: BinaryIO, paths: Sequence[str], name: str) -> None:
    arrow = need("pyarrow", "corpus", "writing Parquet")
    library = need("pyarrow.parquet", "corpus", "writing Parquet")
    schemas = [library.read_schema(path) for path in paths] or [arrow.schema([("text", arrow.string())])]
    try:
        schema = arrow.unify_schemas(schemas, promote_options="permissive")
    except (arrow.ArrowInvalid, arrow.ArrowTypeError) as error:
        raise InputError(f"{name}: a field has values of several types, write JSONL instead: {error}") from None
    with library.ParquetWriter(stream, schema, compression="zstd") as writer:
        for path in paths:
            with library.ParquetFile(path) as part:
                for group in range(part.num_row_groups):
                    writer.write_table(_fitted(arrow, part.read_row_group(group), schema))


def _fitted(arrow: Any, table: Any, schema: Any) -> Any:
    """Give a table the columns of all parts, null where it has none."""
    if table.schema.equals(schema, check_metadata=True):
        return table
    # To look a column up by its name takes Arrow time in proportion to the columns.
    known = dict(zip(table.column_names, table.columns, strict=True))
    columns = [
        known[entry.name].cast(entry.type) if entry.name in known else arrow.nulls(table.num_rows, entry.type)
        for entry in schema
    ]
    return arrow.table(columns, schema=schema)
