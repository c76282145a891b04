"""``detector clean``: what comes out and what comes in."""

import pytest
from typer.testing import CliRunner

from detector import Cleaner
from detector.cli import app
from detector.page import Page

pytest.importorskip("selectolax")

HTML = (
    "<title>t</title><h1>Ferry sinks off the coast</h1><p>The ferry sank at dawn, the <b>coast guard</b> said on "
    "Friday, and nine people were rescued by <a href='/f'>fishermen</a> &lt;who&gt; were near.</p><script>x</script>"
)
TEXT = "The ferry sank at dawn, the <b>coast guard</b> said on Friday, and nine people were rescued.\n"


@pytest.fixture
def run(tiny_path):
    def run(*arguments, **settings):
        everything = ("--model", str(tiny_path), "--threshold", "1")
        return CliRunner().invoke(app, ["clean", *everything, *map(str, arguments)], **settings)

    return run


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(HTML)
    return path


@pytest.mark.parametrize("format_", ["text", "markdown", "html"])
@pytest.mark.parametrize("links", [False, True])
def test_formats(run, page, tiny_model, format_, links):
    result = run(page, "--format", format_, *(["--links"] if links else []))
    clean = Cleaner(tiny_model, threshold=1.0).clean(HTML)
    expected = {"text": clean.text, "markdown": clean.markdown(links=links), "html": clean.html()}[format_]
    assert result.exit_code == 0
    assert result.stdout == expected
    assert "**coast guard**" in clean.markdown()
    assert "[fishermen](/f)" in clean.markdown(links=True)
    assert "<h1>" in clean.html()


@pytest.mark.parametrize(("format_", "suffix"), [("markdown", ".md"), ("html", ".html"), ("text", ".txt")])
def test_files_in_a_folder_are_named_by_what_they_hold(run, page, tmp_path, format_, suffix):
    folder = tmp_path / "pages"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.txt").write_text(TEXT)
    (folder / "b.HTM").write_bytes(page.read_bytes())
    lines = tmp_path / "lines.jsonl"
    lines.write_text('{"text": "The ferry sank at dawn, the coast guard said."}\n')
    out = tmp_path / "out"
    assert run(folder, lines, page, "-o", out, "--format", format_).exit_code == 0
    found = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert found == {f"pages/sub/a{suffix}", f"pages/b{suffix}", f"lines/000001{suffix}", f"page{suffix}"}
    assert (out / f"pages/b{suffix}").read_bytes() == (out / f"page{suffix}").read_bytes()


def test_a_file_goes_into_a_folder_under_its_new_name(run, page, tmp_path):
    (tmp_path / "out").mkdir()
    assert run(page, "-o", tmp_path / "out", "--format", "markdown").exit_code == 0
    assert (tmp_path / "out" / "page.md").read_text().startswith("# Ferry")


def test_pages_that_would_get_the_same_name_are_refused(run, tmp_path):
    folder = tmp_path / "pages"
    folder.mkdir()
    for name in ("a.txt", "a.text"):
        (folder / name).write_text(TEXT)
    result = run(folder, "-o", tmp_path / "out", "--format", "markdown")
    assert result.exit_code == 2
    assert "would both be written to" in result.stderr
    assert run(folder, "-o", tmp_path / "out").exit_code == 0


def test_text_of_any_bytes_becomes_utf_8(run, tmp_path):
    path = tmp_path / "page.txt"
    path.write_bytes("Caf\xe9 \ud800 au lait, the coast guard said on Friday.".encode("utf-16", "surrogatepass"))
    for format_ in ("markdown", "html"):
        assert "Caf\xe9 \ufffd au lait" in run(path, "--format", format_).stdout_bytes.decode()


def test_what_a_corpus_is_is_said_by_its_fields(run, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "A line."}\n')
    result = run(tmp_path / "a.jsonl", "--input-format", "html")
    assert result.exit_code == 2
    assert "--html-field" in result.stderr


@pytest.mark.parametrize("source", ["file", "stdin", "jsonl"])
@pytest.mark.parametrize(("input_format", "expected"), [("text", TEXT), ("html", Page.from_html(TEXT).text)])
def test_what_comes_in_is_what_it_is_said_to_be(run, tmp_path, source, input_format, expected):
    arguments = ["--input-format", input_format]
    if source == "stdin":
        result = run("-", *arguments, input=TEXT)
    elif source == "file":
        path = tmp_path / "page.html"
        path.write_text(TEXT)
        result = run(path, *arguments)
    else:
        import json

        path = tmp_path / "pages.jsonl"
        path.write_text(json.dumps({"text": TEXT}))
        result = run(path, *arguments, "--format", "jsonl")
        assert json.loads(result.stdout)["text"] == expected
        return
    assert result.exit_code == 0
    assert result.stdout == expected


def test_unknown_formats_are_refused(run, page):
    for option in ("--format", "--input-format"):
        result = run(page, option, "pdf")
        assert result.exit_code == 2
        assert "format 'pdf'" in result.stderr
