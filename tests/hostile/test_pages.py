"""Bad pages over every surface that takes pages: each gives the same, or is refused by name, and harms no other.

A surface takes a folder of files and gives what came of each: bytes, or the reason as text.
"""

import functools
import json
from contextlib import closing

import pytest
from typer.testing import CliRunner

from detector.cleaner import Cleaner
from detector.cli import app
from detector.corpus.options import Fields, Options
from detector.corpus.run import clean_corpus
from detector.encoding import decode, encode
from detector.errors import DetectorError
from detector.labels import ARTICLE, read_labelled
from detector.page import Page, looks_like_html
from detector.report.inputs import clean_batch, read_batches
from detector.review.collect import collect
from tests.hostile.documents import DOCUMENTS, REFUSED
from tests.hostile.texts import BINARIES, TEXTS

pytest.importorskip("selectolax")


def by_library(files, model, out):
    return _by_library(tuple(files), model)


@functools.cache
def _by_library(files, model):
    cleaner = Cleaner.load(model)
    results = {}
    for path in files:
        data = path.read_bytes()
        try:
            if path.suffix == ".html" or looks_like_html(data):
                results[path.name] = encode(next(cleaner.clean_many([Page.from_html(data)])).text, UTF8)
            else:
                page = cleaner.clean(data)
                results[path.name] = encode(page.text, decode(data)[1])
        except DetectorError as error:
            results[path.name] = str(error)
    return results


def by_command(files, model, out):
    out.mkdir()
    result = CliRunner().invoke(app, ["clean", "--model", str(model), *map(str, files), "-o", str(out)])
    return _told(files, out, result.exit_code, result.stderr)


def by_corpus(files, model, out):
    """A folder with more in it than texts, by two workers."""
    said = []
    outcome = clean_corpus([str(files[0].parent)], str(out), Options(shard_bytes=1 << 21), workers=2, model=str(model),
                           say=said.append)  # fmt: skip
    assert not said, "a worker died"
    failures = "\n".join(f"{failure.where}: {failure.reason}" for failure in outcome.failures)
    return _told(files, out, 1 if failures else 0, failures)


def by_report(files, model, out):
    """The report shows pages to a person: it must come to be, whatever is in them."""
    result = CliRunner().invoke(app, ["report", "--model", str(model), *map(str, files), "-o", str(out)])
    assert result.exit_code in (0, 1), result.output
    assert "Traceback" not in result.stderr
    assert b"\x1b" not in out.read_bytes()
    return by_library(files, model, out)


def by_review(files, model, out):
    """A reviewer is shown each page, and takes it as it is shown: the labels are the library's verdicts."""
    pytest.importorskip("starlette")
    from detector.review.guard import TOKEN_HEADER
    from detector.review.jobs import Jobs
    from detector.review.server import Review, make_app
    from detector.review.session import Session
    from detector.review.store import Store
    from tests.review.client import Client

    refused, kept = {}, {}
    cleaner = Cleaner.load(model)

    def clean():
        for pages in read_batches([str(files[0].parent)], Fields(), refused.__setitem__):
            results = clean_batch(cleaner, pages, refused.__setitem__)
            kept.update((result.page.id, [line.text for line in result.kept]) for result in results)
            yield results

    collection = collect(clean())
    out.mkdir()
    with closing(collection.shelf), Session(collection, Store(out / "labels.jsonl", collection)) as session:
        app = make_app(Review(session, Jobs({}), "token", "pages"), 8000)
        client = Client(app, "127.0.0.1:8000", {TOKEN_HEADER: "token"})
        for number in range(len(collection.names)):
            shown = client.get("/api/page", {"page": number}).json()
            if shown["has_html"]:
                assert client.get(shown["original"]).status_code == 200
            assert client.post("/api/accept", {"page": number, "spread": False}).status_code == 200
    for page in read_labelled([out / "labels.jsonl"]):
        article = [segment.text for segment in page.segments if segment.label == ARTICLE]
        # A labelled page has its lines with the white space around them.
        assert all(text in whole for text, whole in zip(kept.pop(page.id), article, strict=True)), page.id
    assert not any(kept.values()), "pages that were not shown"
    results = by_library(files, model, out)
    return {path.name: refused.get(str(path), results[path.name]) for path in files}


SURFACES = [by_command, by_corpus, by_report, by_review]
"""Every way in beside the library, which says what is right; a new command that takes pages belongs here."""

UTF8 = decode(b"")[1]._replace(errors="surrogatepass")


def _told(files, out, code, said):
    assert "Traceback" not in said
    results = {}
    for path in files:
        for target in (out / path.name, out / f"{path.stem}.txt"):
            if target.exists():
                results[path.name] = target.read_bytes()
                break
        else:
            [line] = [line for line in said.splitlines() if f"{path}: " in line]
            results[path.name] = line.partition(f"{path}: ")[2]
    assert code == (1 if any(isinstance(result, str) for result in results.values()) else 0)
    return results


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """All of them in one folder."""
    folder = tmp_path_factory.mktemp("hostile") / "pages"
    folder.mkdir()
    for number, make in enumerate([*TEXTS.values(), *BINARIES.values()]):
        (folder / f"{number:03d}.txt").write_bytes(make())
    for number, (make, _) in enumerate([*DOCUMENTS.values(), *REFUSED.values()], 100):
        (folder / f"{number}.html").write_bytes(make())
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def expected(files, html_path, tmp_path_factory):
    return by_library(files, html_path, None)


@pytest.mark.parametrize("surface", SURFACES)
def test_bad_pages_are_the_same_everywhere_and_harm_no_other(surface, files, expected, html_path, tmp_path):
    found = surface(files, html_path, tmp_path / "out")
    assert set(found) == set(expected)
    for name, result in found.items():
        assert result == expected[name], name


def test_pages_of_text_keep_their_bytes_and_what_is_no_text_is_refused(files, expected):
    names = [*TEXTS, *BINARIES]
    for path, name in zip(files, names, strict=False):
        result = expected[path.name]
        if name in BINARIES:
            assert isinstance(result, str), name
            assert result.endswith(", not text")
        else:
            assert isinstance(result, bytes), name
            _is_subsequence(result, path.read_bytes())
    assert expected[files[list(TEXTS).index("only story")].name].strip()


def _is_subsequence(kept, whole):
    """Every line that is kept stands in the input, and then its end, in order, byte for byte."""
    at = 0
    for line in kept.splitlines(keepends=True):
        text = line.rstrip(b"\r\n")
        for piece in (text, line[len(text) :]):
            at = whole.find(piece, at)
            assert at >= 0
            at += len(piece)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_show_what_a_browser_shows(name):
    make, shown = DOCUMENTS[name]
    page = Page.from_html(make())
    if shown is None:
        assert page.text.count("\n") <= 1
    else:
        assert shown in page.text.splitlines()


@pytest.mark.parametrize("name", REFUSED)
def test_documents_that_are_none_are_refused(name):
    make, reason = REFUSED[name]
    with pytest.raises(DetectorError, match=reason):
        Page.from_html(make())


def test_the_names_of_files_may_be_anything(html_path, tmp_path):
    folder, out = tmp_path / "pages", tmp_path / "out"
    folder.mkdir()
    names = ["a\nb.txt", "\x1b[2J.txt", "x" * 251 + ".txt", "--help.txt", " .txt", "'\"$(x).txt", "é\u202e.txt"]
    for name in names:
        (folder / name).write_text("A line that is kept, they said.\n")
    result = CliRunner().invoke(app, ["clean", "--model", str(html_path), str(folder), "-o", str(out)])
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in out.iterdir()) == sorted(names)
    assert "\x1b" not in result.stderr
    assert json.dumps(result.stderr).count("\\n") == result.stderr.count("\n")
