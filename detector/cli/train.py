"""``detector train``: a model of one's own pages."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer


def train(
    labels: Annotated[list[Path], typer.Argument(help="Labelled-page files (JSONL), or folders of them.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Model file to write.")],
    phrases: Annotated[
        Path | None, typer.Option(help="Folder of phrase inventories (data/phrases) for injected noise.")
    ] = None,
    folds: Annotated[int, typer.Option(min=2, help="Folds by site for stacking.")] = 5,
    networks: Annotated[int, typer.Option(min=1, help="Perceptrons in the ensemble.")] = 3,
    seed: Annotated[int, typer.Option(help="The same seed and data give the same model.")] = 0,
) -> None:
    """Train a model on labelled pages.

    Example: detector train data/labelled -o own.detector
    """
    from detector.classifier import LineClassifier
    from detector.labels import read_labelled
    from detector.model_file import save
    from detector.training.card import model_info
    from detector.training.recipe import Corpus

    started = time.monotonic()

    def progress(message: str) -> None:
        typer.echo(f"[{time.monotonic() - started:6.1f} s] {message}", err=True)

    corpus = Corpus("own", "as the pages'", list(read_labelled(labels)))
    classifier = LineClassifier(phrases=phrases, n_folds=folds, n_networks=networks, seed=seed)
    classifier.fit(corpus.pages, progress=progress)
    save(output, classifier.model_, model_info([corpus], classifier))
    for name, value in classifier.figures_.items():
        typer.echo(f"{name}: {value}", err=True)
    progress(f"wrote {output}")
