"""``detector profiles``: what profiles of sites hold, and several files made one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detector.cli import messages, open_output, printable

profiles = typer.Typer(
    help="Show and merge profiles of sites.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@profiles.callback()
def _profiles() -> None:
    """Show and merge profiles of sites, as detector adapt makes them."""


@profiles.command()
def show(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The profiles.")],
    site: Annotated[str | None, typer.Argument(metavar="SITE", help="The lines that are known of this site.")] = None,
) -> None:
    """List the sites of a file, or the lines that are known of one of them.

    Example: detector profiles show own.profiles example.org
    """
    from detector.adapt.file import load_profiles
    from detector.errors import InputError
    from detector.labels import KINDS

    found = load_profiles(path)
    if site is not None and site not in found:
        raise InputError(f"{path}: has no profile of {site!r}; it has {', '.join(sorted(found)) or 'none'}")
    rows = []
    if site is None:
        rows.append("pages\tlines\terrors left\tbase\tsite")
        for name, profile in found.items():
            left = profile.info.get("gain", {}).get("errors_left", ["?"])[0]
            known = len(profile.lines)
            rows.append(f"{profile.info.get('pages', '?')}\t{known}\t{left}\t{profile.base}\t{printable(name)}")
    else:
        rows.append("noise\tarticle\tkind\tline")
        table = found[site].knowledge.words[0]
        counts = zip(table.noise.tolist(), table.article.tolist(), found[site].lines, strict=True)
        for noise, article, line in sorted(counts, key=lambda row: (row[1] - row[0], row[2].text)):
            kind = KINDS[line.kind] if line.kind >= 0 else "-"
            rows.append(f"{noise:g}\t{article:g}\t{kind}\t{printable(line.text)}")
    with open_output(None) as stream:
        stream.write(("\n".join(rows) + "\n").encode("utf-8", "backslashreplace"))


@profiles.command()
def merge(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of profiles.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where to.")],
) -> None:
    """Put the profiles of several files into one; in which order does not matter.

    Example: detector profiles merge a.profiles b.profiles -o all.profiles
    """
    from detector.adapt.file import load_profiles, merge_profiles, save_profiles

    merged = merge_profiles([(str(path), load_profiles(path)) for path in paths])
    save_profiles(output, merged)
    messages.say(f"merged {len(paths):,} files: {len(merged):,} sites")
