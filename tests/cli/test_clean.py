"""``detector clean``, in this process and, where the process is the point, in one of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from detector import Cleaner
from detector.cli import app
from tests.conftest import PATIENCE, html_of, wait_until

PAGE = (
    "[ad_1]\r\n\r\nThe ferry sank at dawn, the coast guard said on Friday, and nine people were rescued.\r\n\r\n"
    "“It was over in a minute,” said the captain, who had left the port at four in the morning.\r\n\r\n"
    "[ad_2]\r\n\r\nSource link\r\n"
)
ROOT = Path(__file__).parent.parent.parent
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")


@pytest.fixture
def run(tiny_path):
    def run(*arguments, **settings):
        return CliRunner().invoke(app, ["clean", "--model", str(tiny_path), *map(str, arguments)], **settings)

    return run


def process(tiny_path, *arguments, **settings):
    return subprocess.Popen(
        [sys.executable, "-c", "from detector.cli import main; main()", "clean", "--model", tiny_path, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        **settings,
    )


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.txt"
    path.write_bytes(PAGE.encode())
    return path


@pytest.fixture
def folder(tmp_path):
    """Pages in a tree, one of them UTF-16, one that cannot be read."""
    folder = tmp_path / "pages"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_bytes(PAGE.encode())
    (folder / "b.txt").symlink_to(folder / "nowhere")
    (folder / "sub" / "c.md").write_bytes(PAGE.encode("utf-16"))
    return folder


def tree(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def clean_text(tiny_path, text=PAGE, **settings):
    return Cleaner.load(tiny_path, **settings).clean(text).text


def records(data):
    return [json.loads(line) for line in data.splitlines()]


# What comes out


def test_one_page(run, page, tiny_path):
    result = run(page)
    assert result.exit_code == 0
    assert result.stdout_bytes == clean_text(tiny_path).encode()
    assert result.stderr == ""
    assert "ferry sank" in result.stdout


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_standard_input(run, tiny_path, arguments):
    data = PAGE.replace("ferry", "f\xe9rry").encode("latin-1", "replace")
    result = run(*arguments, input=data)
    assert result.exit_code == 0
    expected = clean_text(tiny_path, data.decode("utf-8", "surrogateescape"))
    assert result.stdout_bytes == expected.encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("name", ["page.html", "page.txt"])
def test_a_page_of_html_becomes_clean_text(html_path, html_pages, tmp_path, name):
    (tmp_path / name).write_text(html_of(html_pages[0]), encoding="utf-8")
    result = CliRunner().invoke(app, ["clean", "--model", str(html_path), str(tmp_path / name), "--format", "jsonl"])
    assert (result.exit_code, result.stderr) == (0, "")
    [record] = records(result.stdout_bytes)
    cleaned = Cleaner.load(html_path).clean(html_of(html_pages[0]))
    assert record["text"] == cleaned.text
    assert [line["p_noise"] for line in record["lines"]] == [line.p_noise for line in cleaned.lines]


def test_what_is_named_html_and_is_none_is_said(run, tmp_path):
    (tmp_path / "page.html").write_bytes(b"%PDF-1.4")
    result = run(tmp_path / "page.html")
    assert result.exit_code == 2
    assert f"detector: {tmp_path / 'page.html'}: is a PDF, not HTML\n" in result.stderr


def test_options_reach_the_cleaner(run, page, tiny_path):
    text = "One line of text, and it is a sentence.\nSource link\n[ad_1]\nAnother line of text, which ends as well.\n"
    page.write_text(text)
    assert run(page, "--threshold", "0").stdout == ""
    assert run(page, "--threshold", "1").stdout == text
    kinds = [line.kind for line in Cleaner.load(tiny_path, threshold=0).clean(text).lines]
    kept = run(page, "--threshold", "0", "--keep", kinds[0], "--keep", kinds[-1]).stdout
    assert kept == clean_text(tiny_path, text, threshold=0, keep=[kinds[0], kinds[-1]]) != ""
    assert run(page, "--mode", "trim").stdout == clean_text(tiny_path, text, mode="trim")


def test_to_a_file(run, page, tmp_path, tiny_path):
    result = run(page, "-o", tmp_path / "clean.txt")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (tmp_path / "clean.txt").read_bytes() == clean_text(tiny_path).encode()


def test_into_a_folder_that_is_there(run, page, tmp_path, tiny_path):
    (tmp_path / "clean").mkdir()
    assert run(page, "-o", tmp_path / "clean").exit_code == 0
    assert tree(tmp_path / "clean") == {"page.txt": clean_text(tiny_path).encode()}


def test_a_folder_is_mirrored(run, folder, tmp_path, tiny_path):
    result = run(folder, "-o", tmp_path / "clean")
    assert result.exit_code == 1
    assert f"detector: {folder / 'b.txt'}: No such file or directory\n" in result.stderr
    assert "cleaned 2 pages, removed" in result.stderr
    assert "1 failed" in result.stderr
    clean = clean_text(tiny_path)
    assert tree(tmp_path / "clean") == {"a.txt": clean.encode(), os.path.join("sub", "c.md"): clean.encode("utf-16")}


def test_several_inputs_into_a_folder(run, folder, page, tmp_path):
    (folder / "b.txt").unlink()
    jsonl = tmp_path / "more.jsonl"
    jsonl.write_text(json.dumps({"text": PAGE, "id": "../../x"}) + "\n")
    names = {os.path.join("pages", "a.txt"), os.path.join("pages", "sub", "c.md"), "page.txt"}
    assert run(folder, page, jsonl, "-o", tmp_path / "texts", "--format", "text").exit_code == 0
    assert set(tree(tmp_path / "texts")) == names | {os.path.join("more", "000001.txt")}
    assert run(folder, page, jsonl, "-o", tmp_path / "clean").exit_code == 0
    assert set(tree(tmp_path / "clean")) == names | {"more.jsonl"}
    assert all(tree(tmp_path / "clean")[name] == tree(tmp_path / "texts")[name] for name in names)


def test_jsonl(run, folder, tiny_path):
    result = run(folder, "--format", "jsonl")
    assert result.exit_code == 1
    first, second = records(result.stdout_bytes)
    cleaned = Cleaner.load(tiny_path).clean(PAGE)
    assert first["id"] == str(folder / "a.txt")
    assert first["text"] == second["text"] == cleaned.text
    assert first["threshold"] == cleaned.threshold
    assert first["n_lines"] == len(cleaned.lines) == len(first["lines"])
    assert first["n_removed"] == len(cleaned.removed)
    assert first["chars_removed"] == len(PAGE) - len(cleaned.text)
    names = ("number", "start", "end", "p_line", "p_noise", "label", "kind", "kept", "text")
    assert first["page_type"] == cleaned.page_type
    assert first["lines"] == [{name: getattr(line, name) for name in names} for line in cleaned.lines]


def test_removed_lines(run, page, tmp_path, tiny_path):
    result = run(page, "--removed", tmp_path / "removed.jsonl", "--threshold", "0.5")
    assert result.exit_code == 0
    removed = Cleaner.load(tiny_path, threshold=0.5).clean(PAGE).removed
    assert removed
    assert records((tmp_path / "removed.jsonl").read_bytes()) == [
        {
            "page": str(page),
            "line": line.number,
            "start": line.start,
            "end": line.end,
            "kind": line.kind,
            "p_noise": line.p_noise,
            "text": line.text,
        }
        for line in removed
    ]


def test_records_keep_order_and_identity(run, tmp_path):
    path = tmp_path / "pages.jsonl"
    pages = [{"text": PAGE * (1 + number % 3), "id": f"p{number}", "site": "s"} for number in range(9)]
    path.write_text("".join(json.dumps(page) + "\n" for page in pages[:5]) + "{\n" + json.dumps(pages[5]) + "\n")
    result = run(path, "--format", "jsonl")
    assert result.exit_code == 1
    assert [record["id"] for record in records(result.stdout_bytes)] == [f"p{number}" for number in range(6)]
    assert all(record["site"] == "s" and "url" not in record for record in records(result.stdout_bytes))
    assert f"{path}:6: not a JSON record" in result.stderr


@pytest.mark.parametrize("format_", ["text", "jsonl"])
def test_lone_surrogates_are_written(run, tmp_path, format_):
    path = tmp_path / "pages.jsonl"
    path.write_text('{"text": "A line with \\ud800 in it, and some more text to follow.", "id": "\\udcff"}\n')
    result = run(path, "--format", format_, "-o", tmp_path / "out", "--removed", tmp_path / "gone", "--threshold", "1")
    assert result.exit_code == 0
    if format_ == "text":
        assert b" \xed\xa0\x80 " in (tmp_path / "out" / "000001.txt").read_bytes()
    else:
        [record] = records((tmp_path / "out").read_bytes())
        assert (record["id"], "\ud800" in record["text"]) == ("\udcff", True)


def test_empty_inputs(run, page):
    page.write_text("")
    result = run(page)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


@posix
def test_names_that_are_not_utf8(run, tmp_path):
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9.txt")
    try:
        with open(path, "wb") as stream:
            stream.write(PAGE.encode())
    except OSError:
        pytest.skip("the file system takes only UTF-8")
    (tmp_path / "b.txt").symlink_to(b"nowh\xe9re".decode("utf-8", "surrogateescape"))
    result = run(tmp_path, "--format", "jsonl")
    assert result.exit_code == 1
    assert records(result.stdout_bytes)[0]["id"] == os.fsdecode(path)
    assert run(os.fsdecode(path)).exit_code == 0
    missing = run(os.fsdecode(path) + "\n\x1b[31m")
    assert missing.exit_code == 2
    assert missing.stderr.count("\n") == 1
    assert "\x1b" not in missing.stderr


# What is refused


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["page.txt", "-o", "page.txt"], "page.txt: is an input"),
        (["page.txt", "-o", "link.txt"], "link.txt: is an input"),
        (["page.txt", "-o", "pages/../page.txt"], "is an input"),
        (["page.txt", "-o", "."], "is an input"),
        (["page.txt", "--removed", "page.txt"], "page.txt: is an input"),
        (["page.txt", "-o", "new", "--removed", "new"], "new: is the same file as new"),
        (["page.txt", "-o", "new", "--removed", "./new"], "is the same file as new"),
        (["pages", "--format", "jsonl", "-o", "pages/a.txt"], "pages/a.txt: is an input"),
        (["pages", "-o", "pages"], "lies in the input"),
        (["pages", "-o", "pages/clean"], "lies in the input"),
        (["pages/sub", "-o", "inner"], "is an input"),
        (["pages", "-o", "page.txt"], "is a file"),
        (["pages", "-o", "new", "--removed", "pages/a.txt"], "is an input"),
        (["pages", "-o", "new", "--removed", "new/a.txt"], "would also be written as a clean page"),
        (["pages", "page.txt"], "name a folder"),
        (["pages"], "name a folder"),
        (["pages.jsonl", "--format", "text"], "name a folder"),
        (["page.txt", "other/page.txt", "-o", "new"], "would both be written to"),
        (["page.txt", "page.txt", "-o", "new"], "would both be written to"),
        (["-", "-"], "only once"),
        (["page.txt", "-o", ""], "is empty"),
        (["page.txt", "-o", "missing/clean.txt"], "missing/clean.txt: cannot be written"),
        (["page.txt", "--format", "jsonl", "-o", "pages"], "is a folder"),
        (["page.txt", "--keep", "adverts"], "unknown kind 'adverts'; the kinds are ad_marker"),
        (["page.txt", "--mode", "cut"], "mode must be"),
        (["page.txt", "--format", "xml"], "unknown format 'xml'"),
        (["page.txt", "--threshold", "1.5"], "from 0 to 1"),
        (["page.txt", "--threshold", "nan"], "from 0 to 1"),
        (["page.txt", "--threshold", "half"], "--threshold must be a number from 0 to 1, not 'half'"),
        (["pages.jsonl", "-o", "new", "--threshold", "half"], "--threshold must be a number from 0 to 1"),
        (["page.txt", "--removed", "-"], "name a file for what is reported"),
        (["pages.jsonl", "-o", "new", "--summary", "-"], "name a file for what is reported"),
        (["page.txt", "--model", "page.txt"], "not a model file"),
        (["page.txt", "--model", "missing"], "no such model file"),
        (["missing.txt", "-o", "new"], "missing.txt: No such file"),
        (["empty", "-o", "new"], "holds no .txt"),
    ],
)
@posix
def test_refusals_leave_everything_as_it_was(run, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    for name in ("page.txt", "other/page.txt", "pages/a.txt", "pages/sub/b.txt", "inner/b.txt"):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(PAGE)
    Path("empty").mkdir()
    Path("pages.jsonl").write_text('{"text": "a"}\n')
    Path("link.txt").symlink_to("page.txt")
    # The clean text of pages/sub/b.txt would go where a link of the input leads.
    Path("pages/sub/c.txt").symlink_to(tmp_path / "inner" / "b.txt")
    before = tree(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("detector: ")
    assert tree(tmp_path) == before
    assert not Path("new").exists()


def test_usage_errors(run):
    assert run("--nonsense").exit_code == 2
    assert run("--keep").exit_code == 2


def test_nothing_to_clean(run, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    result = run()
    assert result.exit_code in (0, 2)  # the runner brings a standard input of its own


def test_an_earlier_output_stays_when_nothing_could_be_read(run, tmp_path):
    (tmp_path / "out").write_text("earlier")
    assert run(tmp_path / "missing.txt", "-o", tmp_path / "out").exit_code == 2
    assert (tmp_path / "out").read_text() == "earlier"


def test_an_output_may_be_written_again(run, folder, tmp_path):
    for _ in range(2):
        assert run(folder, "-o", tmp_path / "clean", "--removed", tmp_path / "removed").exit_code == 1
    assert set(tree(tmp_path / "clean")) == {"a.txt", os.path.join("sub", "c.md")}


# The process


def test_start_up_imports_little(page, tiny_path):
    code = (
        "import sys\nfrom detector.cli import main\ntry:\n    main()\nfinally:\n"
        "    names = {name.partition('.')[0] for name in sys.modules}\n"
        "    print(sorted(names & {'sklearn', 'scipy', 'joblib', 'rich', 'pydantic', 'selectolax'}))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, "clean", "--model", tiny_path, page],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.endswith("[]\n")


@posix
def test_a_closed_pipe_ends_quietly(tmp_path, tiny_path):
    (tmp_path / "pages.jsonl").write_text((json.dumps({"text": PAGE * 20}) + "\n") * 400)
    with process(
        tiny_path, tmp_path / "pages.jsonl", "--format", "jsonl", "--removed", tmp_path / "gone", stdout=subprocess.PIPE
    ) as running:
        running.stdout.read(100)
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() == 141
    assert [path.name for path in tmp_path.iterdir()] == ["pages.jsonl"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_said(page, tiny_path):
    with open("/dev/full", "wb") as full, process(tiny_path, page, stdout=full) as running:
        assert (
            running.stderr.read() == b"detector: error: standard output: cannot be written: No space left on device\n"
        )
        assert running.wait() == 2


@posix
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_leaves_nothing(tmp_path, tiny_path, number, code):
    out = tmp_path / "out.jsonl"
    with process(tiny_path, "-", page_of_stdin := tmp_path / "p.jsonl", "--format", "jsonl", "-o", out,
                 stdin=subprocess.PIPE) as running:  # fmt: skip
        # The output is opened before the first page is read, and this page never ends.
        wait_until(lambda: list(tmp_path.iterdir()))
        time.sleep(0.2)  # let it come to the page that never ends
        running.send_signal(number)
        assert running.wait(PATIENCE) == code
        assert b"Traceback" not in running.stderr.read()
    assert list(tmp_path.iterdir()) == []
    assert not page_of_stdin.exists()


@posix
def test_a_terminal_sees_how_far_the_work_is(tmp_path, tiny_path):
    import pty

    (tmp_path / "a.txt").write_text(PAGE)
    master, slave = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-c", "from detector.cli import main; main()", "clean", "--model", tiny_path, "a.txt"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=slave,
    )
    os.close(slave)
    said = b""
    while True:
        try:
            said += os.read(master, 4096)
        except OSError:
            break
        if not said or said.endswith(b"failed\r\n"):
            break
    assert running.wait() == 0
    os.close(master)
    assert said.startswith(b"1 pages, ")
    assert b"\r\x1b[K" in said
    assert b"cleaned 1 pages, removed" in said


@posix
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak of a process is read from /proc")
def test_memory_stays_flat(tmp_path, tiny_path):
    # Not getrusage: its peak counts what the process that started this one held.
    code = (
        "import atexit, re, sys\nfrom pathlib import Path\nfrom detector.cli import main\n"
        "status = Path('/proc/self/status')\n"
        "atexit.register(lambda: print(re.search(r'VmHWM:\\s+(\\d+)', status.read_text())[1], file=sys.stderr))\nmain()"
    )
    arguments = ["clean", "--model", tiny_path, tmp_path / "pages.jsonl", "--format", "jsonl", "-o", os.devnull]

    def peak():
        result = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
        )
        return int(result.stderr.split()[-1])

    peaks = {}
    for number in (150, 900, 900, 900):  # what the allocator holds back varies by megabytes
        (tmp_path / "pages.jsonl").write_text((json.dumps({"text": PAGE * 40}) + "\n") * number)
        size = (tmp_path / "pages.jsonl").stat().st_size // 1024
        peaks.setdefault(number, []).append(peak())
        if number == 900 and min(peaks[900]) - peaks[150][0] < size / 4:
            break
    else:
        raise AssertionError(peaks)
    assert size > 8000
