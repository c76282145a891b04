"""``detector diff``."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, NamedTuple

import typer

from detector.cli import messages, open_output, printable
from detector.cli.load import load
from detector.cli.options import SiteOption
from detector.cli.report import Failures, checked_paths
from detector.corpus.names import stdin_kind
from detector.corpus.options import Fields
from detector.errors import InputError

if TYPE_CHECKING:
    from detector.cleaner import Cleaner

_SHIPPED: Final = "default"
_SUFFIX: Final = ".detector"
_NARROWEST: Final = 20
_PAGE_WIDTH: Final = 24
_KINDS_WIDTH: Final = 28


class _Setting(NamedTuple):
    """One side: a model, and how it is used."""

    model: str
    threshold: float | None
    sites: str | None
    profiles: str | None

    def load(self) -> Cleaner:
        model = None if _is_word(self.model) else self.model
        return load(model, self.threshold, sites=self.sites, profiles=self.profiles)


def diff(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[A.detector [B.detector]] PATH",
            help="Models, then the pages: files, folders or corpora as for detector clean. The word default is the "
            "model that ships; one model, or none, is compared with itself by two settings.",
            show_default=False,
        ),
    ] = None,
    threshold_a: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, metavar="PROBABILITY", help="Threshold of the first; by default chosen for each page."
        ),
    ] = None,
    threshold_b: Annotated[
        float | None, typer.Option(min=0, max=1, metavar="PROBABILITY", help="Threshold of the second.")
    ] = None,
    sites_a: Annotated[
        str | None, typer.Option(metavar="FILE", help="What sites repeat, for the first: from `detector sites learn`.")
    ] = None,
    sites_b: Annotated[str | None, typer.Option(metavar="FILE", help="The same for the second.")] = None,
    profiles_a: Annotated[
        str | None, typer.Option(metavar="FILE", help="Profiles for the first, as detector adapt makes them.")
    ] = None,
    profiles_b: Annotated[str | None, typer.Option(metavar="FILE", help="Profiles for the second.")] = None,
    site: SiteOption = None,
    top: Annotated[int, typer.Option(min=1, metavar="N", help="How many groups of lines to list.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    text_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of the text.")] = None,
    html_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of HTML to render.")] = None,
    id_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of the id.")] = None,
    url_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of the URL.")] = None,
    site_field: Annotated[str | None, typer.Option(metavar="NAME", help="The field of the site.")] = None,
) -> None:
    """List the lines that change their verdict from one model or setting to another, most frequent first.

    Lines are grouped by their normal form: lower case, each number 0, no punctuation.

    For example:

        detector diff default own.detector crawl.jsonl

        detector diff --threshold-a 0.5 --threshold-b 0.7 pages/ --json
    """
    models, inputs = _split(paths or [])
    inputs = checked_paths(inputs)
    a = _Setting(models[0], threshold_a, sites_a, profiles_a)
    b = _Setting(models[1], threshold_b, sites_b, profiles_b)
    before, after = _cleaners(a, b)
    from detector.corpus.batch import with_site
    from detector.report.diff import Diff, both
    from detector.report.inputs import read_batches

    found, failures = Diff(), Failures()
    clean = both(before, after)
    fields = Fields(text_field, html_field, id_field, url_field, site_field)
    for pages in read_batches(inputs, fields, failures, stdin=stdin_kind(inputs)):
        for pair in clean([with_site(page, site) for page in pages], failures):
            found.add(*pair)
        messages.progress(f"{found.pages:,} pages, {found.pages_changed:,} changed")
    messages.clear()
    if found.pages or not failures.count:
        record = {"a": a._asdict(), "b": b._asdict(), **found.as_json(top)}
        with open_output(None) as stream:
            if as_json:
                # All of it in ASCII: whatever the pages hold, this can be read anywhere.
                stream.write(json.dumps(record, indent=1).encode() + b"\n")
            else:
                stream.write("".join(f"{row}\n" for row in _rows(record, len(found.groups))).encode("utf-8", "replace"))
    failures.finish(found.pages)


def _split(paths: Sequence[str]) -> tuple[list[str], list[str]]:
    """Tell the models, which stand first, from the inputs."""
    n = 0
    while n < min(len(paths), 2) and (paths[n].endswith(_SUFFIX) or _is_word(paths[n])):
        n += 1
    models = list(paths[:n]) or [_SHIPPED]
    return (models * 2)[:2], list(paths[n:])


def _is_word(path: str) -> bool:
    return path == _SHIPPED and not os.path.exists(path)


def _cleaners(a: _Setting, b: _Setting) -> tuple[Cleaner, Cleaner]:
    from detector.cleaner import Cleaner

    if a == b:
        raise InputError(
            "nothing to compare: name two models, or give --threshold-a, --threshold-b, --sites-b or --profiles-b"
        )
    before = a.load()
    if a._replace(threshold=b.threshold) == b:
        return before, Cleaner(before.model, threshold=b.threshold, memory=before.memory, profiles=before.profiles)
    return before, b.load()


def _rows(record: dict[str, Any], n_groups: int) -> Iterator[str]:
    groups = record["groups"]
    kept, removed = record["now_kept"], record["now_removed"]
    yield (
        f"{record['pages']:,} pages, {record['pages_changed']:,} changed; of {record['lines']:,} lines "
        f"{kept['lines']:,} now kept ({kept['chars']:,} characters), "
        f"{removed['lines']:,} now removed ({removed['chars']:,} characters)"
    )
    if not groups:
        return
    yield ""
    columns = shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else 160
    head = f"{'times':>7}  {'change':<11}  {'taken for':<{_KINDS_WIDTH}}  {'such as in':<{_PAGE_WIDTH}}  "
    width = max(columns - len(head), _NARROWEST)
    yield f"{head}line"
    for group in groups:
        kinds = ", ".join(_change(one) for one in group["kinds"][:1])
        if len(group["kinds"]) > 1:
            kinds += ", …"
        page = printable(group["page"])
        page = page if len(page) <= _PAGE_WIDTH else f"…{page[1 - _PAGE_WIDTH :]}"
        text = printable(group["text"])
        text = text if len(text) <= width else f"{text[: width - 1]}…"
        yield (
            f"{group['count']:>7,}  {group['direction']:<11}  {kinds:<{_KINDS_WIDTH}}  {page:<{_PAGE_WIDTH}}  {text}"
        )
    if n_groups > len(groups):
        yield f"and {n_groups - len(groups):,} more groups; --top lists more"
    if record["count_may_miss"]:
        yield f"a count may be too low by up to {record['count_may_miss']:,}"


def _change(kinds: dict[str, Any]) -> str:
    return str(kinds["a"]) if kinds["a"] == kinds["b"] else f"{kinds['a']} > {kinds['b']}"
