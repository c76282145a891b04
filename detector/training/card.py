"""What a model says of itself: the facts in its manifest and the card beside it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy
import sklearn

from detector.classifier import LineClassifier
from detector.training.recipe import Corpus


def model_info(sources: Sequence[Corpus], classifier: LineClassifier) -> dict[str, Any]:
    """Facts of a trained model for its manifest."""
    settings = {name: value for name, value in classifier.get_params().items() if name not in ("phrases", "n_jobs")}
    return {
        "data": [source.summary() for source in sources],
        "settings": settings,
        "figures": classifier.figures_,
        "trained_with": {
            "python": ".".join(map(str, sys.version_info[:2])),
            "numpy": numpy.__version__,
            "scikit-learn": sklearn.__version__,
        },
    }


def model_card(info: dict[str, Any]) -> str:
    """A model card in Markdown."""
    rows = [
        f"| {source['name']} | {source['pages']} | {source['sites']} | {source['lines']} | {source['licence']} |"
        for source in info["data"]
    ]
    figures = [f"| {name} | {value} |" for name, value in info["figures"].items()]
    return "\n".join(
        [
            "# Model card: default.detector",
            "",
            "Separates the genuine article from injected noise, line by line, in plain text and in HTML.  Made by",
            "`python train.py --corpora PATH`; `detector model info` prints the same facts.",
            "",
            "## Data",
            "",
            "| corpus | pages | sites | lines | licence |",
            "|---|---|---|---|---|",
            *rows,
            "",
            "WCXB is used under CC-BY-4.0 (Murrough Foley, *WCXB: Web Content Extraction Benchmark*); its",
            "gold text was aligned to lines.  The model holds weights of hashed n-grams, no text.",
            "",
            "## Figures",
            "",
            "Of lines out of fold, by site, as training saw them; `benchmarks/folds.py` measures whole",
            "pages with everything learnt anew in each fold (see `docs/experiments.md`).",
            "",
            "| figure | value |",
            "|---|---|",
            *figures,
            "",
            "## The quality model",
            "",
            "`default.quality` is learnt from the verdicts out of fold of the same pages, and counts word sequences",
            "of their gold text; see `docs/quality.md`.",
            "",
            "## Limits",
            "",
            "- Mostly English; a quarter of the reposts and two fifths of the authored pages are in other",
            "  languages, none in more than a few hundred pages.",
            "- Long captions without a credit and promotions that continue the topic are the noise it",
            "  misses most; lists of short lines and tables are the article text it loses most.",
            "- Page types other than articles (shops, forums, listings) are judged much less well.",
            "",
            "Trained with " + ", ".join(f"{name} {version}" for name, version in info["trained_with"].items()) + ".",
            "",
        ]
    )
