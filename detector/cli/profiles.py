"""``detector profiles``: what profiles of sites hold, and several files made one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from detector.cli import json_line, messages, open_output, printable

if TYPE_CHECKING:
    from detector.adapt.file import Profiles
    from detector.adapt.profile import Profile

_SITE_HEADS: Final = {
    "pages": "pages",
    "lines": "lines",
    "errors left": "errors_left",
    "base": "base",
    "site": "site",
}
_LINE_HEADS: Final = {"noise": "noise", "article": "article", "kind": "kind", "line": "text"}
"""Heads of columns, and what the records call them."""

profiles = typer.Typer(
    help="Show and merge profiles of sites.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@profiles.callback()
def _profiles() -> None:
    """Show and merge profiles of sites, as detector adapt makes them."""


@profiles.command(short_help="List the sites, or the lines known of one of them.")
def show(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The profiles.")],
    site: Annotated[str | None, typer.Argument(metavar="SITE", help="The lines that are known of this site.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, a line a record.")] = False,
) -> None:
    """List the sites of a file, or the lines that are known of one of them.

    For example:

        detector profiles show own.profiles

        detector profiles show own.profiles news.example --json
    """
    from detector.adapt.file import load_profiles
    from detector.errors import InputError

    found = load_profiles(path)
    if site is not None and site not in found:
        raise InputError(f"{path}: has no profile of {site!r}; it has {', '.join(sorted(found)) or 'none'}")
    rows = _sites(found) if site is None else _lines(found[site])
    with open_output(None) as stream:
        if as_json:
            for row in rows:
                stream.write(json_line(row))
            return
        heads = _SITE_HEADS if site is None else _LINE_HEADS
        stream.write(("\t".join(heads) + "\n").encode())
        for row in rows:
            cells = ("-" if row[name] is None else printable(f"{row[name]}") for name in heads.values())
            stream.write(("\t".join(cells) + "\n").encode("utf-8", "backslashreplace"))


def _sites(found: Profiles) -> Iterator[dict[str, Any]]:
    for name, profile in found.items():
        left = profile.info.get("gain", {}).get("errors_left", [None])[0]
        pages = profile.info.get("pages")
        yield {"site": name, "pages": pages, "lines": len(profile.lines), "errors_left": left, "base": profile.base}


def _count(pages: float) -> int | float:
    return int(pages) if pages.is_integer() else pages


def _lines(profile: Profile) -> Iterator[dict[str, Any]]:
    """Those that are noise on most pages first."""
    from detector.labels import KINDS

    table = profile.knowledge.words[0]
    counts = zip(table.noise.tolist(), table.article.tolist(), profile.lines, strict=True)
    for noise, article, line in sorted(counts, key=lambda row: (row[1] - row[0], row[2].text)):
        kind = KINDS[line.kind] if line.kind >= 0 else None
        yield {"noise": _count(noise), "article": _count(article), "kind": kind, "text": line.text}


@profiles.command(short_help="Put the profiles of several files into one.")
def merge(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE", help="Files of profiles.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to.")],
) -> None:
    """Put the profiles of several files into one; in which order does not matter.

    For example:

        detector profiles merge own.profiles own.profiles -o all.profiles
    """
    from detector.adapt.file import load_profiles, merge_profiles, save_profiles
    from detector.files import refuse_input

    refuse_input(paths, output)
    merged = merge_profiles([(str(path), load_profiles(path)) for path in paths])
    save_profiles(output, merged)
    messages.say(f"merged {len(paths):,} files: {len(merged):,} sites")
