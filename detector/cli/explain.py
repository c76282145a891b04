"""``detector explain``."""

from __future__ import annotations

import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

import typer

from detector.cleaner import CleanPage, Line
from detector.cli import FAILED, SOME_FAILED, messages, open_output, printable
from detector.cli.load import load
from detector.cli.options import ProfilesOption, SiteOption, SitesOption
from detector.errors import InputError
from detector.explain import Reason, Reasons, explain_page
from detector.labels import KINDS
from detector.read import STDIN, Failure, read_pages

_RED: Final = "31"
_GREEN: Final = "32"
_DIM: Final = "2"
_KIND_WIDTH: Final = max(map(len, KINDS))
_NARROWEST: Final = 20


def explain(
    path: Annotated[
        str | None,
        typer.Argument(metavar="PATH", help="The page; - or nothing for standard input.", show_default=False),
    ] = None,
    top: Annotated[
        int, typer.Option(min=0, metavar="N", help="How many features and words to name for each line.")
    ] = 3,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, metavar="PROBABILITY", help="As for detector clean; by default chosen for each page."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, one object a page.")] = False,
    model: Annotated[
        str | None, typer.Option(metavar="FILE", help="The model, by default the one that ships with the package.")
    ] = None,
    sites: SitesOption = None,
    site: SiteOption = None,
    profiles: ProfilesOption = None,
) -> None:
    """Show the verdict on each line of a page and what it rests on.

    Each line comes with its number, its probability of noise by itself and in context, the verdict and the
    kind of noise; below it stand the features of the line in its context, and the words of the line, that
    weighed most: + speaks for noise, - for article, in log odds.

    For example:

        detector explain page.txt --top 2

        detector explain page.txt --json
    """
    if path is None and (sys.stdin is None or sys.stdin.isatty()):
        raise InputError("nothing to explain: name a page, or pipe one in")
    cleaner = load(model, threshold, sites=sites, profiles=profiles)
    pages = failed = 0
    with open_output(None, escaped=not as_json) as stream:
        for item in read_pages([path or STDIN], site=site):
            if isinstance(item, Failure):
                failed += 1
                messages.say(f"detector: {item.where}: {item.reason}")
                continue
            pages += 1
            result = next(cleaner.clean_many([item.page]))
            reasons = explain_page(cleaner, result, top)
            if as_json:
                # All of it in ASCII: whatever the page holds, this can be read anywhere.
                stream.write(json.dumps(_record(result, reasons)).encode() + b"\n")
            else:
                stream.write("".join(f"{row}\n" for row in _rows(result, reasons)).encode("utf-8", "replace"))
    if failed:
        raise typer.Exit(SOME_FAILED if pages else FAILED)


def _record(result: CleanPage, reasons: Sequence[Reasons]) -> dict[str, Any]:
    return {
        "id": result.page.id,
        "page_type": result.page_type,
        "threshold": result.threshold,
        "lines": [
            {
                "number": line.number,
                "start": line.start,
                "end": line.end,
                "p_line": line.p_line,
                "p_noise": line.p_noise,
                "label": line.label,
                "kind": line.kind,
                "text": line.text,
                "features": [{"name": name, "weight": round(weight, 4)} for name, weight in why.features],
                "words": [{"text": name, "weight": round(weight, 4)} for name, weight in why.words],
            }
            for line, why in zip(result.lines, reasons, strict=True)
        ],
    }


def _rows(result: CleanPage, reasons: Sequence[Reasons]) -> Iterator[str]:
    terminal = sys.stdout.isatty()
    coloured = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    columns = shutil.get_terminal_size().columns if terminal else 120
    title = f"{printable(result.page.id)}  {result.page_type}  threshold {result.threshold:.2f}"
    yield _painted(title, _DIM, coloured)
    head = f"{'line':>6}  {'alone':>5}  {'here':>5}  {'verdict':<7}  {'kind':<{_KIND_WIDTH}}  text"
    yield _painted(head, _DIM, coloured)
    for line, why in zip(result.lines, reasons, strict=True):
        lead = (
            f"{line.number:>6}  {line.p_line:5.2f}  {line.p_noise:5.2f}  {line.label:<7}  "
            f"{line.kind or '':<{_KIND_WIDTH}}  "
        )
        colour = _GREEN if line.kept else _RED
        yield _painted(lead, colour, coloured) + _fit(line, max(columns - len(lead), _NARROWEST))
        for title, found in (("features", why.features), ("words", why.words)):
            if found:
                yield _painted(f"{'':6}  {title:<8}  {_spelled(found)}", _DIM, coloured)


def _spelled(reasons: Sequence[Reason]) -> str:
    return ", ".join(f"{printable(name)} {weight:+.2f}" for name, weight in reasons)


def _painted(text: str, colour: str, coloured: bool) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if coloured else text


def _fit(line: Line, width: int) -> str:
    """Cut a line to what fits a terminal; wide characters take two columns."""
    text = printable(line.text[:width])
    room = width
    for at, character in enumerate(text):
        room -= 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if room < 0 or (room == 0 and (at + 1 < len(text) or len(line.text) > width)):
            return f"{text[:at]}…"
    return text
