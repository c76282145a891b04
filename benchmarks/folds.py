"""Every figure of the text and the HTML model, measured on pages of sites that the judging model has not seen.

    python benchmarks/folds.py --corpora PATH            # five folds: the figures of the documents
    python benchmarks/folds.py --corpora PATH --only 0 --check   # one fold, against the pinned floors

In each fold everything is learnt anew: weights, phrases, calibration.  Scrapinghub's pages are never
trained on; each is judged by the model whose training set lacks its site.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from detector.classifier import LineClassifier
from detector.evaluate import (
    PageResult,
    article_char_recall,
    judge,
    kind_figures,
    line_calibration_error,
    macro_f1,
    noise_line_f1,
    page_shingle_f1,
    page_word_f1,
    pages_harmed,
    snippet_f1,
)
from detector.importers import import_scrapinghub
from detector.labels import LabelledPage
from detector.training.crossval import out_of_fold
from detector.training.dress import dress
from detector.training.recipe import load_corpora
from detector.training.verdicts import Verdict, save_verdicts

HERE = Path(__file__).parent
FLOORS = HERE / "floors.json"
N_FOLDS = 5


def recall_at(results: list[PageResult], recall: float) -> float:
    """F1 of noise lines at the fixed threshold that keeps this share of the article's characters."""
    p = np.concatenate([r.p_noise for r in results])
    noise = np.concatenate([r.is_noise for r in results])
    chars = np.concatenate([r.n_chars for r in results])
    order = np.argsort(-p, kind="stable")
    noise, chars = noise[order], chars[order]
    lost = np.cumsum(np.where(noise, 0, chars)) / max(chars[~noise].sum(), 1)
    found = np.cumsum(noise)
    f1 = 2 * found / (np.arange(1, len(noise) + 1) + noise.sum())
    return float(f1[lost <= 1 - recall].max(initial=0))


def figures(results: list[PageResult]) -> dict[str, float]:
    by: dict[str, list[PageResult]] = {}
    for result in results:
        by.setdefault(result.page.source, []).append(result)
    out: dict[str, float] = {}
    if wcxb := by.get("wcxb"):
        out["wcxb word F1"] = page_word_f1(wcxb)
        for kind in sorted({r.page.page_type for r in wcxb}):
            out[f"wcxb word F1, {kind}"] = page_word_f1([r for r in wcxb if r.page.page_type == kind])
        articles = [r for r in wcxb if r.page.page_type == "article"]
        out["wcxb pages that lose over 10 % of their gold words"] = pages_harmed(wcxb)
        out["wcxb articles that lose over 10 % of their gold words"] = pages_harmed(articles)
        out["wcxb articles that lose over half of their gold words"] = float(
            np.mean([r.words[1] < 0.5 for r in articles])
        )
    if reposts := by.get("reposts"):
        out["reposts noise line F1"] = noise_line_f1(reposts)
        out["reposts article character recall"] = article_char_recall(reposts)
        out["reposts noise line F1 at recall 0.985"] = recall_at(reposts, 0.985)
        out["reposts pages that lose over 10 % of their article words"] = pages_harmed(reposts)
    if snippets := by.get("trafilatura-eval"):
        out["trafilatura-eval snippet F1"] = snippet_f1(snippets)
    if scrapinghub := by.get("scrapinghub"):
        out["scrapinghub shingle F1"] = page_shingle_f1(scrapinghub)
        out["scrapinghub pages that lose over 10 % of their gold words"] = pages_harmed(scrapinghub)
    kinds = kind_figures(by.get("reposts", []) + by.get("authored", []))
    out["kind macro F1, reposts and authored"] = macro_f1(kinds)
    for kind, entry in kinds.items():
        out[f"kind F1, {kind}"] = entry["kind_f1"]
        out[f"removed, {kind}"] = entry["removed"]
    gold = [
        r
        for name in ("wcxb", "reposts", "authored")
        for r in by.get(name, [])
        if r.page.meta.get("oracle_f1", 1) >= 0.8
    ]
    out["expected calibration error"] = line_calibration_error(gold)
    return {name: round(value, 4) for name, value in out.items()}


def in_paragraphs(page: LabelledPage) -> LabelledPage | None:
    """Reposts once more, each line a paragraph of an article: there tags tell nothing."""
    return replace(dress(page), source=page.source) if page.source == "reposts" else None


def html_figures(results: list[PageResult]) -> dict[str, float]:
    """The figures that pages of HTML can give."""
    return {name: value for name, value in figures(results).items() if not name.startswith(("kind", "removed"))}


def all_figures(results: list[tuple[int, bool, PageResult]]) -> dict[str, float]:
    """The figures of the pages read as text, then those of the pages read as HTML."""
    text, html = ([r for _, is_html, r in results if is_html == wanted] for wanted in (False, True))
    return figures(text) | {f"HTML: {name}": value for name, value in html_figures(html).items()}


def check(found: dict[str, float], floors: dict[str, Any]) -> list[str]:
    """What fell below its floor, or rose above its ceiling."""
    problems = [
        f"{name}: {found.get(name)} is below the floor of {floor}"
        for name, floor in floors["at_least"].items()
        if found.get(name, 0.0) < floor
    ]
    return problems + [
        f"{name}: {found.get(name)} is above the ceiling of {ceiling}"
        for name, ceiling in floors["at_most"].items()
        if found.get(name, 1.0) > ceiling
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--only", type=int, action="append", help="run this fold alone; may be repeated")
    parser.add_argument("--check", action="store_true", help="compare with benchmarks/floors.json, fail when below")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--verdicts", type=Path, help="write the verdicts here too, for benchmarks/quality.py")
    parser.add_argument("--texts", type=Path, help="write the clean texts here, as JSONL")
    options = parser.parse_args()
    started = time.monotonic()

    def progress(message: str) -> None:
        print(f"[{time.monotonic() - started:7.1f} s] {message}", file=sys.stderr, flush=True)

    data = HERE.parent / "data"
    pages = [page for corpus in load_corpora(data, options.corpora, progress) for page in corpus.pages]
    other = (
        list(import_scrapinghub(options.corpora / "scrapinghub")) if (options.corpora / "scrapinghub").is_dir() else []
    )
    classifier = LineClassifier(phrases=data / "phrases")
    trained = {id(page) for page in pages}
    results: list[tuple[int, bool, PageResult]] = []
    verdicts: list[Verdict] = []
    with contextlib.ExitStack() as stack:
        texts = stack.enter_context(options.texts.open("w", encoding="utf-8")) if options.texts else None
        for fold in options.only or range(N_FOLDS):
            for page, clean in out_of_fold(pages, classifier, N_FOLDS, [fold], other, progress, in_paragraphs):
                html = clean.page.structure is not None
                results.append((fold, html, judge(page, clean)))
                if options.verdicts and id(page) in trained:
                    verdicts.append((page, clean))
                if texts:
                    record = {"id": page.id, "source": page.source, "html": html, "text": clean.text}
                    texts.write(json.dumps(record) + "\n")
    if options.verdicts:
        save_verdicts(options.verdicts, verdicts)
    found = all_figures(results)
    print("| figure | value |\n|---|---|")
    for name, value in found.items():
        print(f"| {name} | {value:.4f} |")
    if options.json:
        by_fold = {fold: all_figures([r for r in results if r[0] == fold]) for fold in sorted({r[0] for r in results})}
        options.json.write_text(json.dumps({"all": found, "folds": by_fold}, indent=1) + "\n", "utf-8")
    problems = check(found, json.loads(FLOORS.read_text("utf-8"))) if options.check else []
    for problem in problems:
        print(f"FAILED {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
