"""The text segmenter, the decoding before it and the decision after it."""

import functools
import itertools

import numpy as np

from detector.cleaner import Cleaner
from detector.encoding import decode, encode
from detector.segment.chars import build_tables
from detector.segment.text import cut_lines, is_blank, make_batch, split_lines
from tests.fuzz.harness import in_time, numbers

SEEDS = (
    b"\0\0[ad_1]\n\nThe ferry sank at dawn, the coast guard said. [ad_2] Source link\r\nRead more\r",
    "\1\2\ufeff首页 > 新闻\u2028x\x85\x1c\u200b\n\u202eabc\u202c\n".encode(),
    b"\3\1" + "UTF-16 text\r\nin two lines".encode("utf-16-le"),
    b"\7\3\xff\xfe\0\0a\0\0\0",
    b"\5\5\xed\xa0\x80\xc0\xaf\xff\n" * 3,
)


@functools.cache
def _tables():
    return build_tables()


@functools.cache
def _cleaner():
    return Cleaner.load()


def check(data):
    (first, second), rest = numbers(data, 2)
    with in_time(data):
        text, encoding = decode(rest)
        assert encode(text, encoding) == rest, "bytes are lost"
        middle = first * len(text) // 255
        _check_batch([text[:middle], text[middle:], text], second)
        if first % 8 == 0:
            _check_clean(text, encoding, rest)


def _check_batch(texts, step):
    batch = make_batch(texts, _tables())
    _check_rows(batch, texts)
    for index, text in enumerate(texts):
        rows = slice(*batch.page_rows[index : index + 2].tolist())
        lines = split_lines(text)
        filled = [number for number, line in enumerate(lines, 1) if not is_blank(line)]
        assert batch.numbers[rows].tolist() == filled
        alone = make_batch([text], _tables())
        assert (alone.starts == batch.starts[rows] - batch.page_chars[index]).all()
        assert (alone.ends == batch.ends[rows] - batch.page_chars[index]).all()
        for number, start, end in zip(filled, alone.starts.tolist(), alone.ends.tolist(), strict=True):
            assert text[start:end] in lines[number - 1]
    cuts = np.arange(0, len(batch.codes) + 9, step % 7 + 1, dtype=np.int64)
    pieces = cut_lines(batch, cuts)
    _check_rows(pieces, texts)
    visible = np.zeros(len(batch.codes) + 1, bool)
    for start, end in zip(pieces.starts.tolist(), pieces.ends.tolist(), strict=True):
        visible[start:end] = True
    assert visible[batch.starts].all(), "the beginning of a line is in none of its segments"
    assert visible[batch.ends - 1].all(), "the end of a line is in none of its segments"


def _check_rows(batch, texts):
    starts, ends = batch.starts, batch.ends
    assert (starts < ends).all()
    assert (ends[:-1] <= starts[1:]).all()
    assert (batch.line_starts <= starts).all()
    assert batch.page_rows[0] == 0
    assert batch.page_rows[-1] == len(batch)
    assert (np.diff(batch.page_rows) >= 0).all()
    assert batch.page_chars.tolist() == np.cumsum([0, *(len(text) + 1 for text in texts)]).tolist()
    pages = np.repeat(np.arange(len(texts)), np.diff(batch.page_rows))
    assert (starts >= batch.page_chars[pages]).all()
    assert (ends < batch.page_chars[pages + 1]).all()


def _check_clean(text, encoding, data):
    [page] = _cleaner().clean_many([text])
    spans = page.spans
    assert all(0 <= start <= end <= len(text) for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))
    kept = encode(page.text, encoding)
    assert (
        kept
        == encoding.bom
        + b"".join(text[start:end].encode(encoding.codec, encoding.errors) for start, end in spans)
        + encoding.tail
    )
    for line in page.lines:
        assert text[line.start : line.end] == line.text
        assert 0 <= line.p_line <= 1
        assert 0 <= line.p_noise <= 1
        assert line.kept == any(start <= line.start and line.end <= end for start, end in spans)
    if not page.removed:
        assert kept == data
