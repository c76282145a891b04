"""``detector clean`` of a corpus: what is asked for, what the user sees, and the exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar, cast

import typer

from detector.cli import FAILED, SOME_FAILED, json_line, messages, open_output
from detector.cli.load import probability
from detector.corpus.names import STDIN, Kind, is_remote
from detector.corpus.options import PAGE_CHARS, RECORD_BYTES, SHARD_BYTES, Fields, Options
from detector.corpus.outcome import MAX_ERRORS, Failed, Outcome, TooManyFailedError
from detector.corpus.progress import clock, removed_share
from detector.corpus.run import clean_corpus
from detector.corpus.tally import Tally
from detector.decide import Mode
from detector.errors import InputError, OutputError
from detector.files import atomic_writer

_FAILURES_SAID: Final = 10
_MOST: Final = 1e9
_Number = TypeVar("_Number", int, float)


class Scoring(NamedTuple):
    """What the command line says of scores, word for word."""

    columns: bool = False
    only: bool = False
    min_quality: str | None = None
    model: str | None = None
    reference: str | None = None


class Request(NamedTuple):
    """What the command line says, word for word."""

    paths: Sequence[str]
    output: str | None
    removed: str | None
    attributes: str | None
    summary: str | None
    errors: str | None
    workers: str | None
    max_errors: str | None
    max_page_mb: str | None
    shard_mb: str | None
    restart: bool
    stdin: Kind
    model: str | None
    threshold: str | None
    keep: Sequence[str]
    mode: str
    fields: Fields
    clean_field: str | None
    columns: bool
    sites: str | None
    learn_sites: bool
    site: str | None
    scoring: Scoring = Scoring()
    profiles: str | None = None


def clean_as_corpus(
    request: Request, write: Callable[[bytes], object] | None = None, made_of_rows: str | None = None
) -> None:
    """Clean or score a corpus.

    Parameters
    ----------
    request
        What is asked for.
    write
        Takes the rows instead of standard output.
    made_of_rows
        The file that the caller makes of them.

    Raises
    ------
    typer.Exit
        Pages failed.
    """
    options = _options(request)
    workers = _number(int, "--workers", request.workers, 1)
    max_errors = _number(int, "--max-errors", request.max_errors, 0)
    _check_reports(request)
    outcome = Outcome()
    try:
        with open_output(None) as stdout:
            clean_corpus(
                request.paths,
                request.output,
                options,
                workers=workers,
                model=request.model,
                quality=request.scoring.model,
                sites=request.sites,
                learn=request.learn_sites,
                profiles=request.profiles,
                removed=request.removed,
                attributes=request.attributes,
                max_errors=MAX_ERRORS if max_errors is None else max_errors,
                restart=request.restart,
                stdin=request.stdin if request.stdin.format else None,
                write=write or _flushing(stdout),
                say=_say,
                watch=lambda progress: messages.progress(str(progress)),
                outcome=outcome,
                reports=[path for path in (request.summary, request.errors, made_of_rows) if path is not None],
            )
    except TooManyFailedError:
        _report(request, outcome, FAILED)
        raise
    except BaseException:
        messages.clear()
        raise
    code = _exit_code(outcome)
    _report(request, outcome, code)
    if code:
        raise typer.Exit(code)


def _options(request: Request) -> Options:
    megabytes = _number(float, "--shard-mb", request.shard_mb, 0)
    page = _number(float, "--max-page-mb", request.max_page_mb, 0)
    try:
        return Options(
            request.fields,
            request.clean_field,
            request.columns,
            request.removed is not None,
            request.attributes is not None,
            probability("--threshold", request.threshold),
            tuple(sorted(set(request.keep))),
            cast(Mode, request.mode),
            request.scoring.columns,
            request.scoring.only,
            probability("--min-quality", request.scoring.min_quality),
            _reference(request.scoring.reference),
            shard_bytes=SHARD_BYTES if megabytes is None else max(1, int(megabytes * (1 << 20))),
            page_chars=PAGE_CHARS if page is None else int(page * 1e6),
            record_bytes=RECORD_BYTES if page is None else max(RECORD_BYTES, int(page * 5e6)),
            site=request.site,
        )
    except ValueError as error:
        raise InputError(str(error)) from None


def _reference(path: str | None) -> tuple[float, ...]:
    if path is None:
        return ()
    from detector.quality.reference import read_reference

    return read_reference(path)


def _number(kind: type[_Number], name: str, value: str | None, least: int) -> _Number | None:
    if value is None:
        return None
    try:
        number = kind(value)
    except ValueError:
        number = kind(-1)
    if not least <= number < _MOST:
        raise InputError(f"{name} must be a number from {least} on, not {value!r}")
    return number


def _check_reports(request: Request) -> None:
    """Refuse reports that would take the place of something else."""
    names = [request.output, request.removed, request.attributes, request.summary, request.errors, *request.paths]
    places = [_place(name) for name in names if name is not None]
    for name in (request.summary, request.errors, request.removed):
        if name is not None and places.count(_place(name)) > 1 and Path(name).is_file() | (not Path(name).exists()):
            raise OutputError(f"{name}: is named twice, or is an input; name another file")


def _place(name: str) -> str:
    return name if name == STDIN or is_remote(name) else str(Path(name).absolute())


def _flushing(stdout: Any) -> Callable[[bytes], None]:
    """Standard output that shows each shard at once: somebody may be waiting for it."""

    def write(data: bytes) -> None:
        stdout.write(data)
        stdout.flush()

    return write


def _say(text: str) -> None:
    messages.say(f"detector: {text}")


def _exit_code(outcome: Outcome) -> int:
    tally = outcome.tally
    if not tally.failed:
        return 0
    return FAILED if tally.failed > tally.pages else SOME_FAILED


def _report(request: Request, outcome: Outcome, code: int) -> None:
    messages.clear()
    path = _write_errors(request, outcome.failures)
    say_failures(outcome.failures, f", all of them in {path}" if path else "; --errors names a file for all of them")
    if request.summary is not None:
        with atomic_writer(Path(request.summary)) as stream:
            stream.write(json.dumps(_summary(request, outcome, code), indent=2).encode() + b"\n")
    tally = outcome.tally
    speed = tally.text_bytes / 1e6 / max(outcome.seconds, 1e-9)
    resumed = f", {outcome.resumed:,} of {outcome.shards:,} shards were done before" if outcome.resumed else ""
    if not messages.on_terminal and tally.pages + tally.failed < 2:
        return
    share = "" if request.scoring.only else removed_share(tally)
    messages.say(
        f"{_done(request, tally)}, {tally.failed:,} failed, "
        f"in {clock(outcome.seconds)} ({speed:.1f} MB of text a second{resumed}){share}"
    )


def say_failures(failures: Sequence[Failed], where: str = "") -> None:
    """Name the first failures, and say how many more there are and where they are named."""
    for failure in failures[:_FAILURES_SAID]:
        messages.say(f"detector: {failure.where}: {failure.reason}")
    if len(failures) > _FAILURES_SAID:
        messages.say(f"detector: {len(failures) - _FAILURES_SAID:,} more failed{where}")


def _done(request: Request, tally: Tally) -> str:
    scoring = request.scoring
    unknown = f", the quality of {tally.unknown:,} is unknown" if tally.unknown else ""
    below = f", {tally.below:,} left out below {scoring.min_quality}" if scoring.min_quality is not None else ""
    if scoring.only:
        return f"scored {tally.pages:,} pages{below}{unknown}"
    return f"cleaned {tally.pages:,} pages{below}{unknown}, removed {tally.removed:,} of {tally.lines:,} lines"


def _write_errors(request: Request, failures: Sequence[Failed]) -> str | None:
    path = request.errors
    if path is None and request.output is not None and not is_remote(request.output):
        output = Path(request.output)
        if not output.exists() or output.is_file() or output.is_dir():
            path = f"{request.output.rstrip('/')}.errors.jsonl"
        if not failures and not (path and Path(path).is_file()):
            return None  # nothing to tell, and nothing of an earlier run to correct
    if path is not None:
        with atomic_writer(Path(path)) as stream:
            stream.write(b"".join(json_line(failure._asdict()) for failure in failures))
    return path


def _summary(request: Request, outcome: Outcome, code: int) -> dict[str, Any]:
    tally, seconds = outcome.tally, max(outcome.seconds, 1e-9)
    return {
        "inputs": list(request.paths),
        "output": request.output,
        **tally.as_json(),
        "removed_share": round(tally.chars_removed / tally.chars, 4) if tally.chars else 0.0,
        "input_bytes": outcome.input_bytes,
        "seconds": round(outcome.seconds, 3),
        "pages_per_second": round(tally.pages / seconds, 1),
        "mb_per_second": round(tally.text_bytes / 1e6 / seconds, 3),
        "workers": outcome.workers,
        "shards": outcome.shards,
        "shards_done_before": outcome.resumed,
        "exit_code": code,
        "python": sys.version.split()[0],
    }
