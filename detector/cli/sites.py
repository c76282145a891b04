"""``detector sites``: learn what sites repeat, put parts together, show it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from detector.cli import FAILED, SOME_FAILED, json_line, messages, open_output, printable
from detector.cli.options import SiteOption
from detector.corpus.names import stdin_kind
from detector.errors import InputError, OutputError
from detector.memory.merge import MIN_PAGES, Merged, merge_parts
from detector.memory.sites import SiteMemory

sites = typer.Typer(
    help="Learn and show what sites repeat.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_Output = Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="The file to write.")]
_Part = Annotated[
    bool, typer.Option("--part", help="Keep every line, so that the file can be merged with others later.")
]
_MinPages = Annotated[
    int, typer.Option("--min-pages", metavar="N", min=1, help="Drop lines on fewer pages of their site.")
]
_FOUND: Final = "By default found by its name."


@sites.callback()
def _sites() -> None:
    """Learn and show what sites repeat."""


@sites.command(short_help="Count on how many of a site's pages each line stands.")
def learn(
    corpus: Annotated[
        list[str],
        typer.Argument(metavar="CORPUS", help="Pages or corpora, as for `detector clean`; - for standard input."),
    ],
    output: _Output,
    site: SiteOption = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Processes, by default one for each core.")
    ] = None,
    part: _Part = False,
    min_pages: _MinPages = MIN_PAGES,
    text_field: Annotated[str | None, typer.Option(metavar="NAME", help=f"The field of the text. {_FOUND}")] = None,
    html_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of HTML to render.")] = None,
    url_field: Annotated[str | None, typer.Option(metavar="NAME", help=f"The field of the URL. {_FOUND}")] = None,
    site_field: Annotated[
        str | None, typer.Option(metavar="NAME", help="The field of the site. By default that of the URL's host.")
    ] = None,
    max_errors: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Stop when more pages than this have failed; 1000.")
    ] = None,
) -> None:
    """Count on how many pages of its site each line stands; letter case, digits and punctuation do not matter.

    For example:

        detector sites learn crawl.jsonl -o crawl.sites

        detector sites learn pages/ --site news.example -o news.sites

        detector sites learn crawl/a.jsonl.gz --part -o a.part
    """
    from detector.cli.corpus import say_failures
    from detector.corpus.learn import SHARD_BYTES, learn_sites
    from detector.corpus.options import Fields, Options
    from detector.corpus.outcome import MAX_ERRORS
    from detector.corpus.progress import clock

    _check(output)
    if site == "":
        raise InputError("the name of a site must not be empty")
    fields = Fields(text_field, html_field, None, url_field, site_field)
    try:
        learned = learn_sites(
            corpus,
            output,
            Options(fields, shard_bytes=SHARD_BYTES, site=site),
            workers=workers,
            part=part,
            min_pages=min_pages,
            max_errors=MAX_ERRORS if max_errors is None else max_errors,
            stdin=stdin_kind(corpus),
            say=lambda text: messages.say(f"detector: {text}"),
            watch=lambda progress: messages.progress(str(progress)),
        )
    finally:
        messages.clear()
    say_failures(learned.failures)
    speed = learned.input_bytes / 1e6 / max(learned.seconds, 1e-9)
    siteless = f", {learned.siteless:,} left out for want of a site" if learned.siteless else ""
    messages.say(
        f"counted {learned.pages:,} pages{siteless}, {len(learned.failures):,} failed, "
        f"in {clock(learned.seconds)} ({speed:.1f} MB a second)"
    )
    _say_merged(output, learned.merged, part, min_pages)
    if learned.failures:
        raise typer.Exit(FAILED if len(learned.failures) > learned.pages + learned.siteless else SOME_FAILED)


@sites.command(short_help="Put parts that were counted apart together.")
def merge(
    parts: Annotated[
        list[str], typer.Argument(metavar="PART", help="Files that `learn --part` wrote, or folders of them.")
    ],
    output: _Output,
    part: _Part = False,
    min_pages: _MinPages = MIN_PAGES,
) -> None:
    """Put parts together, in any order: the file is that of learning from all pages at once.

    For example:

        detector sites merge a.part b.part -o crawl.sites
    """
    _check(output)
    _say_merged(output, merge_parts(parts, output, part=part, min_pages=min_pages), part, min_pages)


@sites.command(short_help="List the sites, or what one of them repeats.")
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `learn` or `merge` wrote.")],
    site: Annotated[str | None, typer.Argument(metavar="SITE", help="By default all sites are listed.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, a line a record.")] = False,
) -> None:
    """List the sites, or what a site repeats: on how many of its pages, and how the line reads on one of them.

    For example:

        detector sites show crawl.sites

        detector sites show crawl.sites news.example --json
    """
    memory = SiteMemory.load(file)
    rows = memory.sites if site is None else memory.repeated(site)
    with open_output(None) as stream:
        for row in rows:
            if as_json:
                stream.write(json_line(row._asdict()))
            else:
                text, (first, second) = printable(row[0]), row[1:]
                numbers = f"{first:>7} of {second:<7}" if site is not None else f"{first:>7} pages {second:>7} lines"
                stream.write(f"{numbers}  {text}\n".encode("utf-8", "backslashreplace"))


def _check(output: str) -> None:
    if output in ("", "-"):
        raise OutputError("a site memory is written to a file: name one with --output")


def _say_merged(output: str, merged: Merged, part: bool, min_pages: int) -> None:
    what = "a part, to be merged" if part else f"lines on {min_pages} pages of their site or more"
    messages.say(f"{output}: {merged.n_sites:,} sites, {merged.n_pages:,} pages, {merged.n_lines:,} lines ({what})")
    if not merged.n_sites:
        messages.say(f"detector: {output}: no site has {min_pages} pages or more: nothing is known of any")
