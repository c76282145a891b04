"""``detector clean`` of pages that are a file each, or a few: in this process, one after the other."""

from __future__ import annotations

import contextlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import typer

from detector.cleaner import Cleaner, CleanPage, Line
from detector.cli import FAILED, SOME_FAILED, Writer, json_line, messages, open_output
from detector.errors import OutputError
from detector.files import atomic_writer, refuse_input
from detector.page import Format, Page
from detector.read import STDIN, Failure, PageFile, SourcePage, find_files, is_many, read_pages, target_of
from detector.render import Renderer

_LINE_FIELDS: Final = ("number", "start", "end", "p_line", "p_noise", "label", "kind", "kept", "text")

Sink = Callable[[SourcePage, CleanPage, str], None]


@dataclass(slots=True)
class _Tally:
    pages: int = 0
    failed: int = 0
    lines: int = 0
    removed: int = 0
    chars: int = 0
    chars_removed: int = 0

    def summary(self) -> str:
        share = 100 * self.chars_removed / max(self.chars, 1)
        return (
            f"cleaned {self.pages:,} pages, removed {self.removed:,} of {self.lines:,} lines "
            f"({share:.1f} % of characters), {self.failed:,} failed"
        )


def clean_pages(
    paths: Sequence[str],
    output: str | None,
    removed: str | None,
    cleaner: Cleaner,
    renderer: Renderer | None,
    input_format: Format,
    site: str | None = None,
    tools: Sequence[str | None] = (),
) -> None:
    """Clean pages.

    Parameters
    ----------
    paths
        Files, folders, and ``"-"`` for standard input.
    output
        A file or folder, None for standard output.
    removed
        Where removed lines go.
    cleaner
        The model and how it decides.
    renderer
        Makes what is written of a page; None for records with the verdict on each line.
    input_format
        What the pages are.
    site
        The site of pages that name none.
    tools
        Other files that are read, such as a model.

    Raises
    ------
    OutputError
        Something would be written over, or cannot be written.
    typer.Exit
        Pages failed.
    """
    for name in (output, removed):
        refuse_input(tools, name)
    into_folder = renderer is not None and (len(paths) > 1 or is_many(paths[0]))
    if renderer is not None and into_folder:
        _check_folder(paths, output, removed, renderer)
    else:
        if renderer is not None and output is not None and os.path.isdir(output) and list(paths) != [STDIN]:
            output = os.path.join(output, renderer.target(target_of(paths[0], alone=True)))
        _check_files(paths, [name for name in (output, removed) if name is not None])

    tally = _Tally()
    with contextlib.ExitStack() as stack:
        if renderer is not None and into_folder:
            sink = _folder_sink(output or "", renderer)
        else:
            writer = stack.enter_context(open_output(output))
            sink = _record_sink(writer) if renderer is None else _text_sink(writer, renderer)
        log = stack.enter_context(atomic_writer(Path(removed))) if removed is not None else None
        _run(read_pages(paths, input_format, site), cleaner, sink, log, tally)
        if tally.failed and not tally.pages:
            raise typer.Exit(FAILED)  # within the block: no output takes the place of an earlier one
    messages.clear()
    if messages.on_terminal or tally.pages + tally.failed > 1:
        messages.say(tally.summary())
    if tally.failed:
        raise typer.Exit(SOME_FAILED)


def _run(
    items: Iterable[SourcePage | Failure], cleaner: Cleaner, sink: Sink, log: Writer | None, tally: _Tally
) -> None:
    # The cleaner takes pages ahead of those it gives back, in the same order.
    waiting: deque[SourcePage] = deque()

    def pages() -> Iterator[Page]:
        for item in items:
            if isinstance(item, Failure):
                tally.failed += 1
                messages.say(f"detector: {item.where}: {item.reason}")
            else:
                waiting.append(item)
                yield item.page

    for result in cleaner.clean_many(pages()):
        source = waiting.popleft()
        text = result.text
        sink(source, result, text)
        tally.pages += 1
        tally.lines += len(result.scores.numbers)
        tally.removed += int((~result.is_kept).sum())
        tally.chars += len(result.page.text)
        tally.chars_removed += len(result.page.text) - len(text)
        if log is not None:
            for line in result.removed:
                log.write(json_line(_removed_record(result.page.id, line)))
        messages.progress(f"{tally.pages:,} pages, {tally.removed:,} of {tally.lines:,} lines removed")


def _text_sink(writer: Writer, renderer: Renderer) -> Sink:
    def write(source: SourcePage, result: CleanPage, text: str) -> None:
        writer.write(renderer.render(result, text, source.encoding))

    return write


def _record_sink(writer: Writer) -> Sink:
    def write(source: SourcePage, result: CleanPage, text: str) -> None:
        writer.write(json_line(_page_record(result, text)))

    return write


def _folder_sink(folder: str, renderer: Renderer) -> Sink:
    def write(source: SourcePage, result: CleanPage, text: str) -> None:
        path = Path(folder, renderer.target(source.target))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{path.parent}: cannot be made: {error.strerror}") from None
        with atomic_writer(path) as stream:
            stream.write(renderer.render(result, text, source.encoding))

    return write


def _page_record(result: CleanPage, text: str) -> dict[str, Any]:
    page, lines = result.page, result.lines
    known = {name: value for name, value in (("url", page.url), ("site", page.site)) if value is not None}
    return {
        "id": page.id,
        **known,
        "text": text,
        "page_type": result.page_type,
        "threshold": result.threshold,
        "n_lines": len(lines),
        "n_removed": sum(not line.kept for line in lines),
        "chars_removed": len(page.text) - len(text),
        "lines": [{name: getattr(line, name) for name in _LINE_FIELDS} for line in lines],
    }


def _removed_record(page: str, line: Line) -> dict[str, Any]:
    return {
        "page": page,
        "line": line.number,
        "start": line.start,
        "end": line.end,
        "kind": line.kind,
        "p_noise": line.p_noise,
        "text": line.text,
    }


def _files(paths: Sequence[str]) -> Iterator[PageFile]:
    return (file for file in find_files(paths) if isinstance(file, PageFile))


def _key(path: str) -> object:
    """Give what two names of a file share; a file that is yet to be made is known by its path."""
    try:
        status = os.stat(path)
    except OSError:
        return os.path.realpath(path)
    return status.st_dev, status.st_ino


def _check_files(paths: Sequence[str], outputs: Sequence[str]) -> None:
    """Refuse to write over an input, or two outputs into one file."""
    keys: dict[object, str] = {}
    for name in outputs:
        # Devices such as /dev/null may be named twice.
        if not os.path.exists(name) or os.path.isfile(name):
            if other := keys.get(_key(name)):
                raise OutputError(f"{name}: is the same file as {other}; name another one")
            keys[_key(name)] = name
    if keys:
        for file in _files(paths):
            if file.path != STDIN and (output := keys.get(_key(file.path))):
                raise OutputError(f"{output}: is an input; name another file to write to")


def _check_folder(paths: Sequence[str], folder: str | None, removed: str | None, renderer: Renderer) -> None:
    """Refuse a folder of outputs where anything would be written over."""
    if folder is None:
        raise OutputError("many pages: name a folder with --output, or ask for --format jsonl")
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise OutputError(f"{folder}: is a file; many pages need a folder")
    real = os.path.realpath(folder)
    claimed: dict[str, str] = {}
    for path in paths:
        if path != STDIN and os.path.isdir(path) and _lies_in(real, os.path.realpath(path)):
            raise OutputError(f"{folder}: lies in the input {path}; name a folder outside of it")
        name = target_of(path, alone=len(paths) == 1)
        name = name if is_many(path) else renderer.target(name)
        if other := claimed.get(name):
            raise OutputError(f"{path} and {other} would both be written to {os.path.join(folder, name)}")
        claimed[name] = path
    files: dict[str, str] = {}
    for file in _files(paths):
        name = os.path.join(folder, file.target if is_many(file.path) else renderer.target(file.target))
        if other := files.get(name):
            raise OutputError(f"{file.path} and {other} would both be written to {name}")
        files[name] = file.path
    # Only files that are there already can be inputs; most often there are none.
    targets = [name for name in files if os.path.isfile(name)]
    _check_files(paths, targets if removed is None else [*targets, removed])
    home = "" if removed is None else os.path.realpath(removed)
    if home and _lies_in(home, real) and any(os.path.realpath(name) == home for name in files):
        raise OutputError(f"{removed}: would also be written as a clean page; name another file")


def _lies_in(path: str, folder: str) -> bool:
    return os.path.commonpath([path, folder]) == folder
