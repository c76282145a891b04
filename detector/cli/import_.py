"""``detector import``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from detector.cli import messages, printable
from detector.errors import InputError
from detector.files import atomic_writer
from detector.importers import LAYOUTS, import_gold_folder, import_wcxb
from detector.labels import ARTICLE, NOISE, LabelledPage, write_labelled

POOR_F1 = 0.8
"""Below this, the gold text of a page does not stand in the page as it is, and its labels are doubtful."""


@dataclass(slots=True)
class _Tally:
    pages: int = 0
    lines: int = 0
    article: int = 0
    noise: int = 0
    oracle: list[tuple[str, float]] = field(default_factory=list)

    def add(self, page: LabelledPage) -> None:
        labels = [segment.label for segment in page.segments]
        self.pages += 1
        self.lines += sum(bool(line) for line in page.lines)
        self.article += labels.count(ARTICLE)
        self.noise += labels.count(NOISE)
        if "oracle_f1" in page.meta:
            self.oracle.append((page.id, float(page.meta["oracle_f1"])))


def import_(
    layout: Annotated[str, typer.Argument(metavar="LAYOUT", help=f"How the pages are kept: {', '.join(LAYOUTS)}.")],
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="The folder that holds them.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where the labelled pages go, as JSONL.")
    ],
    gold: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="For the layout gold: where the gold texts are, by default beside the pages."
        ),
    ] = None,
    site: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="For the layout gold: the site of all pages, by default one for each page."),
    ] = None,
    split: Annotated[
        str | None, typer.Option(metavar="NAME", help="For the layout wcxb: which split, by default dev.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write how well each page could be labelled, as TSV.")
    ] = None,
) -> None:
    """Make labelled pages of pages with gold text, from one of the layouts in which people have them.

    The layout gold is a folder of pages, each with its clean text beside it: page.html and page.txt,
    or page.txt and page.gold.txt.

    For example:

        detector import gold pages/ -o pages.jsonl

        detector import wcxb wcxb/ --split dev -o wcxb.jsonl --report wcxb.tsv
    """
    if layout not in LAYOUTS:
        raise InputError(f"unknown layout {layout!r}; the layouts are {', '.join(LAYOUTS)}")
    if gold is not None and layout != "gold":
        raise InputError("--gold goes with the layout gold alone")
    if site is not None and layout != "gold":
        raise InputError("--site goes with the layout gold alone")
    if split is not None and layout != "wcxb":
        raise InputError("--split goes with the layout wcxb alone")
    if report is not None and report.resolve() == output.resolve():
        raise InputError(f"{report}: is also the output; name another file")
    tally = _Tally()
    write_labelled(output, _counted(_pages(layout, source, gold, site, split or "dev"), layout, source, tally))
    messages.clear()
    messages.say(
        f"imported {tally.pages:,} pages, {tally.lines:,} lines "
        f"({tally.article:,} segments article, {tally.noise:,} noise)"
    )
    _say_alignment(tally)
    if report is not None:
        rows = "".join(f"{printable(name)}\t{f1:.4f}\n" for name, f1 in tally.oracle)
        with atomic_writer(report) as stream:
            stream.write(f"id\toracle_f1\n{rows}".encode())


def _pages(layout: str, source: Path, gold: Path | None, site: str | None, split: str) -> Iterator[LabelledPage]:
    if layout == "gold":
        return import_gold_folder(source, gold, site=site)
    if layout == "wcxb":
        return import_wcxb(source, split)
    return LAYOUTS[layout](source)


def _counted(pages: Iterator[LabelledPage], layout: str, source: Path, tally: _Tally) -> Iterator[LabelledPage]:
    try:
        for page in pages:
            tally.add(page)
            messages.progress(f"{tally.pages:,} pages")
            yield page
    except OSError as error:
        raise InputError(f"{error.filename or source}: cannot be read: {error.strerror}") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # The importers take the files of a layout at their word.
        raise InputError(
            f"{source}: is not of the layout {layout} after page {tally.pages} ({type(error).__name__}: {error})"
        ) from None


def _say_alignment(tally: _Tally) -> None:
    scores = [f1 for _, f1 in tally.oracle]
    if not scores:
        messages.say("labels are those of the source; no gold text was aligned")
        return
    messages.say(f"mean oracle F1 {sum(scores) / len(scores):.4f}: what a perfect classifier would reach on them")
    if poor := sum(f1 < POOR_F1 for f1 in scores):
        messages.say(f"warning: {poor:,} pages are below {POOR_F1}: much of their gold text is not in the page")
