"""WARC and WET: responses, resources and conversions become pages; other records are passed over."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Final, NamedTuple

from detector.corpus.batch import Batch, PageFailure, page_of
from detector.corpus.compression import DamagedError
from detector.corpus.extras import need
from detector.corpus.jsonl import DictRow
from detector.corpus.options import Fields, Options
from detector.encoding import decode
from detector.errors import InputError
from detector.segment.charset import codec_of
from detector.segment.html import document

_HTML: Final = ("text/html", "application/xhtml+xml")
_TEXT: Final = ("text/plain",)
_CHARSET: Final = re.compile(r""";\s{0,9}charset\s{0,9}=\s{0,9}["']?([\w:.-]{1,40})""", re.I)
_HEADER_LIMIT: Final = 64 << 10


class WebRecord(NamedTuple):
    """A page of an archive as it was sent.

    Parameters
    ----------
    place
        Its number among the records of the archive, from 1.
    id, url, date
        What its headers say.
    is_html
        Whether it is to be rendered.
    charset
        The encoding that its header names, ``""`` where it names none.
    encodings
        How the body was sent: ``"chunked"``, ``"gzip"`` and the like, outermost first.
    body
        The bytes.
    """

    place: int
    id: str
    url: str
    date: str
    is_html: bool
    charset: str
    encodings: tuple[str, ...]
    body: bytes


def archive_records(stream: BinaryIO, options: Options) -> Iterator[WebRecord | PageFailure]:
    """Read the records of an archive that is not, or no longer, compressed.

    Yields
    ------
    WebRecord or PageFailure
        A failure of place 0 is the last one: the archive cannot be read on.
    """
    warc = need("fastwarc.warc", "corpus", "reading WARC")
    place = 0
    try:
        records = warc.ArchiveIterator(
            _Forward(stream), parse_http=False, stream_detect=False, max_header_len=_HEADER_LIMIT, fsspec_args=False
        )
        for record in records:
            place += 1
            yield from _record(warc, record, place, options)
    except (DamagedError, OSError, ValueError) as error:
        yield PageFailure(0, f"cannot be read after record {place}: {str(error).strip()[:200]}")


class _Forward:
    """A stream that tells where it is, which is all that FastWARC asks beside its bytes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        # What comes before damage is given out: a read that waits for all of it would lose it.
        data: bytes = getattr(self._stream, "read1", self._stream.read)(size)
        self._at += len(data)
        return data

    def tell(self) -> int:
        return self._at


def _record(warc: Any, record: Any, place: int, options: Options) -> Iterator[WebRecord | PageFailure]:
    headers, types = record.headers, warc.WarcRecordType
    if record.record_type not in (types.response, types.resource, types.conversion):
        if record.record_type in (types.no_type, types.unknown):
            yield PageFailure(place, "the record has no known type, or is cut off")
        return
    id_ = (headers.get("WARC-Record-ID") or "").strip("<>")
    if headers.get("Content-Length") is None:
        yield PageFailure(place, "the record has no length, or is cut off", id_)
        return
    url = (headers.get("WARC-Target-URI") or "").strip("<>")
    encodings: tuple[str, ...] = ()
    type_ = "text/plain" if record.record_type == types.conversion else headers.get("Content-Type")
    if record.record_type == types.response:
        if not record.is_http:
            return
        record.parse_http(auto_decode="none", max_header_len=_HEADER_LIMIT)
        status = record.http_headers and record.http_headers.status_code
        if not status:
            yield PageFailure(place, "the record holds no HTTP response", id_)
            return
        if not 200 <= status < 300:
            return
        type_ = record.http_headers.get("Content-Type")
        encodings = tuple(
            name.strip().lower()
            for field in ("Transfer-Encoding", "Content-Encoding")
            for name in (record.http_headers.get(field) or "").split(",")
            if name.strip()
        )
    kind = _media_type(type_)
    if kind not in _HTML + _TEXT:
        return
    length = record.content_length
    body = record.reader.read(options.record_bytes + 1)
    if len(body) > options.record_bytes:
        yield PageFailure(place, f"the record has over {options.record_bytes >> 20} MB: left out", id_)
    elif len(body) < length:
        yield PageFailure(place, f"is cut off: {len(body):,} of {length:,} bytes are there", id_)
    else:
        date = headers.get("WARC-Date") or ""
        yield WebRecord(place, id_, url, date, kind in _HTML, _charset(type_), encodings, body)


def _media_type(value: str | None) -> str:
    return (value or "").partition(";")[0].strip().lower()


def _charset(value: str | None) -> str:
    found = _CHARSET.search(value or "")
    return found.group(1) if found else ""


def _text(body: bytes, charset: str) -> str:
    """The characters of a page of text: by its bytes where they are UTF-8 or UTF-16, else as its header says."""
    text, encoding = decode(body)
    codec = codec_of(charset)
    if codec is None or encoding.codec != "utf-8" or text.isascii():
        return text
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body.decode(codec, "replace")


def read_warc(records: Iterable[WebRecord | PageFailure], name: str, options: Options) -> Iterator[Batch]:
    """Make pages of records.

    Parameters
    ----------
    records
        From `archive_records`.
    name
        The archive; pages without an id are named by it and their number.
    options
        How large a page may be.

    Yields
    ------
    Batch
    """
    batch = Batch()
    for record in records:
        if isinstance(record, PageFailure):
            batch.failures.append(record)
            continue
        batch.n_bytes += len(record.body)
        batch.n_places += 1
        try:
            body = _body(record.body, record.encodings, options.record_bytes)
            known = {"id": record.id or f"{name}@{record.place}", "url": record.url, "date": record.date}
            members = {key: value for key, value in known.items() if value}
            text = document(body, record.charset) if record.is_html else _text(body, record.charset)
            page, _ = page_of(
                {**members, "body": text}, _AS_HTML if record.is_html else _AS_TEXT, name, options.page_chars
            )
        except InputError as error:
            batch.failures.append(PageFailure(record.place, str(error), record.id))
        else:
            batch.add(page, record.place, "text", DictRow({**members, "text": ""}))
        if batch.is_full:
            yield batch
            batch = Batch()
    yield batch


_AS_HTML: Final = Fields(html="body")
_AS_TEXT: Final = Fields(text="body")


def _body(body: bytes, encodings: tuple[str, ...], limit: int) -> bytes:
    """Undo how a body was sent; crawlers often store it undone and leave the headers as they were."""
    if not encodings:
        return body
    streams = need("fastwarc.stream_io", "corpus", "reading WARC")
    readers = {
        "chunked": streams.ChunkedReader,
        "gzip": streams.GzipReader,
        "x-gzip": streams.GzipReader,
        "br": streams.BrotliReader,
        "zstd": streams.ZstdReader,
        "deflate": lambda inner: streams.GzipReader(inner, zlib=True),
    }
    for name in encodings:
        if name in readers:
            undone = b""
            with contextlib.suppress(OSError, ValueError):
                undone = readers[name](io.BytesIO(body)).read(limit + 1)
            if len(undone) > limit:
                raise InputError(f"the body grows to over {limit >> 20} MB: left out")
            if not undone and body and body.lstrip()[:1] != b"<":
                raise InputError(f"the body is not {name}, as its header says")
            body = undone or body
        elif name != "identity":
            raise InputError(f"the body is sent in an unknown way: {name[:40]!r}")
    return body
