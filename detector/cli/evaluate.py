"""``detector evaluate``: how good a model is on labelled pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer


def evaluate(
    labels: Annotated[list[Path], typer.Argument(help="Labelled-page files (JSONL), or folders of them.")],
    model: Annotated[Path | None, typer.Option(help="Model file; by default the one that ships.")] = None,
    threshold: Annotated[
        float | None, typer.Option(min=0, max=1, help="Fixed threshold; by default each page gets its own.")
    ] = None,
    text_only: Annotated[
        bool,
        typer.Option("--text", help="Judge pages of HTML by their text alone, as if their structure were unknown."),
    ] = False,
    rounds: Annotated[int, typer.Option(min=1, help="Bootstrap rounds for the 95 % intervals; sites are drawn.")] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="All figures as JSON.")] = False,
) -> None:
    """Measure a model on labelled pages: per line, character and page, by kind and language.

    The pages must be of sites that the model was not trained on, or the figures flatter it.

    Example: detector evaluate data/labelled
    """
    from detector.cleaner import Cleaner
    from detector.evaluate import evaluate as run
    from detector.labels import read_labelled
    from detector.training.crossval import as_pages

    cleaner = Cleaner.load(model, threshold=threshold)
    pages = list(read_labelled(labels))
    clean = cleaner.clean_many(as_pages(pages, text_only))
    figures = run(zip(pages, clean, strict=True), rounds).figures()
    if as_json:
        typer.echo(json.dumps(figures, indent=1, ensure_ascii=False))
    else:
        _print(figures)


def _print(figures: dict[str, Any]) -> None:
    typer.echo(
        f"{figures['pages']} pages of {figures['sites']} sites, {figures['lines']} lines, "
        f"{figures['noise_lines']} of them noise\n"
    )
    from detector.evaluate import FIGURES

    for key, name in FIGURES.items():
        if key in figures:
            value, low, high = figures[key]
            typer.echo(f"{name:<48}{value:8.4f}  [{low:.4f}, {high:.4f}]")
    typer.echo(f"{'kind of noise, macro F1':<48}{figures['kind_macro_f1']:8.4f}\n")
    typer.echo(f"{'kind':<16}{'lines':>7}{'removed':>9}{'kind F1':>9}")
    for kind, entry in figures["kinds"].items():
        typer.echo(f"{kind:<16}{entry['lines']:>7}{entry['removed']:>9.3f}{entry['kind_f1']:>9.3f}")
    for group, title in (("by_language", "language"), ("by_page_type", "page type")):
        if not figures[group]:
            continue
        typer.echo(f"\n{title:<16}{'pages':>7}{'noise F1':>10}{'kept':>8}{'word F1':>9}{'harmed':>8}")
        for name, entry in figures[group].items():
            typer.echo(
                f"{name:<16}{entry['pages']:>7}{entry['noise_line_f1']:>10.3f}{entry['article_char_recall']:>8.3f}"
                f"{entry['page_word_f1']:>9.3f}{entry['pages_harmed']:>8.3f}"
            )
