"""WARC and WET: which records become pages, how bodies are undone, and broken archives."""

import gzip
import zlib

import pytest

from detector import Cleaner
from tests.corpus.conftest import records

pytest.importorskip("fastwarc")
pytest.importorskip("selectolax")

HTML = (
    b"<html><head><title>T</title></head><body><p>The ferry sank at dawn, the coast guard said on Friday.</p>"
    b"<p>Nobody was hurt, a spokeswoman said.</p></body></html>"
)
TEXT = "The ferry sank at dawn, the coast guard said on Friday.\nNobody was hurt, a spokeswoman said.\n"


def record(kind, body, *, http=None, length=None, type_="text/plain", url="http://www.a.example/x"):
    if http is not None:
        body, type_ = b"HTTP/1.1 200 OK\r\n" + http + b"\r\n\r\n" + body, "application/http; msgtype=response"
    length = len(body) if length is None else length
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{len(body):08d}-0000>\r\n"
        f"WARC-Date: 2024-01-01T00:00:00Z\r\nWARC-Target-URI: {url}\r\nContent-Type: {type_}\r\n"
        + (f"Content-Length: {length}\r\n" if length != "none" else "")
    )
    return head.encode() + b"\r\n" + body + b"\r\n\r\n"


def page(body=HTML, more=b""):
    return record("response", body, http=b"Content-Type: text/html; charset=utf-8" + more)


CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n"
OTHERS = [
    record("warcinfo", b"software: x\r\n", type_="application/warc-fields"),
    record("request", b"GET / HTTP/1.1\r\n\r\n", type_="application/http; msgtype=request"),
    record("revisit", b""),
    record("metadata", b"a: b"),
    record("response", b"\x89PNG", http=b"Content-Type: image/png"),
    record("response", HTML, http=b"Content-Type: text/html").replace(b"200 OK", b"404 OK"),
]


@pytest.fixture
def run(clean, tmp_path, monkeypatch):
    """Clean an archive; what it gives by place, and what was said."""

    def run(data, name="a.warc", *more):
        path = tmp_path / name
        path.write_bytes(data)
        result = clean(path, "-o", tmp_path / "out.jsonl", "--threshold", "1", "--workers", 1, *more)
        out = tmp_path / "out.jsonl"
        texts = [record["text"] for record in records(out)] if out.exists() else []
        out.unlink(missing_ok=True)
        return texts, result

    return run


def test_responses_become_pages_and_other_records_do_not(run, tmp_path, clean):
    data = b"".join([*OTHERS[:3], page(), *OTHERS[3:], page(b"<p>Two.")])
    texts, result = run(data)
    assert texts == [TEXT, "Two.\n"]
    assert result.exit_code == 0
    assert clean(tmp_path / "a.warc", "-o", tmp_path / "x.jsonl").exit_code == 0
    [first, _] = records(tmp_path / "x.jsonl")
    assert list(first) == ["id", "url", "date", "text"]
    assert first["url"] == "http://www.a.example/x"


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (gzip.compress(HTML), b"Content-Encoding: gzip"),
        (zlib.compress(HTML), b"Content-Encoding: deflate"),
        (CHUNKED % (len(HTML), HTML), b"Transfer-Encoding: chunked"),
        (
            CHUNKED % (len(gzip.compress(HTML)), gzip.compress(HTML)),
            b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip",
        ),
        (HTML, b"Content-Encoding: gzip"),  # undone by the crawler, whose header still says so
        (HTML, b"Transfer-Encoding: chunked\r\nContent-Encoding: gzip"),
        (HTML, b"Content-Encoding: identity"),
    ],
)
def test_bodies_are_undone(run, body, header):
    texts, result = run(page(body, b"\r\n" + header) + page())
    assert texts == [TEXT, TEXT], result.output


@pytest.mark.parametrize(
    ("type_", "body", "text"),
    [
        ("text/html; charset=Shift_JIS", "<p>日本語".encode("shift_jis"), "日本語"),
        ('text/html;charset="windows-1251"', "<meta charset=latin1><p>Паром".encode("cp1251"), "Паром"),
        ("text/html; charset=latin1", "<p>Паром".encode(), "Паром"),  # what is valid UTF-8 is UTF-8
        ("text/html; charset=nonsense", "<meta charset=koi8-r><p>Паром".encode("koi8-r"), "Паром"),
        ("text/html; charset=hex", "<p>Ü".encode("cp1252"), "Ü"),
        ("text/plain; charset=koi8-r", "Паром".encode("koi8-r"), "Паром"),
        ("text/plain; charset=koi8-r", "Паром".encode(), "Паром"),
    ],
)
def test_the_encoding_that_the_header_names(run, type_, body, text):
    [found], _ = run(record("response", body, http=f"Content-Type: {type_}".encode()))
    assert found.strip() == text


@pytest.mark.parametrize("name", ["gz", "zst"])
def test_compressed_archives_of_one_or_many_members(run, name):
    pack = gzip.compress if name == "gz" else pytest.importorskip("zstandard").compress
    pages = [page(b"<p>Page %d." % n) for n in range(30)]
    expected = [f"Page {n}.\n" for n in range(30)]
    assert run(b"".join(map(pack, pages)), f"a.warc.{name}", "--shard-mb", "0.0001")[0] == expected
    assert run(pack(b"".join(pages)), f"a.warc.{name}")[0] == expected


def test_wet(run):
    texts, _ = run(
        OTHERS[0] + record("conversion", "Ein Text.\nNoch eine Zeile: ä".encode()) + record("conversion", b"caf\xe9"),
        "a.wet",
    )
    assert texts == ["Ein Text.\nNoch eine Zeile: ä", "caf\udce9"]


@pytest.mark.parametrize(
    ("broken", "message", "after"),
    [
        (record("response", HTML, http=b"Content-Type: text/html", length="none"), "has no length", 0),
        (record("response", HTML, http=b"Content-Type: text/html", length=-5), "holds no HTTP response", 0),
        (record("response", HTML, type_="application/http; msgtype=response"), "holds no HTTP response", 1),
        (b"no archive at all\n" * 20, "cannot be read after record 1", 0),
        (page(b"\x1f\x8b\x08\0\0\0", b"\r\nContent-Encoding: gzip"), "the body is not gzip", 1),
        (page(gzip.compress(bytes(50 << 20)), b"\r\nContent-Encoding: gzip"), "grows to over 32 MB", 1),
        (page(HTML, b"\r\nContent-Encoding: rot13"), "sent in an unknown way: 'rot13'", 1),
    ],
)
def test_broken_records(run, broken, message, after):
    texts, result = run(page() + broken + page())
    assert texts[:1] == [TEXT]
    assert len(texts) >= 1 + after
    assert result.exit_code in (1, 2)
    assert message in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(("end", "message"), [(-40, "record 2: is cut off: "), (100, "record 2: the record")])
def test_a_record_that_is_cut_off(run, end, message):
    texts, result = run(page() + page()[:end])
    assert texts == [TEXT]
    assert message in result.stderr
    assert result.exit_code == 1


def test_an_archive_that_is_cut_off(run):
    packed = b"".join(gzip.compress(page(b"<p>Page %d." % n)) for n in range(5))
    texts, result = run(packed[:-20], "a.warc.gz")
    assert texts == [f"Page {n}.\n" for n in range(4)]
    assert "cut off" in result.stderr
    assert result.exit_code == 1


def test_arc_is_refused(run):
    _, result = run(b"filedesc://", "a.arc.gz")
    assert (result.exit_code, "convert it to WARC" in result.stderr) == (2, True)


def test_it_gives_what_the_cleaner_gives(clean, tmp_path, tiny_path):
    (tmp_path / "a.warc").write_bytes(page() * 3)
    assert clean(tmp_path / "a.warc", "-o", tmp_path / "o.jsonl").exit_code == 0
    assert [record["text"] for record in records(tmp_path / "o.jsonl")] == [
        Cleaner.load(tiny_path).clean(TEXT).text
    ] * 3
