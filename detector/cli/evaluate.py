"""``detector evaluate``: how good a model is on labelled pages, or which of two is better."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from detector.cli import printable

if TYPE_CHECKING:
    from detector.cleaner import Cleaner
    from detector.evaluate import PageResult
    from detector.labels import LabelledPage

_SHIPPED: Final = Path("default")
_WIDTH: Final = 48


def evaluate(
    labels: Annotated[
        list[Path], typer.Argument(metavar="LABELS", help="Labelled-page files (JSONL), or folders of them.")
    ],
    model: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The model, by default the one that ships with the package.")
    ] = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(metavar="A B", help="Put two models side by side; default is the one that ships."),
    ] = None,
    sites: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What sites repeat, from `detector sites learn`; for both models."),
    ] = None,
    profiles: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Profiles of sites, of the model or, with --compare, of the second one."),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            min=0, max=1, metavar="PROBABILITY", help="As for detector clean; by default chosen for each page."
        ),
    ] = None,
    text_only: Annotated[
        bool,
        typer.Option("--text", help="Judge pages of HTML by their text alone, as if their structure were unknown."),
    ] = False,
    rounds: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help="Bootstrap rounds for the 95 % intervals; sites are drawn, of one site pages."
        ),
    ] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="All figures as JSON.")] = False,
) -> None:
    """Measure a model on labelled pages: per line, character and page, by kind and language.

    The pages must be of sites that the model was not trained on, or the figures flatter it.

    For example:

        detector evaluate pages.jsonl --model own.detector

        detector evaluate labels.jsonl --compare default own.detector

        detector evaluate labels.jsonl --sites crawl.sites --profiles own.profiles
    """
    from detector.cleaner import Cleaner
    from detector.compare import compare as side_by_side
    from detector.errors import InputError
    from detector.evaluate import Report
    from detector.labels import read_labelled

    if compare is not None and model is not None:
        raise InputError("--compare names both models; leave --model out")
    pages = list(read_labelled(labels))
    if not pages:
        raise InputError(f"{labels[0]}: holds no labelled page")
    names = (model,) if compare is None else compare
    memory = None
    if sites is not None:
        from detector.memory.sites import SiteMemory

        memory = SiteMemory.load(sites)
    judged = []
    for index, name in enumerate(names):
        own = profiles if index == len(names) - 1 else None
        path = None if name == _SHIPPED else name
        cleaner = Cleaner.load(path, threshold=threshold, memory=memory, profiles=own)
        judged.append(_judge(cleaner, pages, text_only))
    figures = Report(judged[0], rounds).figures() if compare is None else side_by_side(judged[0], judged[1], rounds)
    if as_json:
        typer.echo(json.dumps(figures, indent=1, ensure_ascii=False))
    elif compare is None:
        _print(figures)
    else:
        _print_comparison(figures, (str(compare[0]), str(compare[1])))


def _judge(cleaner: Cleaner, pages: list[LabelledPage], text_only: bool) -> list[PageResult]:
    from detector.evaluate import judge
    from detector.training.crossval import as_pages

    clean = cleaner.clean_many(as_pages(pages, text_only))
    return [judge(page, result) for page, result in zip(pages, clean, strict=True)]


def _print(figures: dict[str, Any]) -> None:
    typer.echo(
        f"{figures['pages']} pages of {figures['sites']} sites, {figures['lines']} lines, "
        f"{figures['noise_lines']} of them noise\n"
    )
    from detector.evaluate import FIGURES

    for key, name in FIGURES.items():
        if key in figures:
            value, low, high = figures[key]
            typer.echo(f"{name:<{_WIDTH}}{value:8.4f}  [{low:.4f}, {high:.4f}]")
    typer.echo(f"{'kind of noise, macro F1':<{_WIDTH}}{figures['kind_macro_f1']:8.4f}\n")
    typer.echo(f"{'kind':<16}{'lines':>7}{'removed':>9}{'kind F1':>9}")
    for kind, entry in figures["kinds"].items():
        typer.echo(f"{kind:<16}{entry['lines']:>7}{entry['removed']:>9.3f}{entry['kind_f1']:>9.3f}")
    for group, title in (("by_language", "language"), ("by_page_type", "page type")):
        if not figures[group]:
            continue
        typer.echo(f"\n{title:<16}{'pages':>7}{'noise F1':>10}{'kept':>8}{'word F1':>9}{'harmed':>8}")
        for name, entry in figures[group].items():
            typer.echo(
                f"{printable(name):<16}{entry['pages']:>7}{entry['noise_line_f1']:>10.3f}{entry['article_char_recall']:>8.3f}"
                f"{entry['page_word_f1']:>9.3f}{entry['pages_harmed']:>8.3f}"
            )


def _print_comparison(figures: dict[str, Any], names: tuple[str, str]) -> None:
    from detector.evaluate import FIGURES

    typer.echo(f"{figures['pages']} pages of {figures['sites']} sites; A is {names[0]}, B is {names[1]}\n")
    typer.echo(f"{'':<{_WIDTH}}{'A':>8}{'B':>9}   B - A, 95 % interval ({figures['drawn']} drawn)")
    for key, entry in figures["figures"].items():
        _print_difference(FIGURES.get(key, "kind of noise, macro F1"), entry)
    typer.echo("\nnoise removed, by kind")
    for kind, entry in figures["kinds"].items():
        _print_difference(f"{kind} ({entry['lines']:,} lines)", entry["removed"])
    by_page = figures["by_page"]
    typer.echo(f"\nby word F1, B is better on {by_page['better']:,} pages and worse on {by_page['worse']:,}")
    for key, title in (("lost_most", "lost most"), ("gained_most", "gained most")):
        for page in by_page[key]:
            typer.echo(f"{title:<14}{page['a']:.3f} to {page['b']:.3f}  {printable(page['id'])}")


def _print_difference(name: str, entry: dict[str, Any]) -> None:
    value, low, high = entry["difference"]
    typer.echo(f"{name:<{_WIDTH}}{entry['a']:8.4f} {entry['b']:8.4f}  {value:+.4f} [{low:+.4f}, {high:+.4f}]")
