"""``detector train``: a model of one's own pages."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from detector.cli import FAILED, messages

if TYPE_CHECKING:
    from detector.classifier import LineClassifier
    from detector.training.retrain import Retrained


def train(
    labels: Annotated[
        list[Path], typer.Argument(metavar="LABELS", help="Labelled-page files (JSONL), or folders of them.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Model file to write.")],
    with_shipped: Annotated[
        bool,
        typer.Option(
            "--with-shipped/--alone",
            help="Train on the labelled pages that ship with the package, too, and measure what that does; "
            "by default the pages alone.",
        ),
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Instead of what ships: a folder with labelled/ and phrases/."),
    ] = None,
    corpora: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="With what ships, also wcxb, reposts and trafilatura-eval in here."),
    ] = None,
    own_weight: Annotated[
        float,
        typer.Option(min=0.01, max=1000, metavar="FACTOR", help="With what ships: how much more an own page counts."),
    ] = 4.0,
    margin: Annotated[
        float,
        typer.Option(min=0, max=1, metavar="F1", help="How much F1 of words and of noise lines the base may lose."),
    ] = 0.01,
    allow_regression: Annotated[
        bool, typer.Option("--allow-regression", help="Save the model even when the base loses more.")
    ] = False,
    measure_folds: Annotated[
        int, typer.Option(min=2, metavar="N", help="With what ships: trainings with pages held out, for the figures.")
    ] = 3,
    model: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With what ships: the model in use, to compare with.")
    ] = None,
    phrases: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Folder of phrase inventories (data/phrases) for injected noise."),
    ] = None,
    folds: Annotated[int, typer.Option(min=2, metavar="N", help="Folds by site for stacking.")] = 5,
    networks: Annotated[int, typer.Option(min=1, metavar="N", help="Perceptrons in the ensemble.")] = 3,
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed and data give the same model.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="What came of it as JSON, on standard output.")] = False,
) -> None:
    """Train a model on labelled pages, alone or beside those that ship with the package.

    With --with-shipped, figures before and after are told, of held-out pages of the shipped set and of one's own; when
    the shipped set loses more than --margin, nothing is saved and the exit code is 2.

    For example:

        detector train pages.jsonl -o own.detector

        detector train labels.jsonl --with-shipped -o own.detector
    """
    from detector.files import refuse_input
    from detector.labels import labelled_files, read_labelled

    refuse_input(labelled_files(labels), output)
    own = list(read_labelled(labels))  # what cannot be read is told at once: the libraries of training take seconds

    from detector.classifier import LineClassifier
    from detector.model_file import load, save
    from detector.training.card import model_info
    from detector.training.recipe import Corpus, data_folder, load_corpora
    from detector.training.retrain import retrain

    started = time.monotonic()

    def progress(message: str) -> None:
        typer.echo(f"[{time.monotonic() - started:6.1f} s] {message}", err=True)

    settings: dict[str, Any] = {"n_folds": folds, "n_networks": networks, "seed": seed}
    outcome: Retrained | None = None
    fitted: LineClassifier | None
    if with_shipped or data is not None or corpora is not None:
        home = data_folder() if data is None else data
        outcome = retrain(
            own,
            load_corpora(home, corpora, progress),
            LineClassifier(phrases=phrases or home / "phrases", **settings),
            load(model).model,
            own_weight=own_weight,
            margin=margin,
            allow_regression=allow_regression,
            n_folds=measure_folds,
            progress=progress,
        )
        sources, fitted = outcome.sources, outcome.classifier
        _tell(outcome, margin)
    else:
        sources = [Corpus("own", "as the pages'", own)]
        fitted = LineClassifier(phrases=phrases, **settings).fit(own, progress=progress)
    if fitted is not None:
        info = model_info(sources, fitted)
        save(output, fitted.model_, info if outcome is None else {**info, "retrained": outcome.compared.summary()})
        for name, value in fitted.figures_.items():
            typer.echo(f"{name}: {value}", err=True)
        progress(f"wrote {output}")
    if as_json:
        record = {
            "model": str(output),
            "saved": fitted is not None,
            "pages": len(own),
            "figures": None if fitted is None else fitted.figures_,
            "margin": margin,
            "falls": [] if outcome is None else outcome.falls,
            "warnings": [] if outcome is None else outcome.warnings,
            "compared": None if outcome is None else outcome.compared.as_json(),
        }
        typer.echo(json.dumps(record, indent=1, ensure_ascii=False))
    if fitted is None:
        raise typer.Exit(FAILED)


def _tell(outcome: Retrained, margin: float) -> None:
    """Say what retraining does, on standard error."""
    from detector.evaluate import FIGURES

    held = outcome.compared.held_out
    for title, part in (
        ("base set, sites held out: trained on it alone, with the own pages", outcome.compared.base),
        (f"own pages, {held} held out: trained on the base alone, with own pages", outcome.compared.own),
        (f"own pages, {held} held out: the model in use, the retrained one", outcome.compared.current),
    ):
        if part is None:
            continue
        messages.say(f"{title} ({part['pages']:,} pages)")
        for name in ("page_word_f1", "noise_line_f1", "article_char_recall"):
            entry = part["figures"][name]
            value, low, high = entry["difference"]
            change = f"{entry['a']:.4f} to {entry['b']:.4f}, {value:+.4f} [{low:+.4f}, {high:+.4f}]"
            messages.say(f"  {FIGURES[name]}: {change}")
    for warning in outcome.warnings:
        messages.say(f"detector: warning: {warning}")
    if outcome.falls:
        names = " and ".join(FIGURES[name] for name in outcome.falls)
        verdict = "saved all the same" if outcome.classifier else "not saved (--allow-regression saves it)"
        messages.say(f"detector: on the base set {names} falls by more than {margin:g}: {verdict}")
