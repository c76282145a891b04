"""Pages come in whatever bytes they are, and what is bad among them does not stop the rest."""

import inspect
import io
import json
import os
import sys
import threading

import pytest

from detector.encoding import encode
from detector.page import Page
from detector.read import Failure, PageFile, SourcePage, find_files, is_many, read_pages

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")


def pages_of(*paths):
    return list(read_pages(paths))


def texts_of(*paths):
    return [item.page.text for item in read_pages(paths) if isinstance(item, SourcePage)]


# Files and folders


def test_a_folder_is_searched_in_order(tmp_path):
    for name in (
        "b.txt",
        "a/z.md",
        "a/b.TEXT",
        "c/.hidden.txt",
        ".git/x.txt",
        "c/page.html",
        "c/d/e.html",
        "c/data.jsonl",
        "c/d/e.txt",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    assert texts_of(tmp_path) == ["a/b.TEXT", "a/z.md", "b.txt", "c/d/e.html\n", "c/d/e.txt", "c/page.html\n"]
    targets = [file.target.replace(os.sep, "/") for file in find_files([tmp_path])]
    assert targets == ["a/b.TEXT", "a/z.md", "b.txt", "c/d/e.html.txt", "c/d/e.txt", "c/page.txt"]


def test_a_folder_is_searched_for_html_and_texts_have_names_of_their_own(tmp_path):
    (tmp_path / "saved.html").mkdir()
    for name in ("both.html", "both.txt", "one.HTM", "saved.html/page.html", "two.htm", "two.html"):
        (tmp_path / name).write_text("<!doctype html><p>The ferry sank at dawn.</p>")
    found = {os.path.relpath(file.path, tmp_path): file.target for file in find_files([tmp_path])}
    assert found == {
        "both.html": "both.html.txt",
        "both.txt": "both.txt",
        "one.HTM": "one.txt",
        "two.htm": "two.txt",
        "two.html": "two.html.txt",
        os.path.join("saved.html", "page.html"): os.path.join("saved.html", "page.txt"),
    }
    assert [text.strip() for text in texts_of(tmp_path)] == ["The ferry sank at dawn."] * 6


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
    assert items[1] == Failure(str(tmp_path / "empty"), "the folder holds no .txt, .md, .text, .html, .htm file")
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


@pytest.mark.parametrize("name", ["a.txt", "a", "page.md"])
def test_what_begins_as_html_is_rendered_whatever_its_name(tmp_path, name):
    pytest.importorskip("selectolax")
    path = tmp_path / name
    path.write_bytes(b"\n<!-- x --><!DOCTYPE HTML><meta charset=latin1><p>caf\xe9<p>two")
    [item] = pages_of(path)
    assert item.page == Page.from_html(path.read_bytes(), id=str(path))
    assert item.page.text == "café\ntwo\n"
    assert len(item.page.structure.elements) == 2


def test_text_about_html_stays_text(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Write <html> first.\n<p>Then a paragraph.</p>\n")
    [item] = pages_of(path)
    assert item.page.text == path.read_text()
    assert item.page.structure is None


def test_what_is_named_html_and_is_none_is_said(tmp_path):
    pytest.importorskip("selectolax")
    (tmp_path / "a.html").write_bytes(b"%PDF-1.4\n\xe2\xe3\xcf\xd3")
    (tmp_path / "b.htm").write_bytes(b"\x1f\x8b\x08 damaged")
    pdf, packed = pages_of(tmp_path / "a.html", tmp_path / "b.htm")
    assert pdf == Failure(str(tmp_path / "a.html"), "is a PDF, not HTML")
    assert packed.reason.startswith("packed with gzip, but damaged")


def test_what_holds_no_text_is_refused_under_any_name(tmp_path):
    for name, data, what in (("a.txt", b"%PDF-1.7", "a PDF"), ("b.md", b"PK\x03\x04\x00", "a zip archive")):
        (tmp_path / name).write_bytes(data)
        assert list(read_pages([tmp_path / name])) == [Failure(str(tmp_path / name), f"is {what}, not text")]


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
