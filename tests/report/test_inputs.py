"""Pages of corpora, cleaned."""

import gzip
import io
import json

import pytest

from detector.corpus.names import Kind
from detector.corpus.options import Fields
from detector.errors import InputError, OutputError
from detector.page import Page
from detector.report.inputs import clean_batch, read_batches


def read(paths, **settings):
    failed = []
    batches = read_batches([str(path) for path in paths], Fields(), lambda *what: failed.append(what), **settings)
    return [page for batch in batches for page in batch], failed


def test_all_formats_of_a_folder(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "One.", "url": "https://a.example.org/b"}\n{"id": 2}\n[]\n')
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b'{"text": "Two.", "id": "two"}\n'))
    (tmp_path / "c.txt").write_text("Three.")
    pages, failed = read([tmp_path])
    assert [page.text for page in pages] == ["One.", "Two.", "Three."]
    assert pages[0].site == "example.org"
    assert [where for where, _ in failed] == [f"{tmp_path}/a.jsonl:2", f"{tmp_path}/a.jsonl:3"]


def test_lines_of_a_long_file_are_counted_on(tmp_path):
    path = tmp_path / "a.jsonl"
    record = json.dumps({"text": "One line. " * 5000}) + "\n"
    path.write_text(record * 50 + "{\n")
    pages, failed = read([path])
    assert len(pages) == 50
    assert [where for where, _ in failed] == [f"{path}:51"]


@pytest.mark.parametrize(("content", "kind"), [("One.\nTwo.", ""), ('{"text": "One.\\nTwo."}\n', "jsonl")])
def test_standard_input_is_a_page_or_a_corpus(monkeypatch, content, kind):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
    assert [page.text for page in read(["-"], stdin=Kind(kind))[0]] == ["One.\nTwo."]


def test_what_cannot_be(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read([tmp_path / "missing.txt"])
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><p>One.")
    with pytest.raises(OutputError, match="is an input"):
        read([tmp_path], output=str(page))


def test_one_page_that_cannot_be_cleaned_does_not_cost_the_others(cleaner):
    class Failing:
        def clean_many(self, pages):
            pages = list(pages)
            if any(page.text == "b" for page in pages):
                raise ValueError("no")
            return cleaner.clean_many(pages)

    failed = []
    results = clean_batch(Failing(), [Page("a"), Page("b", id="bad"), Page("c")], lambda *what: failed.append(what))
    assert [result.page.text for result in results] == ["a", "c"]
    assert failed == [("bad", "cannot be cleaned: ValueError: no")]
