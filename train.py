"""Train the model that ships.

    python train.py --corpora PATH    # data/ and the corpora in PATH: the shipped model
    python train.py                   # data/ alone: for trying things out

Writes ``models/default.detector``, then ``models/default.quality`` from its verdicts out of fold, and their card
``models/README.md``.  The same seed and data give the same models.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from detector.classifier import LineClassifier
from detector.errors import DetectorError
from detector.model_file import save
from detector.quality.file import save_quality
from detector.training.card import model_card, model_info
from detector.training.quality import fit_quality
from detector.training.recipe import load_corpora

HERE = Path(__file__).parent


def main(
    corpora: Annotated[Path | None, typer.Option(help="Folder with wcxb, reposts and trafilatura-eval.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Model file to write.")] = HERE
    / "models/default.detector",
    seed: int = 0,
) -> None:
    """Train the model that ships with the package."""
    started = time.monotonic()

    def progress(message: str) -> None:
        typer.echo(f"[{time.monotonic() - started:6.1f} s] {message}", err=True)

    try:
        sources = load_corpora(HERE / "data", corpora, progress)
        pages = [page for source in sources for page in source.pages]
        classifier = LineClassifier(phrases=HERE / "data" / "phrases", seed=seed).fit(pages, progress=progress)
        info = model_info(sources, classifier)
        save(output, classifier.model_, info)
        quality = fit_quality(classifier.verdicts_, progress)
        save_quality(output.with_suffix(".quality"), quality, {"data": info["data"], "made_with": info["trained_with"]})
        output.with_name("README.md").write_text(model_card(info), "utf-8")
    except DetectorError as error:
        typer.echo(f"train.py: error: {error}", err=True)
        raise typer.Exit(2) from None
    progress(f"wrote {output}")
    if corpora is None:
        typer.echo(
            "trained on data/ alone: expect to lose far more of the article than with the corpora "
            "(docs/experiments.md has the figures)",
            err=True,
        )


if __name__ == "__main__":
    typer.run(main)
