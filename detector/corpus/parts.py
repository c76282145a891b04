"""The files that a shard leaves: each is complete when it bears its name, and the marker comes last."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from detector.corpus.compression import compressor
from detector.corpus.extras import need
from detector.corpus.feed import Shard
from detector.corpus.files import FileRow
from detector.corpus.parquet import changed_table
from detector.encoding import encode
from detector.errors import InputError, OutputError
from detector.files import atomic_writer

if TYPE_CHECKING:
    from types import TracebackType

    from detector.corpus.work import Job

MARKER: Final = "done"
_GROUP_BYTES: Final = 32 << 20


def part_path(folder: str, number: int, stream: str) -> str:
    """Where a part of a shard lies."""
    return os.path.join(folder, f"{number:08d}.{stream}")


class Parts:
    """Writes the parts of a shard; leave it without `finish` and there are none."""

    def __init__(self, shard: Shard, job: Job) -> None:
        self._shard, self._job = shard, job
        self._stack = contextlib.ExitStack()
        self._open: dict[str, BinaryIO] = {}
        self._kind = job.kinds[shard.source]
        self._tables: list[Any] = []
        self._table_bytes = 0
        self._writer: Any = None
        self._names: list[str] = []

    def __enter__(self) -> Parts:
        streams = {"rows": self._kind} if self._kind.format != "text" else {}
        streams |= {name: kinds[self._shard.source] for name, kinds in self._job.line_kinds.items()}
        with self._errors():
            for name, kind in streams.items():
                raw = self._stack.enter_context(open(self._temporary(name), "wb"))
                self._names.append(name)
                self._stack.callback(_sync, raw)
                stream = compressor(raw, kind.compression)
                if stream is not raw:
                    self._stack.callback(stream.close)
                self._open[name] = stream
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            return
        with contextlib.suppress(Exception):
            self._stack.close()
        for name in [*self._names, MARKER]:
            with contextlib.suppress(OSError):
                os.unlink(self._temporary(name))

    def write_rows(self, rows: Any, changes: Sequence[Mapping[str, Any]]) -> None:
        """Write rows with their changes."""
        with self._errors():
            if self._kind.format == "text":
                self._write_files(rows, changes)
            elif self._kind.format == "parquet":
                self._write_table(rows, changes)
            else:
                if not isinstance(rows, list):
                    from detector.corpus.jsonl import DictRow

                    rows = [DictRow(row) for row in rows.to_pylist()]
                with_text = not self._job.options.only_score
                rows = [row.as_row(with_text) if isinstance(row, FileRow) else row for row in rows]
                lines = [row.changed(change) for row, change in zip(rows, changes, strict=True)]
                self._open["rows"].write(b"".join(lines))

    def write_lines(self, stream: str, data: bytes) -> None:
        """Write to the removed lines or the attributes."""
        with self._errors():
            self._open[stream].write(data)

    def finish(self, marker: Mapping[str, Any]) -> None:
        """Make the parts complete, and last of all the marker."""
        with self._errors():
            if self._kind.format == "parquet":
                self._flush()
                if self._writer is not None:
                    self._writer.close()
            self._stack.close()
            sizes = {name: os.path.getsize(self._temporary(name)) for name in self._names}
            for name in self._names:
                os.replace(self._temporary(name), part_path(self._job.parts, self._shard.number, name))
            with open(self._temporary(MARKER), "wb") as stream:
                stream.write(json.dumps({**marker, "sizes": sizes}).encode())
                _sync(stream)
            os.replace(self._temporary(MARKER), part_path(self._job.parts, self._shard.number, MARKER))

    def _temporary(self, name: str) -> str:
        return f"{part_path(self._job.parts, self._shard.number, name)}.{os.getpid()}.tmp"

    def _write_files(self, rows: Sequence[FileRow], changes: Sequence[Mapping[str, Any]]) -> None:
        for row, change in zip(rows, changes, strict=True):
            path = Path(str(self._job.folder), row.target)
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_writer(path) as stream:
                stream.write(encode(next(iter(change.values())), row.encoding))

    def _write_table(self, rows: Any, changes: Sequence[Mapping[str, Any]]) -> None:
        if not isinstance(rows, list):
            self._tables.append(changed_table(rows, changes))
            self._table_bytes += self._tables[-1].nbytes
            if self._table_bytes >= _GROUP_BYTES:
                self._flush()
            return
        with_text = not self._job.options.only_score
        rows = [row.as_row(with_text) if isinstance(row, FileRow) else row for row in rows]
        arrow = need("pyarrow", "corpus", "writing Parquet")
        records = [{**row.value(), **change} for row, change in zip(rows, changes, strict=True)]
        if records:
            try:
                self._tables.append(arrow.Table.from_pylist(records))
            except (arrow.ArrowInvalid, arrow.ArrowTypeError, OverflowError, UnicodeEncodeError) as error:
                raise InputError(f"{self._shard.path}: a field does not fit a column of Parquet: {error}") from None

    def _flush(self) -> None:
        if not self._tables:
            return
        arrow, library = need("pyarrow", "corpus", ""), need("pyarrow.parquet", "corpus", "writing Parquet")
        try:
            table = arrow.concat_tables(self._tables, promote_options="permissive")
        except (arrow.ArrowInvalid, arrow.ArrowTypeError) as error:
            raise InputError(f"{self._shard.path}: a field has values of several types: {error}") from None
        if self._writer is None:
            self._writer = library.ParquetWriter(self._open["rows"], table.schema, compression="zstd")
        self._writer.write_table(table)
        self._tables, self._table_bytes = [], 0

    @contextlib.contextmanager
    def _errors(self) -> Any:
        try:
            yield
        except OSError as error:
            where = error.filename or self._job.folder or self._job.parts
            raise OutputError(f"{where}: cannot be written: {error.strerror or error}") from error


def _sync(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())
