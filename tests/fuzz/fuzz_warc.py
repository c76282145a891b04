"""The reader of WARC, and how bodies are undone."""

import gzip
import io

from detector.corpus.batch import PageFailure
from detector.corpus.options import Options
from detector.corpus.warc import archive_records, read_warc
from tests.fuzz.harness import in_time, one_line


def _record(kind, body, more=b"", type_=b"application/http; msgtype=response"):
    head = (
        b"WARC/1.0\r\nWARC-Type: %s\r\nWARC-Record-ID: <urn:uuid:1>\r\nContent-Type: %s\r\n%sContent-Length: %d\r\n\r\n"
    )
    return head % (kind, type_, more, len(body)) + body + b"\r\n\r\n"


_HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
_PAGE = b"<html><p>The ferry sank at dawn.</p>"
SEEDS = (
    _record(b"warcinfo", b"a: b") + _record(b"response", _HTTP + b"\r\n" + _PAGE),
    _record(
        b"response",
        _HTTP + b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n24\r\n" + _PAGE + b"\r\n0\r\n\r\n",
    ),
    _record(b"response", _HTTP + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(_PAGE)),
    _record(b"response", _HTTP + b"Content-Encoding: br, zstd, deflate\r\n\r\nx"),
    _record(b"conversion", b"Text\nof a page", type_=b"text/plain") + b"WARC/1.0\r\nContent-Length: -5\r\n\r\n",
    _record(
        b"response", b"HTTP/2 200\r\ncontent-type: text/plain\r\n\r\nx", b"WARC-Target-URI: <http://a.example/>\r\n"
    ),
    b"WARC/0.17\r\nwarc-type: resource\r\n\r\n" + b"filedesc://x 0 0 text/plain 5\r\n",
)


def check(data):
    options = Options(record_bytes=4096, page_chars=2000)
    with in_time(data):
        found = list(archive_records(io.BytesIO(data), options))
        places = [item.place for item in found if item.place]
        assert places == sorted(set(places))
        for item in found:
            if isinstance(item, PageFailure):
                one_line(item.reason)
                assert item.place or item is found[-1], "a failure of the whole that is not the last"
            else:
                assert len(item.body) <= min(options.record_bytes, len(data))
        batches = list(read_warc(found, "x.warc", options))
        seen = [place for batch in batches for place in batch.places]
        failed = [failure.place for batch in batches for failure in batch.failures]
        assert sorted([*seen, *failed]) == sorted(item.place for item in found), "a record is lost, or there twice"
        for batch in batches:
            assert all(len(page.text) <= options.page_chars for page in batch.pages)
            for failure in batch.failures:
                one_line(failure.reason)
