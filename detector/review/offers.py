"""What can be learnt from the answers: commands of this program, and how to read what came of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

TRAINING: Final = ("--with-shipped",)
"""How the model is retrained."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What was gained, on pages that nothing was learnt from.

    Parameters
    ----------
    figure
        What is counted.
    before, after
        The figure without and with what was learnt.
    note
        The interval, or the like.
    """

    figure: str
    before: float
    after: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a command.

    Parameters
    ----------
    saved
        The file that was written, ``""`` where none was.
    reason
        Why it was not.
    gains
        Figures before and after.
    """

    saved: str = ""
    reason: str = ""
    gains: tuple[Gain, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A command that can be run.

    Parameters
    ----------
    title
        What its button says.
    purpose
        What it does, a sentence or two.
    command
        Given the labelled-page file and the site that is looked at, the words after ``detector``.
    read
        Makes a result of the JSON that the command writes to standard output.
    needs_site
        Whether it is of a site that must have a name.
    """

    title: str
    purpose: str
    command: Callable[[Path, str], list[str]]
    read: Callable[[Mapping[str, Any]], Result]
    needs_site: bool = False

    def result(self, output: str) -> Result | None:
        """Read what a command has written; None where it is nothing that can be read."""
        try:
            return self.read(json.loads(output))
        except (ValueError, KeyError, TypeError, IndexError, AttributeError):
            return None


def offers(model: str | None) -> dict[str, Offer]:
    """Give the commands.

    Parameters
    ----------
    model
        The model that the pages were scored with, None for the one that ships.
    """
    chosen = [] if model is None else ["--model", model]

    def adapt(labels: Path, site: str) -> list[str]:
        output = _beside(labels, ".profiles")
        return ["adapt", "--site", site, "--labels", str(labels), "-o", output, "--json", *chosen]

    def train(labels: Path, site: str) -> list[str]:
        output = _beside(labels, ".detector")
        return ["train", str(labels), *TRAINING, "-o", output, "--json", *chosen]

    return {
        "adapt": Offer(
            "Adapt to this site",
            "Makes a small profile of the site beside the model, in seconds. Each labelled page is judged by a profile "
            "of the others; the profile is saved only where that leaves fewer words wrong.",
            adapt,
            _read_adapt,
            needs_site=True,
        ),
        "train": Offer(
            "Retrain the model",
            "Trains a model on the answers beside the pages that ship with the package, in minutes. It is measured on "
            "sites and pages held out, and not saved where the shipped pages are judged worse by more than a margin.",
            train,
            _read_train,
        ),
    }


def _beside(labels: Path, suffix: str) -> str:
    name = labels.name.removesuffix(".jsonl").removesuffix(".labels")
    return str(labels.with_name(name + suffix))


def _read_adapt(record: Mapping[str, Any]) -> Result:
    [site] = record["sites"]
    gains: tuple[Gain, ...] = ()
    if gain := site["gain"]:
        left, low, high = gain["errors_left"]
        note = f"{left:.2f} of the errors are left [{low:.2f}, {high:.2f}], of {gain['words']:,} words"
        figure = f"words wrong on {gain['pages']:,} pages held out"
        gains = (Gain(figure, gain["words_wrong_before"], gain["words_wrong_after"], note),)
    return Result(str(record["profiles"]) if site["saved"] else "", str(site["reason"]), gains)


def _read_train(record: Mapping[str, Any]) -> Result:
    compared = record["compared"]
    gains = tuple(
        Gain(f"F1 of noise lines, {whose}", entry["a"], entry["b"], _difference(entry["difference"]))
        for part, whose in (("own", "your pages held out"), ("base", "shipped pages held out"))
        for entry in [compared[part]["figures"]["noise_line_f1"]]
    )
    reason = "" if record["saved"] else f"on the shipped pages it falls by more than {record['margin']:g}"
    return Result(str(record["model"]) if record["saved"] else "", reason, gains)


def _difference(interval: Sequence[float]) -> str:
    value, low, high = interval
    return f"{value:+.3f} [{low:+.3f}, {high:+.3f}]"
