"""The command line.  Commands are imported when they are called: cleaning must not wait for what training needs."""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import Annotated, Any, Final, Protocol, cast

import typer
from typer.core import TyperCommand, TyperGroup

from detector import __version__
from detector.cli.terminal import Escape
from detector.errors import DetectorError, OutputError
from detector.files import atomic_writer

SOME_FAILED: Final = 1
FAILED: Final = 2
_INTERRUPTED: Final = 128 + signal.SIGINT
_PIPE_CLOSED: Final = 128 + 13  # SIGPIPE, which Windows does not have

_COMMANDS: Final = {
    "clean": ("clean", "Remove the noise from pages."),
    "score": ("score", "Give pages a score of their quality, with its parts."),
    "explain": ("explain", "Show the verdict on each line and what it rests on."),
    "adapt": ("adapt", "Adapt to a site with a few labelled pages."),
    "profiles": ("profiles", "Show and merge profiles of sites."),
    "train": ("train", "Train a model on labelled pages."),
    "evaluate": ("evaluate", "Measure a model on labelled pages."),
    "report": ("report", "Show what is kept and removed as one HTML file."),
    "diff": ("diff", "List the lines on which two models or settings differ."),
    "review": ("review", "Answer what the model is unsure of, in a browser."),
    "import": ("import_", "Make labelled pages of pages with gold text."),
    "sites": ("sites", "Learn and show what sites repeat."),
    "model": ("model", "Tell what a model file holds."),
}
"""Each command's module in this package, which has a function or `typer.Typer` of the same name, and its summary."""

_BARE: Final[dict[str, Any]] = {
    "add_completion": False,
    "pretty_exceptions_enable": False,  # these two would import rich
    "rich_markup_mode": None,
}


def _unconverted(convert: Callable[[Any, Any], Any], ctx: Any, value: Any) -> Any:
    return value if value is None or isinstance(value, (str, list, tuple)) else convert(ctx, value)


def _keep_plain(parameters: list[Any]) -> list[Any]:
    """Let optional parameters be the words that the command line has.

    To convert a value, even one that is not given, Typer may import pydantic, which takes as long as
    importing numpy.
    """
    for parameter in parameters:
        if not isinstance(parameter.process_value, functools.partial):
            parameter.process_value = functools.partial(_unconverted, parameter.process_value)
    return parameters


class _PlainCommand(TyperCommand):
    def get_params(self, ctx: Any) -> list[Any]:
        return _keep_plain(super().get_params(ctx))


class _Commands(MutableMapping[str, Any]):
    """The commands by name; each is imported when it is looked up."""

    def __getitem__(self, name: str) -> Any:
        module, summary = _COMMANDS[name]
        target = getattr(importlib.import_module(f"detector.cli.{module}"), module)
        if isinstance(target, typer.Typer):
            return typer.main.get_command(target)
        single = typer.Typer(**_BARE)
        single.command(name, cls=_PlainCommand if name == "clean" else None, short_help=summary)(target)
        return typer.main.get_command(single)

    def __contains__(self, name: object) -> bool:
        return name in _COMMANDS

    def __iter__(self) -> Iterator[str]:
        return iter(_COMMANDS)

    def __len__(self) -> int:
        return len(_COMMANDS)

    def __setitem__(self, name: str, command: Any) -> None:
        raise TypeError("commands are listed in detector.cli")

    def __delitem__(self, name: str) -> None:
        raise TypeError("commands are listed in detector.cli")


class _LazyGroup(TyperGroup):
    """The group of all commands, and the one place that turns errors into messages and exit codes."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = cast(Any, _Commands())

    def get_params(self, ctx: Any) -> list[Any]:
        """Give the group's own parameters, see `_keep_plain`."""
        return _keep_plain(super().get_params(ctx))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands by their summaries, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except DetectorError as error:
            # A writer wraps the errors of everything that happens while its file is open.
            if isinstance(error.__cause__, BrokenPipeError):
                raise typer.Exit(_drop_output()) from None
            messages.say(f"detector: error: {error}")
            raise typer.Exit(FAILED) from None
        except BrokenPipeError:
            raise typer.Exit(_drop_output()) from None
        except KeyboardInterrupt:
            messages.say("detector: interrupted")
            raise typer.Exit(_INTERRUPTED) from None


class Messages:
    """What is said on standard error: lines, and on a terminal one more that shows how far the work is."""

    def __init__(self) -> None:
        self._pending = False
        self._next = 0.0

    @property
    def on_terminal(self) -> bool:
        """Whether somebody watches."""
        return sys.stderr is not None and sys.stderr.isatty()

    def say(self, text: str) -> None:
        """Say one line; characters that would not show are escaped."""
        self._put(f"{printable(text)}\n")
        self._pending = False

    def progress(self, text: str) -> None:
        """Replace the line that shows how far the work is, at most twice a second."""
        now = time.monotonic()
        if now >= self._next and self.on_terminal:
            self._next = now + 0.5
            self._put(printable(text))
            self._pending = True

    def clear(self) -> None:
        """Take that line away."""
        if self._pending:
            self._put("")
            self._pending = False

    def _put(self, text: str) -> None:
        if sys.stderr is not None:
            with contextlib.suppress(OSError):
                sys.stderr.write(f"\r\x1b[K{text}" if self._pending else text)
                sys.stderr.flush()


messages: Final = Messages()


def printable(text: str) -> str:
    """Escape all that could disturb a terminal or break a line."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def json_line(record: Mapping[str, Any]) -> bytes:
    """Write a record as a line of JSONL in UTF-8; lone surrogates, which UTF-8 has not, are escaped."""
    try:
        return json.dumps(record, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(record).encode() + b"\n"


class Writer(Protocol):
    """What bytes can be written to."""

    def write(self, data: bytes, /) -> object:
        """Write all of `data`."""


class _StandardOutput:
    def __init__(self, escape: Callable[[bytes], bytes] | None) -> None:
        self._escape = escape

    def write(self, data: bytes, /) -> None:
        rest = memoryview(self._escape(data) if self._escape else data)
        with _output_errors():
            while rest:  # unbuffered output (python -u) may take less than it is given
                rest = rest[sys.stdout.buffer.write(rest) :]

    def flush(self) -> None:
        with _output_errors():
            sys.stdout.buffer.flush()


@contextlib.contextmanager
def _output_errors() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        _drop_output()
        raise OutputError(f"standard output: cannot be written: {error.strerror}") from error


@contextlib.contextmanager
def open_output(path: str | None, *, escaped: bool = False) -> Iterator[Writer]:
    """Open a file that is there only when the block ends well, or standard output for None and ``"-"``.

    On a terminal control characters are escaped, unless all that is written is `escaped` already.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    if path is not None and path != "-":
        with atomic_writer(Path(path)) as stream:
            yield stream
        return
    if sys.stdout is None:
        raise OutputError("standard output is closed; name a file with --output")
    output = _StandardOutput(Escape() if sys.stdout.isatty() and not escaped else None)
    yield output
    output.flush()


def _drop_output() -> int:
    """Send what is still in the buffer nowhere, so that the interpreter does not fail on it at exit."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        descriptor = sys.stdout.fileno()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, descriptor)
        os.close(null)
    return _PIPE_CLOSED


app: Final = typer.Typer(cls=_LazyGroup, no_args_is_help=True, **_BARE)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"detector {__version__}")
        raise typer.Exit


@app.callback()
def _detector(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Separate the genuine article from the noise that reposting wraps around it, line by line.

    Example:

        detector clean page.txt
    """


def main() -> None:
    """Run the command line; every failure is one line and an exit code, never a traceback."""
    # By default SIGTERM ends the process at once, and files that are half written would stay.
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        typer.main.get_command(app)(prog_name="detector")
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
    except BrokenPipeError:
        sys.exit(_drop_output())
    except Exception as error:
        if os.environ.get("DETECTOR_TRACEBACK"):
            raise
        messages.say(
            f"detector: error: {type(error).__name__}: {error} (this is a defect; DETECTOR_TRACEBACK=1 shows where)"
        )
        sys.exit(FAILED)
