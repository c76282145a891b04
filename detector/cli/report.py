"""``detector report``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli import FAILED, SOME_FAILED, messages, open_output
from detector.cli.load import load
from detector.cli.options import ProfilesOption, SiteOption, SitesOption
from detector.corpus.names import STDIN, is_glob, is_remote, kind_of, stdin_kind
from detector.corpus.options import Fields
from detector.errors import InputError
from detector.files import refuse_input

if TYPE_CHECKING:
    from detector.cleaner import Cleaner

_FAILURES_SAID = 10


class Failures:
    """Pages that failed: the first ones are named, all are counted."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, where: str, reason: str) -> None:
        """Take one in."""
        self.count += 1
        if self.count <= _FAILURES_SAID:
            messages.say(f"detector: {where}: {reason}")

    def finish(self, pages: int) -> None:
        """Say how many more there were, and end the command with the exit code they make."""
        messages.clear()
        if self.count > _FAILURES_SAID:
            messages.say(f"detector: {self.count - _FAILURES_SAID:,} more failed")
        if self.count:
            raise typer.Exit(SOME_FAILED if pages else FAILED)


def report(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH", help="A page, a corpus as for detector clean, or labelled pages.", show_default=False
        ),
    ] = None,
    output: Annotated[
        str | None, typer.Option("--output", "-o", metavar="FILE", help="The HTML file; by default standard output.")
    ] = None,
    labels: Annotated[
        bool, typer.Option("--labels", help="The inputs are labelled pages; found out where they are a .jsonl file.")
    ] = False,
    top: Annotated[
        int, typer.Option(min=0, metavar="N", help="Of one page: how many reasons to name for each line.")
    ] = 5,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, metavar="PROBABILITY", help="As for detector clean; by default chosen for each page."
        ),
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option(metavar="KIND", help="Leave this kind of noise in; may be repeated.")
    ] = None,
    mode: Annotated[str, typer.Option(metavar="filter|trim", help="As for detector clean.")] = "filter",
    model: Annotated[
        str | None, typer.Option(metavar="FILE", help="The model, by default the one that ships with the package.")
    ] = None,
    sites: SitesOption = None,
    site: SiteOption = None,
    profiles: ProfilesOption = None,
    text_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of the text.")] = None,
    html_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of HTML to render.")] = None,
    id_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of the id.")] = None,
    url_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of the URL.")] = None,
    site_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of the site.")] = None,
) -> None:
    """Show what is kept and removed, and why, as one HTML file that needs no network.

    Of one page it shows the lines, kept and removed side by side, with reasons; of a corpus what was removed by kind
    and site, distributions, lines that repeat, pages on the border and losses; of labelled pages how good that is.

    For example:

        detector report page.txt -o report.html

        detector report crawl.jsonl -o report.html

        detector report pages.jsonl -o report.html
    """
    paths = checked_paths(paths)
    output = None if output == STDIN else output
    refuse_input([*paths, model, sites, profiles], output)
    cleaner = load(model, threshold, keep or [], mode, sites, profiles)
    fields = Fields(text_field, html_field, id_field, url_field, site_field)
    failures = Failures()
    if labels or _is_labelled(paths):
        data, pages = _labelled(paths, cleaner)
    elif len(paths) == 1 and not _holds_many(paths[0]):
        data, pages = _page(paths[0], cleaner, site, top, failures)
    else:
        data, pages = _corpus(paths, cleaner, fields, site, failures, output)
    messages.clear()
    if pages or not failures.count:
        with open_output(output) as stream:
            stream.write(data)
    failures.finish(pages)


def checked_paths(paths: list[str] | None) -> list[str]:
    """Give the inputs, standard input where none is named.

    Raises
    ------
    InputError
        Nothing is named, and nothing piped in; or standard input is named twice.
    """
    if not paths:
        if sys.stdin is None or sys.stdin.isatty():
            raise InputError("nothing to read: name files or folders, or pipe a page in")
        return [STDIN]
    if paths.count(STDIN) > 1:
        raise InputError("standard input can be named only once")
    return paths


def _holds_many(path: str) -> bool:
    if path == STDIN:
        return bool(stdin_kind([path]).format)
    return kind_of(path).is_corpus or is_glob(path) or is_remote(path) or os.path.isdir(path)


def _is_labelled(paths: Sequence[str]) -> bool:
    from detector.report.labelled import holds_labels

    return all(holds_labels(path) for path in paths)


def _page(path: str, cleaner: Cleaner, site: str | None, top: int, failures: Failures) -> tuple[bytes, int]:
    from detector.read import Failure, read_pages
    from detector.report.inputs import clean_batch
    from detector.report.page import page_report

    for item in read_pages([path], site=site):
        if isinstance(item, Failure):
            failures(item.where, item.reason)
        else:
            for result in clean_batch(cleaner, [item.page], failures):
                return page_report(cleaner, result, top), 1
    return b"", 0


def _corpus(
    paths: Sequence[str],
    cleaner: Cleaner,
    fields: Fields,
    site: str | None,
    failures: Failures,
    output: str | None,
) -> tuple[bytes, int]:
    from detector.corpus.batch import with_site
    from detector.quality.score import Scorer
    from detector.report.corpus import corpus_report
    from detector.report.gather import Corpus
    from detector.report.inputs import clean_batch, read_batches

    corpus = Corpus()
    scorer = Scorer.load(tables=cleaner.model.tables)
    for pages in read_batches(paths, fields, failures, stdin=stdin_kind(paths), output=output):
        results = clean_batch(cleaner, [with_site(page, site) for page in pages], failures)
        corpus.add(results, list(scorer.score_many(results)))
        messages.progress(f"{corpus.tally.pages:,} pages, {corpus.tally.removed:,} lines removed")
    corpus.tally.failed = failures.count
    return corpus_report(corpus, _title(paths)), corpus.tally.pages


def _labelled(paths: Sequence[str], cleaner: Cleaner) -> tuple[bytes, int]:
    from detector.report.labelled import labelled_report

    watch = messages.progress
    return labelled_report(paths, cleaner, _title(paths), lambda pages: watch(f"{pages:,} pages"))


def _title(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - 1:,} more" if len(paths) > 1 else ""
    return f"Report on {paths[0]}{more}"
