"""Pages come in whatever bytes they are, and what is bad among them does not stop the rest."""

import codecs
import inspect
import io
import json
import os
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.read import Failure, PageFile, SourcePage, decode, encode, find_files, is_many, read_pages
from tests.conftest import arbitrary_text

STORY = "The ferry sank at dawn, the coast guard said on Friday.\r\n\r\nNine people were rescued.\n"
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")


def pages_of(*paths):
    return list(read_pages(paths))


def texts_of(*paths):
    return [item.page.text for item in read_pages(paths) if isinstance(item, SourcePage)]


# Bytes and text


@pytest.mark.parametrize(
    ("data", "codec", "bom"),
    [
        (STORY.encode(), "utf-8", b""),
        (codecs.BOM_UTF16_LE + STORY.encode("utf-16-le"), "utf-16-le", codecs.BOM_UTF16_LE),
        (codecs.BOM_UTF16_BE + STORY.encode("utf-16-be"), "utf-16-be", codecs.BOM_UTF16_BE),
        (codecs.BOM_UTF32_LE + STORY.encode("utf-32-le"), "utf-32-le", codecs.BOM_UTF32_LE),
        (codecs.BOM_UTF32_BE + STORY.encode("utf-32-be"), "utf-32-be", codecs.BOM_UTF32_BE),
        (STORY.encode("utf-16-le"), "utf-16-le", b""),
        (STORY.encode("utf-16-be"), "utf-16-be", b""),
    ],
)
def test_encodings_are_found_and_kept(data, codec, bom):
    text, encoding = decode(data)
    assert text == STORY
    assert (encoding.codec, encoding.bom) == (codec, bom)
    assert encode(text, encoding) == data
    assert encode(text[4:9], encoding) == bom + "ferry".encode(codec)


@pytest.mark.parametrize(
    "text",
    [
        "Паром затонул на рассвете, сообщила служба.\n" * 3,
        "渡轮于黎明时分沉没，一名官员表示。\n一共有 12 人获救。\n" * 4,
    ],
)
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_found_in_other_scripts(text, codec):
    assert decode(text.encode(codec))[0] == text


@pytest.mark.parametrize("data", [b"", b"\0", b"hello\0", b"a\0b and a long line of text that follows\n", b"\0\0\0\0"])
def test_stray_zero_bytes_do_not_make_utf16(data):
    text, encoding = decode(data)
    assert encoding.codec == "utf-8"
    assert encode(text, encoding) == data


def test_utf8_mark_is_a_character_of_the_text():
    text, encoding = decode(codecs.BOM_UTF8 + b"a\n")
    assert text == "\ufeffa\n"
    assert encode(text, encoding) == codecs.BOM_UTF8 + b"a\n"


def test_invalid_bytes_survive():
    data = b"caf\xe9 \xff\xfe \xed\xa0\x80 \xf0\x9f\x98\n"
    text, encoding = decode(data)
    assert encode(text, encoding) == data
    assert encode(text[:4], encoding) == b"caf\xe9"


@pytest.mark.parametrize("extra", [b"A", b"\x00\xd8", b"\x00\xdc", b"\x3d\xd8\x00\xdc\x3d"])
def test_damaged_utf16_survives(extra):
    data = codecs.BOM_UTF16_LE + STORY.encode("utf-16-le") + extra
    text, encoding = decode(data)
    assert text.startswith(STORY)
    assert encode(text, encoding) == data


def test_what_only_looks_like_utf32_is_read_all_the_same():
    data = codecs.BOM_UTF32_LE + b"\xff\xff\xff\xff"
    text, encoding = decode(data)
    assert encode(text, encoding) == data


@given(st.binary(max_size=60), st.sampled_from(["", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]))
def test_any_bytes_survive(data, mark):
    data = ("\ufeff".encode(mark) if mark else b"") + data
    assert encode(*decode(data)) == data


@given(arbitrary_text, st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]))
def test_any_text_survives(text, codec):
    data = text.encode(codec, "surrogatepass")
    assert encode(*decode(data)) == data


# Files and folders


def test_a_folder_is_searched_in_order(tmp_path):
    for name in (
        "b.txt",
        "a/z.md",
        "a/b.TEXT",
        "c/.hidden.txt",
        ".git/x.txt",
        "c/page.html",
        "c/data.jsonl",
        "c/d/e.txt",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert texts_of(tmp_path) == ["a/b.TEXT", "a/z.md", "b.txt", "c/d/e.txt"]
    targets = [file.target for file in find_files([tmp_path])]
    assert targets == [os.path.join("a", "b.TEXT"), os.path.join("a", "z.md"), "b.txt", os.path.join("c", "d", "e.txt")]


def test_several_inputs_stand_side_by_side(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "a.txt").write_text("a")
    (tmp_path / "b.log").write_text("b")
    (tmp_path / "c.html").write_text("c")
    paths = [tmp_path / "one", tmp_path / "b.log", tmp_path / "c.html", "-"]
    assert [file.target for file in find_files(paths)] == [os.path.join("one", "a.txt"), "b.log", "c.txt", "stdin.txt"]


def test_identity_is_the_path(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("a")
    [item] = pages_of(path)
    assert item.page.id == str(path)
    assert item.target == "a.txt"


def test_what_is_missing_or_empty_is_said(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "good.txt").write_text("good")
    items = pages_of(tmp_path / "missing.txt", tmp_path / "empty", tmp_path / "good.txt")
    assert items[0] == Failure(str(tmp_path / "missing.txt"), "No such file or directory")
    assert items[1] == Failure(str(tmp_path / "empty"), "the folder holds no .txt, .md, .text file")
    assert items[2].page.text == "good"


@posix
def test_links_that_lead_in_circles_end(tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "a.txt").write_text("a")
    (tmp_path / "in" / "deep" / "up").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "self.txt").symlink_to(tmp_path / "in" / "self.txt")
    (tmp_path / "in" / "twin").symlink_to(tmp_path / "in" / "deep")
    (tmp_path / "in" / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    items = pages_of(tmp_path / "in")
    assert texts_of(tmp_path / "in") == ["a"]
    reasons = {os.path.basename(item.where): item.reason for item in items if isinstance(item, Failure)}
    assert set(reasons) == {"up", "self.txt", "gone.txt"}
    assert "loop" in reasons["up"]


@posix
@pytest.mark.parametrize("inside", [False, True])
def test_named_pipes_do_not_hang(tmp_path, inside):
    os.mkfifo(tmp_path / "pipe.txt")
    [item] = pages_of(tmp_path if inside else tmp_path / "pipe.txt")
    assert item == Failure(str(tmp_path / "pipe.txt"), "not a regular file")


@pytest.mark.skipif(not os.path.exists("/dev/fd"), reason="needs /dev/fd")
def test_pipes_of_the_shell_are_read():
    reader, writer = os.pipe()
    timer = threading.Timer(0.05, lambda: (os.write(writer, b"late"), os.close(writer)))
    timer.start()
    try:
        assert texts_of(f"/dev/fd/{reader}") == ["late"]
    finally:
        timer.join()
        os.close(reader)


def test_files_that_vanish_are_said(tmp_path):
    for name in ("a.txt", "b.txt", "d/c.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    items = read_pages([tmp_path])
    assert next(items).page.text == "a.txt"
    (tmp_path / "b.txt").unlink()
    (tmp_path / "d" / "c.txt").unlink()
    (tmp_path / "d").rmdir()
    assert [os.path.basename(item.where) for item in items] == ["b.txt", "d"]


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
def test_files_that_may_not_be_read_are_said(tmp_path):
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "a.txt").chmod(0)
    assert pages_of(tmp_path / "a.txt") == [Failure(str(tmp_path / "a.txt"), "Permission denied")]


@posix
def test_names_need_not_be_utf8(tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9.txt")
    try:
        with open(path, "wb") as stream:
            stream.write(b"x")
    except OSError:
        pytest.skip("the file system takes only UTF-8")
    [item] = pages_of(tmp_path)
    assert item.page.text == "x"
    assert item.target == "caf\udce9.txt"


def test_deep_folders_are_searched_without_recursion(tmp_path):
    # Not deeper than what pytest, which does recurse, can clean up.
    levels = 250
    folder = tmp_path.joinpath(*["d"] * levels)
    folder.mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 100)
    try:
        texts = texts_of(tmp_path)
    finally:
        sys.setrecursionlimit(limit)
    assert texts == ["a"]


# Standard input


def stdin_of(data):
    return io.TextIOWrapper(io.BytesIO(data))


def test_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", stdin_of(b"caf\xe9"))
    [item] = pages_of("-")
    assert encode(item.page.text, item.encoding) == b"caf\xe9"
    assert item.page.id == "-"


def test_closed_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    assert pages_of("-") == [Failure("-", "standard input is closed")]


# Records


def test_records(tmp_path):
    path = tmp_path / "pages.jsonl"
    records = [
        {"text": "one", "id": "a", "url": "https://example.com/1", "site": "example.com"},
        {"text": "two\ud800", "id": 7, "more": [1]},
        {"text": "three", "id": None},
    ]
    path.write_text("\n\n".join(map(json.dumps, records)))
    one, two, three = pages_of(path)
    assert (one.page.text, one.page.id, one.page.url, one.page.site) == (
        "one",
        "a",
        "https://example.com/1",
        "example.com",
    )
    assert (two.page.text, two.page.id) == ("two\ud800", "7")
    assert encode(two.page.text, two.encoding) == b"two\xed\xa0\x80"
    assert three.page.id == f"{path}:5"
    assert [item.target for item in (one, two, three)] == ["000001.txt", "000003.txt", "000005.txt"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not a JSON record"),
        ("[1]", "a page must be a JSON object, not list"),
        ("null", "a page must be a JSON object, not NoneType"),
        ("{}", "'text' is missing"),
        ('{"text": 1}', "'text' must be a string"),
        ('{"text": "a", "id": [1]}', "'id' must be a string"),
        ('{"text": "a", "url": true}', "'url' must be a string"),
        ("[" * 100_000, "not a JSON record"),
        ('{"text": "a", "n": ' + "9" * 5000 + "}", "not a JSON record"),
    ],
)
def test_bad_records_are_said_with_their_place(tmp_path, line, reason):
    path = tmp_path / "pages.jsonl"
    path.write_text(f'{{"text": "before"}}\n{line}\n{{"text": "after"}}\n')
    before, bad, after = pages_of(path)
    assert (before.page.text, after.page.text) == ("before", "after")
    assert bad.where == f"{path}:2"
    assert bad.reason.startswith(reason)


def test_records_that_are_not_utf8_are_said(tmp_path):
    path = tmp_path / "pages.jsonl"
    path.write_bytes(b'{"text": "caf\xe9"}\n{"text": "b"}')
    bad, good = pages_of(path)
    assert (bad.where, good.page.text) == (f"{path}:1", "b")


def test_identifiers_are_never_paths(tmp_path):
    path = tmp_path / "pages.jsonl"
    path.write_text('{"text": "a", "id": "../../etc/passwd"}')
    assert pages_of(path)[0].target == "000001.txt"


# HTML


def test_html_is_rendered(tmp_path):
    pytest.importorskip("selectolax")
    path = tmp_path / "a.html"
    path.write_text("<h1>Title</h1><script>x</script><p>Text <b>bold</b></p>")
    [item] = pages_of(path)
    assert item.page.text == "Title\nText bold\n"
    assert item.target == "a.txt"


def test_html_needs_selectolax(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "selectolax.lexbor", None)
    path = tmp_path / "a.html"
    path.write_text("<p>x")
    assert pages_of(path) == [Failure(str(path), "reading HTML needs selectolax: pip install 'detector-lines[html]'")]


def test_what_stands_for_many_pages(tmp_path):
    assert is_many(str(tmp_path))
    assert is_many("pages.JSONL")
    assert not is_many("page.txt")
    assert not is_many("-")


def test_files_are_found_without_being_read(tmp_path):
    assert list(find_files([tmp_path / "missing"])) == [PageFile(str(tmp_path / "missing"), "missing")]
