"""``detector adapt``: a profile of a site from a few labelled pages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from detector.cli import FAILED, SOME_FAILED, messages

if TYPE_CHECKING:
    from detector.adapt.site import Adapted
    from detector.labels import LabelledPage
    from detector.page import Page

_COMPLAINTS: Final = 20


def adapt(
    labels: Annotated[
        list[Path],
        typer.Option("--labels", metavar="FILE", help="Labelled pages (JSONL), or a folder of them; may be repeated."),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help="The profiles; those of other sites in it stay."),
    ],
    site: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The site. By default each site that the pages name."),
    ] = None,
    pages: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH", help="The pages as they are, by whose ids lines are labelled one by one; may be repeated."
        ),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The model, by default the one that ships with the package.")
    ] = None,
    sites: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What sites repeat, where pages are to be cleaned with it, too."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="What came of it as JSON, on standard output.")] = False,
) -> None:
    """Adapt to a site with 3 to 50 labelled pages: a small profile beside the model.

    Each page is judged by a profile made of the others; the profile is saved only when that leaves fewer
    words wrong. Exit code: 0 all saved, 1 some, 2 none.

    For example:

        detector adapt --site news.example --labels labels.jsonl -o own.profiles
    """
    from detector.adapt.file import check_base, load_profiles, save_profiles
    from detector.adapt.labels import gather_labels
    from detector.adapt.site import adapt_site
    from detector.cleaner import Cleaner
    from detector.model_file import fingerprint, load

    loaded = load(model)
    memory = None
    if sites is not None:
        from detector.memory.sites import SiteMemory

        memory = SiteMemory.load(sites)
    base, cleaner = fingerprint(loaded.manifest), Cleaner(loaded.model, memory=memory)
    saved = load_profiles(output) if output.exists() else {}
    check_base(output, {name: profile for name, profile in saved.items() if name != site}, base)
    found, complaints = gather_labels(labels, _pages(pages or []))
    _complain(complaints)
    by_site: dict[str, list[LabelledPage]] = {} if site is None else {site: []}
    others = 0
    for page in found:
        name = page.site if site is None else site
        if not name or (site is not None and page.site not in ("", site)):
            others += 1
        else:
            by_site.setdefault(name, []).append(page)
    if others:
        messages.say(
            f"detector: {others:,} labelled pages are of {'no site' if site is None else 'other sites'}: left out"
        )
    results: list[Adapted] = []
    for name, own in sorted(by_site.items()):
        result = adapt_site(name, own, cleaner, base, messages.say)
        results.append(result)
        _tell(result)
        if result.profile is not None:
            saved[name] = result.profile
            save_profiles(output, saved)
    n_saved = sum(result.profile is not None for result in results)
    if as_json:
        record = {
            "profiles": str(output),
            "base": base,
            "saved": n_saved,
            "complaints": len(complaints),
            "sites": [result.as_json() for result in results],
        }
        typer.echo(json.dumps(record, indent=1, ensure_ascii=False))
    if not results:
        messages.say("detector: error: no labelled page names a site; name it with --site")
    if n_saved < max(len(results), 1):
        raise typer.Exit(SOME_FAILED if n_saved else FAILED)


def _pages(paths: Sequence[str]) -> dict[str, Page] | None:
    """The pages by id."""
    if not paths:
        return None
    from detector.corpus.options import Fields
    from detector.report.inputs import read_batches

    def fail(where: str, reason: str) -> None:
        messages.say(f"detector: {where}: {reason}")

    return {page.id: page for batch in read_batches(paths, Fields(), fail) for page in batch}


def _complain(complaints: Sequence[str]) -> None:
    for complaint in complaints[:_COMPLAINTS]:
        messages.say(f"detector: {complaint}")
    if len(complaints) > _COMPLAINTS:
        messages.say(f"detector: {len(complaints) - _COMPLAINTS:,} more labels were left out")


def _tell(result: Adapted) -> None:
    """Say what came of a site."""
    if result.gain is not None:
        left, low, high = result.gain.errors_left
        messages.say(
            f"{result.site}: words wrong on pages held out: {sum(result.gain.before):,} before, "
            f"{sum(result.gain.after):,} after, {left:.2f} of them left [{low:.2f}, {high:.2f}]"
        )
    if result.profile is None:
        messages.say(f"detector: {result.site}: not saved: {result.reason}")
    else:
        messages.say(f"{result.site}: saved")
