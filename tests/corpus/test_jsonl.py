"""JSONL: what is read, what comes through untouched, and every broken form of it."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.corpus.jsonl import DictRow, line_start, parse, read_jsonl
from detector.corpus.options import Fields, Options
from detector.errors import InputError
from tests.conftest import arbitrary_text

values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), arbitrary_text),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(arbitrary_text, inner, max_size=3)),
    max_leaves=6,
)
record = st.dictionaries(st.one_of(arbitrary_text, st.sampled_from(["id", "text", "n"])), values, max_size=5)


def same(one, other):
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@given(record, st.booleans(), st.sampled_from([(", ", ": "), (",", ":"), (" ,\t", "  :  ")]), arbitrary_text)
def test_a_record_comes_back_with_its_text_changed_and_nothing_else(members, ascii_, separators, text):
    line = json.dumps(members, ensure_ascii=ascii_, separators=separators)
    row = parse(line)
    assert same(row.members, members)
    changes = {"text": text, "n_lines": 3}
    assert same(json.loads(row.changed(changes)), {**members, **changes})


@given(record)
def test_a_record_that_is_not_changed_stays_byte_for_byte(members):
    line = json.dumps(members)
    assert parse(line).changed({}) == line.encode() + b"\n"


@given(st.text(max_size=30))
def test_what_is_no_record_is_refused_as_json_refuses_it(line):
    line = "{" + line
    try:
        expected = json.loads(line)
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011
            parse(line.strip())
    else:
        assert same(parse(line.strip()).members, expected)


def test_a_name_that_comes_twice_counts_once():
    row = parse('{"text": "old", "a": 1, "text": "new"}')
    assert row.members["text"] == "new"
    assert row.changed({"text": "clean"}) == b'{"text": "clean", "a": 1}\n'


def test_numbers_and_spelling_stay():
    line = '{"id":12345678901234567890123,"x":1.50,"y":1E5,"z":NaN,"e":"\\u00e9\\/","text":"a"}'
    assert parse(line).changed({"text": "b"}).decode() == line.replace('"a"', '"b"') + "\n"


def test_records_that_were_no_json():
    assert (
        DictRow({"a": b"\xff", "b": 1}).changed({"text": "\ud800"}) == b'{"a": "\\\\xff", "b": 1, "text": "\\ud800"}\n'
    )


def batches(data, **options):
    return list(read_jsonl(io.BytesIO(data), None, "p.jsonl", 0, Options(**options)))


def failures(data, **options):
    return [(failure.place, failure.reason) for batch in batches(data, **options) for failure in batch.failures]


def pages(data, **options):
    return [page for batch in batches(data, **options) for page in batch.pages]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"text": "cut of', "not a JSON record: Unterminated string"),
        (b'{"text": "a",}', "not a JSON record: Expecting a name"),
        (b'{"text": "a"} {"text": "b"}', "not a JSON record: More than one value"),
        (b'{"text": null}', "'text' must be a string, not null"),
        (b'{"text": 5}', "'text' must be a string, not int"),
        (b'{"text": NaN}', "'text' must be a string, not float"),
        (b'{"text": ["a"]}', "'text' must be a string, not list"),
        (b'{"text": {"a": "b"}}', "'text' must be a string, not dict"),
        (b'{"body": "a", "n": 1}', "'text' is missing; the fields are: body, n (--text-field names another)"),
        (b"{}", "the fields are: none"),
        (b'["text"]', "a page must be a JSON object, not list"),
        (b'"text"', "a page must be a JSON object, not str"),
        (b"text", "not a JSON record"),
        (b"{'text': 'a'}", "not a JSON record"),
        (b'{"text": "\xff"}', "not UTF-8: byte 10"),
        (b'{"text": "a", "deep": ' + b"[" * 100_000, "not a JSON record"),
        (b'{"n": ' + b"9" * 5000 + b', "text": "a"}', "not a JSON record"),
        ('{"text": "a"}'.encode("utf-16"), "not UTF-8"),
    ],
)
def test_broken_records_are_one_line_each(line, reason):
    [(place, said)] = failures(b'{"text": "one"}\n\n' + line + b'\n{"text": "two"}')
    assert place == 3
    assert reason in said
    assert "\n" not in said
    assert [page.text for page in pages(b'{"text": "one"}\n\n' + line + b'\n{"text": "two"}')] == ["one", "two"]


def test_marks_blank_lines_and_a_last_line_without_an_end():
    data = b'\xef\xbb\xbf{"text": "a"}\r\n  \n\n{"text": "b"}'
    assert [page.text for page in pages(data)] == ["a", "b"]
    assert failures(data) == []


def test_a_record_that_is_too_long_is_passed_over():
    data = b'{"text": "a"}\n{"text": "' + b"x" * 5_000_000 + b'"}\n{"text": "b"}\n'
    assert failures(data, record_bytes=1 << 20) == [(2, "the record has over 1 MB: left out")]
    assert [page.text for page in pages(data, record_bytes=1 << 20)] == ["a", "b"]


def test_names_are_detected_or_given():
    data = b'{"text": "a", "id": 7, "url": "https://www.a.co.uk/x", "site": null}\n{"text": "b", "url": 5, "id": true}'
    one, two = pages(data)
    assert (one.id, one.url, one.site) == ("7", "https://www.a.co.uk/x", "a.co.uk")
    assert (two.id, two.url, two.site) == ("p.jsonl@69", None, None)
    fields = Fields(text="body", id="key", url="link", site="host")
    [page] = pages(b'{"body": "a", "key": "k", "link": "http://x.org/", "host": "h", "text": 1}', fields=fields)
    assert (page.text, page.id, page.url, page.site) == ("a", "k", "http://x.org/", "h")
    assert "'key' must be a string" in failures(b'{"body": "a", "key": []}', fields=fields)[0][1]


def test_html_is_rendered():
    pytest.importorskip("selectolax")
    html = "<title>T</title><p>One line.<p>Another."
    data = json.dumps({"html": html}).encode()
    for found in (pages(data), pages(data, fields=Fields(html="html"))):
        assert [page.text for page in found] == ["One line.\nAnother.\n"]
    both = json.dumps({"html": html, "text": "mine"}).encode()
    assert [page.text for page in pages(both)] == ["mine"]


@given(st.lists(st.binary(max_size=12).map(lambda raw: raw.replace(b"\n", b"")), max_size=12), st.integers(0, 150))
def test_lines_begin_where_lines_begin(lines, at):
    data = b"\n".join(lines)
    at = min(at, len(data))
    start = line_start(io.BytesIO(data), at)
    assert start >= at
    assert start in (0, len(data)) or data[start - 1 : start] == b"\n"
    assert b"\n" not in data[max(at - 1, 0) : start - 1] or at == 0


def test_a_value_that_is_no_object_has_its_type_named():
    with pytest.raises(InputError, match="not NoneType"):
        parse("null")
