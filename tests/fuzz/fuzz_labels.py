"""The labelled-page file."""

import functools
import json
import os
import tempfile
from pathlib import Path

from detector.errors import InputError
from detector.labels import ARTICLE, KINDS, NOISE, read_labelled, write_labelled
from tests.fuzz.harness import in_time, one_line

SEEDS = (
    b'{"id": "a", "site": "x", "lines": [{"text": "A line.", "label": "article"}, {"text": "Share", "label": "noise", '
    b'"kind": "share"}, {"text": " "}, {"parts": [{"text": "a", "label": "noise"}, {"text": "b", "unsure": true}]}]}\n',
    b'{"id": 5, "weight": 0.5, "meta": {"a": 1}, "gold": "x", "lines": []}\n{"lines": [{"text": "\\ud800\\u2028"}]}',
    b'{"lines": [{"text": "x"}], "structure": {"elements": [0], "links": [0], "images": [0], "parents": [-1], '
    b'"tags": ["p"], "words": [""]}}\n\xef\xbb\xbf{}\n',
    b'{"weight": NaN, "lines": [{"text": "x", "label": "noise", "kind": ["a"]}]}\n' + b"[" * 2000,
)


@functools.cache
def _folder():
    return Path(tempfile.mkdtemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None))


def check(data):
    path, copy = _folder() / "pages.jsonl", _folder() / "copy.jsonl"
    path.write_bytes(data)
    with in_time(data):
        pages = []
        try:
            pages.extend(read_labelled([path]))
        except InputError as error:
            one_line(error)
            assert str(error).startswith(f"{path}:")
            return
        for page in pages:
            assert 0 <= page.weight < 1e6
            for segment in page.segments:
                assert segment.text.strip() or segment.text
                assert segment.label in (None, ARTICLE, NOISE)
                assert segment.kind is None or (segment.label == NOISE and segment.kind in KINDS)
            assert page.structure is None or len(page.structure.elements) == len(page.lines)
            assert page.text.count("\n") == max(len(page.lines) - 1, 0)
        assert write_labelled(copy, pages) == len(pages)
        assert json.dumps([repr(page) for page in read_labelled([copy])]) == json.dumps([repr(page) for page in pages])
