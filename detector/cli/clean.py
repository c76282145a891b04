"""``detector clean``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Final, cast

import typer

from detector.cli.load import load, probability
from detector.cli.options import ProfilesOption, SiteOption, SitesOption
from detector.cli.pages import clean_pages
from detector.corpus.names import Kind, is_glob, is_remote, kind_of, stdin_kind
from detector.errors import InputError, OutputError
from detector.labels import KINDS
from detector.page import FORMATS as INPUT_FORMATS
from detector.page import Format
from detector.read import STDIN
from detector.render import FORMATS, Renderer

_FORMATS: Final = (*FORMATS, "jsonl")
_FIELDS: Final = "By default found by its name."


def clean(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help="Pages or corpora: files, folders, patterns, URLs, or - for standard input. "
            ".txt, .md, .text and .html are a page each; .jsonl (also .gz, .zst, .xz, .bz2), .parquet, .warc and .wet "
            "hold many.",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="Where to: a file, or a folder for many; .jsonl or .parquet for a corpus in one file. "
            "Standard output by default.",
        ),
    ] = None,
    threshold: Annotated[
        str | None,
        typer.Option(
            metavar="PROBABILITY",
            help="Remove lines with a probability of noise from this on, 0 to 1. By default chosen for each page.",
        ),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help=f"Leave this kind of noise in; may be repeated. Kinds: {', '.join(KINDS)}; "
            "and headline, the line that says the page's title.",
        ),
    ] = None,
    mode: Annotated[
        str, typer.Option(metavar="filter|trim", help="trim removes only what stands above and below the article.")
    ] = "filter",
    removed: Annotated[str | None, typer.Option(metavar="FILE", help="Also write the removed lines, as JSONL.")] = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="text|markdown|html|jsonl",
            help="Of pages one by one: text, Markdown, the page's own HTML reduced to what is kept, or jsonl: a "
            "record a page, with the verdict on each line.",
        ),
    ] = None,
    links: Annotated[bool, typer.Option("--links", help="Leave links in Markdown.")] = False,
    input_format: Annotated[
        str, typer.Option(metavar="auto|text|html", help="What pages are; auto goes by a file's name and content.")
    ] = "auto",
    model: Annotated[
        str | None, typer.Option(metavar="FILE", help="The model, by default the one that ships with the package.")
    ] = None,
    sites: SitesOption = None,
    learn_sites: Annotated[
        bool, typer.Option("--learn-sites", help="Of a corpus: first learn from it what its sites repeat.")
    ] = False,
    site: SiteOption = None,
    profiles: ProfilesOption = None,
    workers: Annotated[
        str | None, typer.Option(metavar="N", help="Of a corpus: processes, by default one for each core.")
    ] = None,
    attributes: Annotated[
        str | None,
        typer.Option(metavar="PATH", help="Also write Dolma attributes: a folder, or one .jsonl file."),
    ] = None,
    summary: Annotated[str | None, typer.Option(metavar="FILE", help="Write what was done, as JSON.")] = None,
    errors: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Where pages that fail are named; by default beside the output."),
    ] = None,
    max_errors: Annotated[
        str | None, typer.Option(metavar="N", help="Stop when more pages than this have failed, by default 1000.")
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Drop what an interrupted run has left instead of going on.")
    ] = False,
    columns: Annotated[
        bool, typer.Option("--columns", help="Add counts of lines, the removed share, a score and the threshold.")
    ] = False,
    score: Annotated[
        bool, typer.Option("--score", help="Add the quality of each page and its parts, as detector score does.")
    ] = False,
    min_quality: Annotated[
        str | None,
        typer.Option(metavar="QUALITY", help="Leave out pages of a lower quality, 0 to 1; the unknown stay."),
    ] = None,
    quality_model: Annotated[
        str | None, typer.Option(metavar="FILE", help="The quality model, by default the one that ships.")
    ] = None,
    clean_field: Annotated[
        str | None, typer.Option(metavar="NAME", help="Put the clean text here, beside the old one.")
    ] = None,
    text_field: Annotated[str | None, typer.Option(metavar="NAME", help=f"The field of the text. {_FIELDS}")] = None,
    html_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of HTML to render.")] = None,
    id_field: Annotated[str | None, typer.Option(metavar="NAME", help=f"The field of the id. {_FIELDS}")] = None,
    url_field: Annotated[str | None, typer.Option(metavar="NAME", help=f"The field of the URL. {_FIELDS}")] = None,
    site_field: Annotated[
        str | None, typer.Option(metavar="NAME", help="The field of the site. By default that of the URL's host.")
    ] = None,
    max_page_mb: Annotated[
        str | None,
        typer.Option(metavar="MB", help="Leave out pages of more million characters, by default 6: memory is bounded."),
    ] = None,
    shard_mb: Annotated[
        str | None,
        typer.Option(metavar="MB", help="Work is dealt out, and kept, in shards of this size; by default 8."),
    ] = None,
) -> None:
    """Remove the noise from pages; what stays is not changed by a character.

    A corpus is cleaned by all cores; after an interruption the same command goes on where it stopped.

    For example:

        detector clean page.txt > clean.txt

        detector clean pages/ -o clean/ --removed removed.jsonl

        detector clean crawl.jsonl -o clean.jsonl --workers 2

        detector clean 'crawl/*.jsonl.gz' -o clean-crawl/ --columns
    """
    paths = _checked_paths(paths)
    if format_ not in (*_FORMATS, None):
        raise InputError(f"unknown format {format_!r}; the formats are {', '.join(_FORMATS)}")
    if input_format not in INPUT_FORMATS:
        raise InputError(f"unknown input format {input_format!r}; they are {', '.join(INPUT_FORMATS)}")
    _check_outputs(output, removed, attributes, summary, errors)
    probability("--threshold", threshold)
    if site == "":
        raise InputError("the name of a site must not be empty")
    if sites is not None and learn_sites:
        raise InputError("--sites brings what sites repeat, --learn-sites learns it: leave one of them out")
    output = None if output == STDIN else output
    asked = {
        "--learn-sites": learn_sites,
        "--attributes": attributes,
        "--summary": summary,
        "--errors": errors,
        "--max-errors": max_errors,
        "--restart": restart,
        "--columns": columns,
        "--score": score,
        "--min-quality": min_quality,
        "--quality-model": quality_model,
        "--clean-field": clean_field,
        "--text-field": text_field,
        "--html-field": html_field,
        "--id-field": id_field,
        "--url-field": url_field,
        "--site-field": site_field,
        "--max-page-mb": max_page_mb,
        "--shard-mb": shard_mb,
    }
    wanted = [name for name, value in asked.items() if value]
    if format_ is not None:
        _check_format(format_, paths, [*wanted, *(["--workers"] if workers else [])])
    stdin = stdin_kind(paths) if format_ is None else Kind("")
    if format_ is None and (wanted or stdin.format or _is_corpus(paths, output, workers is not None)):
        if input_format != "auto":
            raise InputError(
                "--input-format is for pages one by one: in a corpus, --html-field or --text-field says what pages are"
            )
        from detector.cli.corpus import Request, Scoring, clean_as_corpus
        from detector.corpus.options import Fields

        fields = Fields(text_field, html_field, id_field, url_field, site_field)
        files = (output, removed, attributes, summary, errors)
        limits = (workers, max_errors, max_page_mb, shard_mb)
        request = Request(
            paths,
            *files,
            *limits,
            restart,
            stdin,
            model,
            threshold,
            keep or [],
            mode,
            fields,
            clean_field,
            columns,
            sites,
            learn_sites,
            site,
            Scoring(score, False, min_quality, quality_model),
            profiles,
        )
        clean_as_corpus(request)
    else:
        cleaner = load(model, threshold, keep or [], mode, sites, profiles)
        renderer = None if format_ == "jsonl" else Renderer(format_ or "text", links)
        clean_pages(
            paths, output, removed, cleaner, renderer, cast(Format, input_format), site, (model, sites, profiles)
        )


def _checked_paths(paths: list[str] | None) -> list[str]:
    if not paths:
        if sys.stdin is None or sys.stdin.isatty():
            raise InputError("nothing to clean: name files or folders, or pipe a page in")
        return [STDIN]
    if paths.count(STDIN) > 1:
        raise InputError("standard input can be named only once")
    return paths


def _check_outputs(output: str | None, *reports: str | None) -> None:
    if "" in (output, *reports):
        raise OutputError("the name of an output is empty")
    if STDIN in reports:
        raise OutputError("standard output is for the pages alone: name a file for what is reported")


def _check_format(format_: str, paths: Sequence[str], asked: Sequence[str]) -> None:
    if asked:
        raise InputError(f"{asked[0]} is for corpora, --format for pages one by one: leave one of them out")
    for path in paths:
        kind = kind_of(path)
        if kind.is_corpus and kind != Kind("jsonl"):
            raise InputError(f"{path}: --format {format_} is for pages one by one; name the output .jsonl or .parquet")


def _is_corpus(paths: Sequence[str], output: str | None, many_workers: bool) -> bool:
    """Tell whether what is asked for is more than a few pages into texts."""
    if output is not None and kind_of(output).format in ("jsonl", "parquet") and not os.path.isdir(output):
        return True
    if many_workers and output is not None and any(os.path.isdir(path) for path in paths):
        return True
    return any(
        kind_of(path).is_corpus
        or is_remote(path)
        or is_glob(path)
        or (path != STDIN and os.path.isdir(path) and _holds_corpora(path))
        for path in paths
    )


def _holds_corpora(folder: str) -> bool:
    """Tell whether a folder is to be read as a corpus: it has more in it than texts."""
    for _, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        if any(kind_of(name).is_corpus and not name.startswith(".") for name in names):
            return True
    return False
