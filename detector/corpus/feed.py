"""Cutting inputs into shards: what a worker cleans at a time, and what is done again after a kill.

Where an input can be read from any place, a shard says where; where it can only be read from its
beginning, a shard brings its data along.  How an input is cut depends on nothing but the input.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from detector.corpus.batch import Batch, PageFailure, with_site
from detector.corpus.compression import decompressed
from detector.corpus.files import read_files
from detector.corpus.inputs import open_binary
from detector.corpus.jsonl import line_start, read_jsonl
from detector.corpus.names import STDIN
from detector.corpus.options import Options
from detector.corpus.parquet import open_parquet, read_parquet, row_groups
from detector.corpus.plan import Source
from detector.corpus.streams import Counted, line_chunks, open_stream
from detector.corpus.warc import WebRecord, archive_records, read_warc
from detector.errors import InputError
from detector.read import reason_of

_MOST_FILES: Final = 1000


@dataclass(frozen=True, slots=True)
class Shard:
    """A part of an input.

    Parameters
    ----------
    number
        Counts all shards of a run, from 0.
    source
        Index of the input.
    path
        The input.
    format
        ``"jsonl"``, ``"parquet"``, ``"warc"``, ``"files"``, or ``"failure"`` for an input that cannot be read on.
    start, end
        Bytes of a JSONL file or row groups of a Parquet file.
    offset
        Where it begins: in JSONL bytes as decompressed, in Parquet rows.
    size
        Bytes of input, as they lie on the disk, that it stands for.
    files
        Paths and targets of files.
    data
        Lines or records, where they have been read already; the reason of a failure.
    """

    number: int
    source: int
    path: str
    format: str
    start: int = 0
    end: int = 0
    offset: int = 0
    size: int = 0
    files: tuple[tuple[str, str], ...] = ()
    data: Any = None


class SourceEnd(NamedTuple):
    """All shards of an input have been given.

    Parameters
    ----------
    source
        Its index.
    first, last
        Its shards, the last one not included.
    """

    source: int
    first: int
    last: int


def cut(sources: Sequence[Source], options: Options, eager: bool = False) -> Iterator[Shard | SourceEnd]:
    """Cut inputs into shards.

    Parameters
    ----------
    sources
        The inputs.
    options
        How large shards and records may be.
    eager
        Whether lines of a slow pipe are given as they come, in shards of any size.

    Yields
    ------
    Shard or SourceEnd
        In order.
    """
    number = 0
    for index, source in enumerate(sources):
        first = number
        try:
            for settings in _CUTTERS[source.kind.format](source, options, eager):
                yield Shard(number, index, source.path, **{"format": source.kind.format, **settings})
                number += 1
        except (InputError, OSError) as error:
            reason = reason_of(error) if isinstance(error, OSError) else str(error)
            yield Shard(number, index, source.path, "failure", data=reason)
            number += 1
        yield SourceEnd(index, first, number)


def read_shard(shard: Shard, options: Options, carry: bool = True) -> Iterator[Batch]:
    """Read the pages of a shard; `carry` tells whether what else is in their records is wanted, too."""
    for batch in _read_shard(shard, options, carry):
        if options.site is not None:
            batch.pages = [with_site(page, options.site) for page in batch.pages]
        yield batch


def _read_shard(shard: Shard, options: Options, carry: bool) -> Iterator[Batch]:
    if shard.format == "failure":
        yield Batch(failures=[PageFailure(0, shard.data)])
    elif shard.format == "files":
        yield from read_files(shard.files, options)
    elif shard.format == "warc":
        yield from read_warc(shard.data, shard.path, options)
    elif shard.data is not None:
        yield from read_jsonl(io.BytesIO(shard.data), None, shard.path, shard.offset, options, carry)
    else:
        with open_binary(shard.path) as stream:
            if shard.format == "parquet":
                file = open_parquet(stream)
                yield from read_parquet(file, shard.start, shard.end, shard.path, shard.offset, shard.size, options)
            else:
                stream.seek(shard.start)
                yield from read_jsonl(stream, shard.end - shard.start, shard.path, shard.offset, options, carry)


def _files(source: Source, options: Options, eager: bool) -> Iterator[dict[str, Any]]:
    group: list[tuple[str, str]] = []
    size = 0
    for path, target, bytes_ in source.files:
        group.append((path, target))
        size += bytes_
        if size >= options.shard_bytes or len(group) >= _MOST_FILES:
            yield {"files": tuple(group), "size": size}
            group, size = [], 0
    if group:
        yield {"files": tuple(group), "size": size}


def _jsonl(source: Source, options: Options, eager: bool) -> Iterator[dict[str, Any]]:
    if source.path == STDIN or source.kind.compression:
        yield from _streamed_jsonl(source, options, eager)
        return
    with open_binary(source.path) as stream:
        start = 0
        while start < source.size:
            end = start + options.shard_bytes
            end = source.size if end >= source.size else line_start(stream, end)
            yield {"start": start, "end": end, "offset": start, "size": end - start}
            start = end


def _streamed_jsonl(source: Source, options: Options, eager: bool) -> Iterator[dict[str, Any]]:
    offset = taken = 0
    with open_stream(source.path) as raw:
        counted = Counted(raw)
        stream = decompressed(counted, source.kind.compression, options.max_ratio)  # type: ignore[arg-type]
        for lines in line_chunks(stream, options, eager):
            if isinstance(lines, str):
                yield {"format": "failure", "data": lines}
                return
            yield {"data": lines, "offset": offset, "size": counted.count - taken}
            offset, taken = offset + len(lines), counted.count


def _warc(source: Source, options: Options, eager: bool) -> Iterator[dict[str, Any]]:
    taken = 0
    with open_stream(source.path) as raw:
        counted = Counted(raw)
        stream = decompressed(counted, source.kind.compression, options.max_ratio)  # type: ignore[arg-type]
        group: list[WebRecord | PageFailure] = []
        size = 0
        for record in archive_records(stream, options):
            group.append(record)
            size += len(record.body) if isinstance(record, WebRecord) else 0
            if size >= options.shard_bytes:
                yield {"data": group, "size": counted.count - taken}
                group, size, taken = [], 0, counted.count
        yield {"data": group, "size": counted.count - taken}


def _parquet(source: Source, options: Options, eager: bool) -> Iterator[dict[str, Any]]:
    with open_binary(source.path) as stream:
        groups = row_groups(open_parquet(stream), source.size)
    first = rows = size = before = 0
    for index, (n_rows, n_bytes) in enumerate(groups):
        rows, size = rows + n_rows, size + n_bytes
        if size >= options.shard_bytes:
            yield {"start": first, "end": index + 1, "offset": before, "size": size}
            first, before, rows, size = index + 1, before + rows, 0, 0
    if first < len(groups) or not groups:
        yield {"start": first, "end": len(groups), "offset": before, "size": size}


_CUTTERS: Final = {"files": _files, "jsonl": _jsonl, "warc": _warc, "parquet": _parquet}
