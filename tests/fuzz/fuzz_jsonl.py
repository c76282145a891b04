"""The reader of JSONL."""

import io
import json

from detector.corpus.jsonl import line_start, parse, read_jsonl
from detector.corpus.options import Fields, Options
from detector.errors import InputError
from detector.page import Page
from tests.fuzz.harness import in_time, numbers, one_line

SEEDS = (
    b'\0\0{"id": 1, "text": "A line.", "url": "https://a.example/x"}\n\n{"text": null}\n{"text": "x",}\nnot\n',
    b'\1\4{"html": "<p>x</p>", "text": null, "meta": {"a": [1e400, NaN]}}\r\n{"text": "a", "text": "b"}',
    b'\2\7\xef\xbb\xbf{"text": "\\ud800\\u2028", "id": 18446744073709551616}\n' + b"[" * 2000,
    b'\3\1{ "body" :"x" , "text":"y"}  \n{"text": "' + b"x" * 300 + b'"}\n\xff\xfe{}\n{}\n[]\n""\n1\n',
)


def check(data):
    (mode, size), rest = numbers(data, 2)
    fields = Fields(text="body") if mode % 3 == 1 else Fields()
    options = Options(fields, record_bytes=256, page_chars=200)
    with in_time(data):
        batches = list(read_jsonl(io.BytesIO(rest), None, "x.jsonl", 0, options))
        lines = rest.split(b"\n")
        if not lines[-1]:
            lines.pop()
        assert sum(batch.n_bytes for batch in batches) == len(rest)
        assert sum(batch.n_places for batch in batches) == len(lines)
        seen = set()
        for batch in batches:
            assert len(batch.pages) == len(batch.places) == len(batch.rows) == len(batch.text_fields)
            for place, reason, _ in batch.failures:
                one_line(reason)
                assert 1 <= place <= len(lines)
                assert place not in seen
                seen.add(place)
            for page, place, row, text_field in zip(
                batch.pages, batch.places, batch.rows, batch.text_fields, strict=True
            ):
                assert place not in seen
                seen.add(place)
                _check_row(page, row, text_field, lines[place - 1], options)
        assert all(number in seen or not _shows(line) for number, line in enumerate(lines, 1))
        _check_ranges(rest, size, options, seen)


def _shows(line):
    return line.removeprefix(b"\xef\xbb\xbf").strip() != b""


def _check_row(page, row, text_field, line, options):
    assert isinstance(page, Page)
    assert len(page.text) <= options.page_chars
    assert len(line) <= options.record_bytes
    members = json.loads(line.removeprefix(b"\xef\xbb\xbf").strip().decode())
    assert repr(row.value()) == repr(members)
    changed = json.loads(row.changed({text_field: "new \ud800", "extra": 1}))
    assert repr(changed) == repr({**members, text_field: "new \ud800", "extra": 1})
    if row.spans:
        assert row.changed({}) == row.line.encode() + b"\n", "what is not changed does not come through byte for byte"
    try:
        assert parse(row.line).members.keys() == members.keys()
    except InputError as error:
        raise AssertionError("a record cannot be read twice") from error


def _check_ranges(data, size, options, whole):
    """Cut at any byte, two ranges give each line once."""
    at = size * len(data) // 255
    stream = io.BytesIO(data)
    border = line_start(stream, at)
    assert border == 0 or border == len(data) or data[border - 1 : border] == b"\n"
    places = 0
    for start, end in ((0, border), (border, len(data))):
        stream.seek(start)
        parts = list(read_jsonl(stream, end - start, "x.jsonl", start, options))
        places += sum(batch.n_places for batch in parts)
        assert sum(batch.n_bytes for batch in parts) == end - start
    assert places == data.count(b"\n") + (data != b"" and not data.endswith(b"\n"))
