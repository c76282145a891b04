"""JSONL: records read line by line, and written with nothing changed but the text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from json.decoder import JSONDecoder, scanstring  # type: ignore[attr-defined]
from typing import Any, BinaryIO, Final, NamedTuple

from detector.corpus.batch import Batch, PageFailure, page_of
from detector.corpus.options import Options
from detector.errors import InputError

_SPACE: Final = " \t\n\r"
_BOM: Final = b"\xef\xbb\xbf"
_scan: Final = JSONDecoder().scan_once  # type: ignore[attr-defined]


class JsonRow(NamedTuple):
    """A record as it stood in its file.

    Parameters
    ----------
    line
        The line, without white space around it.
    members
        Its fields.
    spans
        Where the value of each stands in the line; empty where a name comes twice.
    """

    line: str
    members: dict[str, Any]
    spans: dict[str, tuple[int, int]]

    def changed(self, changes: Mapping[str, Any]) -> bytes:
        """Give the line with some values put in their places or added; all else stays byte for byte."""
        if not self.spans and self.members:
            return dumps({**self.members, **changes})
        line = self.line
        pieces: list[str] = []
        at = 0
        old = [(self.spans[name], value) for name, value in changes.items() if name in self.spans]
        for (start, end), value in sorted(old, key=lambda item: item[0]):
            pieces += (line[at:start], _dumped(value))
            at = end
        added = [f'"{name}": {_dumped(value)}' for name, value in changes.items() if name not in self.spans]
        pieces.append(line[at:-1].rstrip(_SPACE) if added else line[at:])
        if added:
            pieces += (", " if self.members else "", ", ".join(added), "}")
        return "".join(pieces).encode() + b"\n"

    def value(self) -> dict[str, Any]:
        """Give the record as JSON values."""
        return self.members


class DictRow(NamedTuple):
    """A record that was not JSON."""

    members: dict[str, Any]

    def changed(self, changes: Mapping[str, Any]) -> bytes:
        """Give the record as a line."""
        return dumps({**self.members, **changes})

    def value(self) -> dict[str, Any]:
        """Give the record as JSON values."""
        return self.members


def dumps(record: Mapping[str, Any]) -> bytes:
    """Write a record as a line; lone surrogates, which UTF-8 has not, are escaped."""
    return _dumped(record).encode() + b"\n"


def _dumped(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=_plain)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, default=_plain)
    return text


def _plain(value: Any) -> Any:
    """Give what Arrow has and JSON has not: bytes, dates, decimals."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def parse(line: str) -> JsonRow:
    """Read a record and remember where each of its values stands.

    Raises
    ------
    ValueError
        It is not JSON, or no object.
    RecursionError
        It is nested too deeply.
    """
    members: dict[str, Any] = {}
    spans: dict[str, tuple[int, int]] = {}
    if line[:1] != "{":
        _members(line)
    at = _skip(line, 1)
    twice = False
    if line[at : at + 1] != "}":
        while True:
            if line[at : at + 1] != '"':
                raise json.JSONDecodeError("Expecting a name in double quotes", line, at)
            name, at = scanstring(line, at + 1)
            at = _skip(line, at)
            if line[at : at + 1] != ":":
                raise json.JSONDecodeError("Expecting ':'", line, at)
            start = _skip(line, at + 1)
            try:
                value, at = _scan(line, start)
            except StopIteration:
                raise json.JSONDecodeError("Expecting a value", line, start) from None
            twice |= name in members
            members[name] = value
            spans[name] = (start, at)
            at = _skip(line, at)
            if line[at : at + 1] != ",":
                break
            at = _skip(line, at + 1)
        if line[at : at + 1] != "}":
            raise json.JSONDecodeError("Expecting ',' or '}'", line, at)
    if at + 1 != len(line):
        raise json.JSONDecodeError("More than one value in the line", line, at + 1)
    return JsonRow(line, members, {} if twice else spans)


def _members(line: str) -> dict[str, Any]:
    """Read a record whose values may stand wherever they do, see `parse`."""
    members = json.loads(line)
    if not isinstance(members, dict):
        raise InputError(f"a page must be a JSON object, not {type(members).__name__}")
    return members


def _skip(line: str, at: int) -> int:
    while line[at : at + 1] in _SPACE and at < len(line):
        at += 1
    return at


def read_jsonl(
    stream: BinaryIO, size: int | None, name: str, offset: int, options: Options, carry: bool = True
) -> Iterator[Batch]:
    """Read records.

    Parameters
    ----------
    stream
        Stands at the beginning of a line.
    size
        How many bytes further lines may begin; None for all.
    name, offset
        The file, and where in it the stream begins; pages without an id are named by both.
    options
        Names of fields, and how long a line may be.
    carry
        Whether records are carried through; to read pages alone is faster.

    Yields
    ------
    Batch
        The last one has a failure of place 0 where the stream could not be read to its end.
    """
    batch = Batch()
    place = at = 0
    while size is None or at < size:
        try:
            raw, length = _line(stream, options.record_bytes)
        except OSError as error:
            batch.failures.append(PageFailure(0, f"cannot be read on: {error.strerror or error}"))
            break
        if not length:
            break
        begin, at, place = at, at + length, place + 1
        batch.n_bytes += length
        batch.n_places += 1
        if raw is None:
            reason = f"the record has over {options.record_bytes >> 20} MB: left out"
            batch.failures.append(PageFailure(place, reason))
        elif raw := raw.strip() if offset + begin else raw.removeprefix(_BOM).strip():
            try:
                row = parse(raw.decode()) if carry else None
                members = _members(raw.decode()) if row is None else row.members
                page, text_field = page_of(members, options.fields, f"{name}@{offset + begin}", options.page_chars)
            except UnicodeDecodeError as error:
                batch.failures.append(PageFailure(place, f"not UTF-8: byte {error.start} of the line"))
            except InputError as error:
                batch.failures.append(PageFailure(place, str(error)))
            except (ValueError, RecursionError) as error:
                batch.failures.append(PageFailure(place, f"not a JSON record: {error}"))
            else:
                batch.add(page, place, text_field, row)
        if batch.is_full:
            yield batch
            batch = Batch()
    yield batch


def _line(stream: BinaryIO, limit: int) -> tuple[bytes | None, int]:
    """Read a line and its length; one that is too long is passed over."""
    raw = stream.readline(limit + 1)
    length = len(raw)
    if length <= limit:
        return raw, length
    last = raw[-1:]
    while raw and last != b"\n":
        raw = stream.readline(1 << 20)
        length += len(raw)
        last = raw[-1:]
    return None, length


def line_start(stream: BinaryIO, at: int) -> int:
    """Find where the first line begins at or after an offset."""
    if not at:
        return 0
    stream.seek(at - 1)
    while piece := stream.readline(1 << 20):
        at += len(piece)
        if piece.endswith(b"\n"):
            break
    return at - 1
