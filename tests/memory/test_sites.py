"""What a memory knows, and files that are none."""

import json
import multiprocessing
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from detector.errors import InputError, ModelError
from detector.memory import arrays
from detector.memory.part import TEXT_BYTES
from detector.memory.sites import RepeatedLine, SiteCount, SiteMemory
from detector.page import Page
from tests.memory.conftest import learn, look_up, pages_of


def test_lines_are_counted_once_a_page_by_site(memory):
    assert memory.sites == [SiteCount("a", 3, 2), SiteCount("b", 2, 1)]
    assert memory.repeated("a") == [RepeatedLine("Home", 3, 3), RepeatedLine(memory.repeated("a")[1].text, 3, 3)]
    assert memory.repeated("a")[1].text.startswith("Share this, ")
    assert [line.on_pages for line in memory.repeated("b")] == [2]


def test_a_page_that_was_not_counted_sees_all_pages(memory):
    new = Page("home\nNobody wrote this.\nshare this 99 times", site="a")
    assert look_up(memory, new) == ([[3, 0, 3]], [3])


def test_a_page_that_was_counted_is_left_out(memory):
    counted = Page("Home\nStory two told\nShare this, 1 times!", site="a")
    elsewhere = Page(counted.text, site="b")
    assert look_up(memory, counted, elsewhere) == ([[2, 0, 2], [2, 0, 0]], [2, 2])


def test_an_unknown_site_and_no_site_repeat_nothing(memory):
    pages = [Page("Home", site=site) for site in ("c", "nowhere", None, "")]
    assert look_up(memory, *pages) == ([[0], [0], [0], [0]], [0, 0, 0, 0])


def test_a_page_does_not_depend_on_the_others(memory):
    pages = [*pages_of(a=["Home\nHome\nx", "", "* * *"], b=["It rained.\nHome", "\n"]), Page("Home")]
    counts, n_pages = look_up(memory, *pages)
    for page, own, n in zip(pages, counts, n_pages, strict=True):
        assert look_up(memory, page) == ([own], [n])


def test_nothing_to_look_up(memory):
    assert look_up(memory) == ([[]], [])


def test_a_refrain_within_one_page_is_not_repeated(tmp_path):
    memory = learn(tmp_path, pages_of(a=["la la la\nla la la\nla la la", "another"]))
    assert memory.repeated("a") == []


def test_equal_pages_are_one(tmp_path):
    memory = learn(tmp_path, pages_of(a=["Home\nx", "Home\nx", "Home\nx"]))
    assert memory.sites == []
    memory = learn(tmp_path, pages_of(a=["Home\nx", "Home\nx", "Home\ny"]))
    assert memory.repeated("a") == [RepeatedLine("Home", 2, 2)]


def test_long_lines_are_clipped_between_characters(tmp_path):
    line = "é" * 30 + "😀" * 30
    memory = learn(tmp_path, pages_of(a=[line, f"{line}\nx"]))
    [found] = memory.repeated("a")
    text = found.text.removesuffix(" …")
    assert line.startswith(text)
    assert TEXT_BYTES - 4 < len(text.encode()) <= TEXT_BYTES


def test_texts_of_other_scripts_and_lone_surrogates(tmp_path):
    lines = ["日本の天気", "  \u00a0Überschrift \u2028", "a\ud800b", "😀 smile", "\u202eevil\x1b[0m"]
    memory = learn(tmp_path, pages_of(a=["\n".join(lines), "\r\n".join([*lines, "x"])]))
    assert {line.text for line in memory.repeated("a")} == {
        "日本の天気", "Überschrift", "a\ufffd\ufffd\ufffdb", "😀 smile", "evil\x1b[0m",
    }  # fmt: skip


def _counts(memory, page, queue):
    queue.put(look_up(memory, page))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_other_processes_see_the_same(memory, method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    page = Page("Home\nShare this 1 times", site="a")
    context = multiprocessing.get_context(method)
    queue = context.SimpleQueue()
    process = context.Process(target=_counts, args=(memory, page, queue))
    process.start()
    assert queue.get() == look_up(memory, page)
    process.join()
    assert len(pickle.dumps(memory)) < 1000


def test_nothing_can_be_written_to_a_memory(memory):
    with pytest.raises(ValueError, match="read-only"):
        memory._arrays["counts"][0] = 7


def test_an_unknown_site_is_told(memory):
    with pytest.raises(InputError, match="knows nothing of the site 'x'"):
        memory.repeated("x")


def refused(path, data, match):
    Path(path).write_bytes(data)
    with pytest.raises(ModelError, match=match) as caught:
        SiteMemory.load(path)
    assert "\n" not in str(caught.value)


def test_every_cut_is_noticed(memory, tmp_path):
    data = Path(memory.path).read_bytes()
    for size in [*range(0, len(data), 7), len(data) - 1]:
        refused(tmp_path / "cut", data[:size], "site memory")
    refused(tmp_path / "cut", data + b"\0", "should have")


def test_every_altered_byte_is_noticed(memory, tmp_path):
    data = Path(memory.path).read_bytes()
    header = arrays.read_header(memory.path, _kinds())
    spans = [(e.offset, e.offset + e.size * np.dtype(e.dtype).itemsize) for e in header.arrays.values()]
    padding = set(range(min(start for start, _ in spans) - 64, len(data)))
    padding -= {at for start, end in spans for at in range(start, end)}
    length = int.from_bytes(data[16:24], "little")
    padding = {at for at in padding if at >= 56 + length}
    for at in range(len(data)):
        if at not in padding and (at % 5 == 0 or at < 64):
            refused(tmp_path / "altered", data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1 :], "site memory")


def _kinds():
    from detector.memory.part import ARRAYS, PART
    from detector.memory.sites import MEMORY, MEMORY_ARRAYS

    return {PART: ARRAYS, MEMORY: MEMORY_ARRAYS}


def forged(path, change):
    """A file with another header that is consistent in itself."""
    import hashlib

    data = Path(path).read_bytes()
    length = int.from_bytes(data[16:24], "little")
    header = json.loads(data[56 : 56 + length])
    change(header)
    new = json.dumps(header).encode()
    padding = bytes(-(56 + len(new)) % 64)
    body = data[56 + length + -(56 + length) % 64 :]
    return data[:16] + len(new).to_bytes(8, "little") + hashlib.sha256(new).digest() + new + padding + body


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda h: h.update(format_version=2), "format 2, this package reads 1; learn it anew"),
        (lambda h: h.update(kind="other"), "incomplete or altered"),
        (lambda h: h.pop("arrays"), "incomplete or altered"),
        (lambda h: h["arrays"].pop("counts"), "'counts' is missing"),
        (lambda h: h["arrays"].update(counts=["|O", 3, 0]), "not what it should be"),
        (lambda h: h["arrays"].update(counts=["<u4", -1, 0]), "not what it should be"),
        (lambda h: h["arrays"]["page_keys"].__setitem__(1, 10**18), "should have"),
        (lambda h: h.update(min_pages="2"), "min_pages"),
    ],
)
def test_a_forged_header_is_refused(memory, tmp_path, change, match):
    refused(tmp_path / "forged", forged(memory.path, change), match)


def test_ends_that_do_not_fit_are_refused(memory, tmp_path, monkeypatch):
    # With right checksums: whoever made the file made them, too.
    data = bytearray(Path(memory.path).read_bytes())
    entry = arrays.read_header(memory.path, _kinds()).arrays["line_ends"]
    data[entry.offset : entry.offset + 8] = (1 << 40).to_bytes(8, "little")
    path = tmp_path / "forged"
    path.write_bytes(data)
    with pytest.raises(ModelError, match="does not fit 'line_keys'"):
        SiteMemory.load(path, verify=False)


def test_other_files_are_told(tmp_path):
    with pytest.raises(ModelError, match="no such site memory"):
        SiteMemory.load(tmp_path / "none")
    with pytest.raises(ModelError, match="cannot be read"):
        SiteMemory.load(tmp_path)
    for data in (b"", b"PK\3\4", b"{}", os.urandom(1000)):
        refused(tmp_path / "other", data, "not a site memory")
