"""``detector review``."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from detector.cli import messages
from detector.cli.load import load
from detector.cli.options import ProfilesOption, SitesOption
from detector.cli.report import Failures, checked_paths
from detector.corpus.extras import need
from detector.corpus.names import STDIN, is_glob, is_remote, stdin_kind, stem_of
from detector.corpus.options import Fields

if TYPE_CHECKING:
    from detector.cleaner import Cleaner, CleanPage


def review(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="CORPUS", help="Pages: files, folders or corpora as for detector clean."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The labelled-page file; by default CORPUS.labels.jsonl."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="FILE", help="The model, by default the one that ships with the package.")
    ] = None,
    sites: SitesOption = None,
    site: Annotated[
        str | None, typer.Option(metavar="NAME", help="Review this site; pages that name none are taken to be of it.")
    ] = None,
    profiles: ProfilesOption = None,
    port: Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="The port; 0 takes any that is free.")] = 0,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only say the address.")] = False,
    text_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of the text.")] = None,
    html_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of HTML to render.")] = None,
    id_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of the id.")] = None,
    url_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of the URL.")] = None,
    site_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of the site.")] = None,
) -> None:
    """Answer what the model is unsure of, in a browser on this machine, and learn from the answers.

    The lines that a model would learn most from come first; one answer settles all equal lines of a site. Answers
    are saved at once, as labelled pages. Ctrl-C ends the review; the same command takes it up again.

    For example:

        detector review crawl.jsonl --sites crawl.sites

        detector review pages/ --site harbour.example
    """
    paths = checked_paths(paths)
    for library in ("starlette", "uvicorn"):
        need(library, "review", "the review page")
    from detector.review.collect import collect
    from detector.review.jobs import Jobs
    from detector.review.offers import offers
    from detector.review.serve import serve
    from detector.review.session import Session
    from detector.review.store import Store

    labels = labels or _beside(paths[0])
    cleaner = load(model, sites=sites, profiles=profiles)
    failures = Failures()
    fields = Fields(text_field, html_field, id_field, url_field, site_field)
    collection = collect(
        _scored(paths, cleaner, fields, failures, labels, site),
        site,
        watch=lambda pages, lines: messages.progress(f"{pages:,} pages, {lines:,} lines scored"),
    )
    messages.clear()
    names, lines = collection.names, collection.lines
    more = "" if collection.is_whole else "; the corpus has more, which are left out"
    messages.say(f"{len(names):,} pages queued, {len(lines):,} lines, {lines.n_groups:,} distinct{more}")
    if not all(name.site for name in names):
        messages.say("pages that name no site are reviewed as one site; --site NAME names it")
    with closing(collection.shelf), Session(collection, Store(labels, collection)) as session:
        for note in session.store.notes:
            messages.say(note)
        messages.say(f"answers go to {labels}; Ctrl-C ends the review")
        try:
            serve(
                session,
                Jobs(offers(model)),
                os.path.basename(os.path.abspath(paths[0])),
                port=port,
                with_browser=not no_browser,
                say=lambda address: messages.say(f"review page: {address}"),
            )
        finally:
            session.save()
            progress = session.progress()
            messages.say(
                progress.unsaved
                or f"{progress.settled:,} of {progress.lines:,} lines settled, {progress.by_hand:,} by hand: {labels}"
            )


def _scored(
    paths: Sequence[str], cleaner: Cleaner, fields: Fields, failures: Failures, labels: Path, site: str | None
) -> Iterator[list[CleanPage]]:
    from detector.corpus.batch import with_site
    from detector.report.inputs import clean_batch, read_batches
    from detector.review.collect import PAGE_CHARS

    stdin = stdin_kind(paths)
    for pages in read_batches(paths, fields, failures, stdin=stdin, output=os.fspath(labels), page_chars=PAGE_CHARS):
        yield clean_batch(cleaner, [with_site(page, site) for page in pages], failures)


def _beside(path: str) -> Path:
    """The labelled-page file of a corpus: beside a folder, not in it, where it would be read as pages."""
    if path == STDIN or is_remote(path) or is_glob(path):
        return Path("review.labels.jsonl")
    place = Path(path)
    return place.absolute().with_name(f"{stem_of(place.absolute().name)}.labels.jsonl")
