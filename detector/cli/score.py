"""``detector score``."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable
from typing import Annotated, Any

import typer

from detector.cli import json_line, open_output
from detector.cli.corpus import Request, Scoring, clean_as_corpus
from detector.cli.options import ProfilesOption, SiteOption, SitesOption
from detector.cli.report import checked_paths
from detector.corpus.names import STDIN, stdin_kind
from detector.corpus.options import Fields
from detector.errors import InputError
from detector.quality.model import PARTS
from detector.quality.reference import Reference

_SHOWN = ("id", "url", "quality", "percentile", *PARTS[1:], "reason")


def score(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help="Pages or corpora, as for detector clean: files, folders, patterns, URLs, or - for standard input.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="PATH", help="A file named .jsonl or .parquet, or a folder for corpora."
        ),
    ] = None,
    top: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the N best pages, best first.")] = None,
    bottom: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the N worst pages, worst first.")] = None,
    min_quality: Annotated[
        str | None, typer.Option(metavar="QUALITY", help="Leave out pages of a lower quality; the unknown stay.")
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Give percentiles of this corpus; by default of the training pages."),
    ] = None,
    make_reference: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the percentiles of these pages here, and no pages.")
    ] = None,
    threshold: Annotated[
        str | None, typer.Option(metavar="PROBABILITY", help="As for detector clean: what is scored is its clean text.")
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option(metavar="KIND", help="Leave this kind of noise in; may be repeated.")
    ] = None,
    mode: Annotated[str, typer.Option(metavar="filter|trim", help="As for detector clean.")] = "filter",
    model: Annotated[
        str | None, typer.Option(metavar="FILE", help="The line model, by default the one that ships.")
    ] = None,
    quality_model: Annotated[
        str | None, typer.Option(metavar="FILE", help="The quality model, by default the one that ships.")
    ] = None,
    sites: SitesOption = None,
    site: SiteOption = None,
    profiles: ProfilesOption = None,
    workers: Annotated[
        str | None, typer.Option(metavar="N", help="Of a corpus: processes, by default one for each core.")
    ] = None,
    summary: Annotated[str | None, typer.Option(metavar="FILE", help="Write what was done, as JSON.")] = None,
    errors: Annotated[str | None, typer.Option(metavar="FILE", help="Where pages that fail are named.")] = None,
    max_errors: Annotated[
        str | None, typer.Option(metavar="N", help="Stop when more pages than this have failed, by default 1000.")
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Drop what an interrupted run has left.")] = False,
    text_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of the text.")] = None,
    html_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of HTML to render.")] = None,
    id_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of the id.")] = None,
    url_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of the URL.")] = None,
    site_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of the site.")] = None,
    max_page_mb: Annotated[
        str | None, typer.Option(metavar="MB", help="Leave out pages of more million characters, by default 6.")
    ] = None,
    shard_mb: Annotated[
        str | None, typer.Option(metavar="MB", help="Work is dealt out in shards of this size, by default 8.")
    ] = None,
) -> None:
    """Give each page a quality from 0 to 1, with its parts; the text stays as it is.

    A record of JSONL or a row of Parquet gets the scores as fields beside its own; a page that is a file becomes a
    record of them. A quality that nothing can be said of is null, with the reason.

    For example:

        detector score page.txt

        detector score crawl.jsonl -o scored.jsonl

        detector score crawl.jsonl --bottom 20
    """
    paths = checked_paths(paths)
    output = None if output == STDIN else output
    if sum(option is not None for option in (top, bottom, make_reference)) > 1:
        raise InputError("--top, --bottom and --make-reference are for one run each: leave the others out")
    ranked = top or bottom
    if output is not None and make_reference is not None:
        raise InputError("--make-reference writes no pages: leave out --output")
    files = (None if ranked else output, None, None, summary, errors)
    limits = (workers, max_errors, max_page_mb, shard_mb)
    fields = Fields(text_field, html_field, id_field, url_field, site_field)
    scoring = Scoring(True, True, min_quality, quality_model, reference)
    decided = (model, threshold, keep or [], mode)
    known = (sites, False, site, scoring)
    request = Request(
        paths, *files, *limits, restart, stdin_kind(paths), *decided, fields, None, False, *known, profiles
    )
    if make_reference is not None:
        counted = Reference()
        clean_as_corpus(request, _records(counted.add), make_reference)
        counted.write(make_reference)
    elif ranked:
        ranking = _Ranking(ranked, best=top is not None)
        clean_as_corpus(request, _records(ranking.add), output)
        with open_output(output) as stream:
            for record in ranking.records():
                stream.write(json_line({name: record[name] for name in _SHOWN if name in record}))
    else:
        clean_as_corpus(request)


def _records(add: Callable[[dict[str, Any]], None]) -> Callable[[bytes], None]:
    """Cut what comes in pieces into lines, and take the record from each."""
    rest = b""

    def write(piece: bytes) -> None:
        nonlocal rest
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            add(json.loads(line))

    return write


class _Ranking:
    """The best or the worst pages; of equals the first, and none whose quality is unknown."""

    def __init__(self, size: int, best: bool) -> None:
        self._size, self._sign = size, 1 if best else -1
        self._heap: list[tuple[float, int, dict[str, Any]]] = []
        self._seen = 0

    def add(self, record: dict[str, Any]) -> None:
        self._seen += 1
        if record["quality"] is None:
            return
        entry = (self._sign * record["quality"], -self._seen, record)
        if len(self._heap) < self._size:
            heapq.heappush(self._heap, entry)
        elif entry[:2] > self._heap[0][:2]:
            heapq.heapreplace(self._heap, entry)

    def records(self) -> list[dict[str, Any]]:
        return [record for _, _, record in sorted(self._heap, key=lambda entry: entry[:2], reverse=True)]
