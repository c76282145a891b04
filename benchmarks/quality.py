"""Every figure of the score of a page, on pages of sites that neither the line model nor the score has seen.

    python benchmarks/quality.py --corpora PATH --verdicts FILE.npz          # the verdicts are made if there are none
    python benchmarks/quality.py --corpora PATH --verdicts FILE.npz --check  # against benchmarks/quality-floors.json

Verdicts on lines are out of fold (`detector.training.crossval`), and so is all that the score learns from them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from folds import check
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from detector.classifier import LineClassifier
from detector.cleaner import Cleaner
from detector.features.heads import PAGE_TYPES
from detector.labels import LabelledPage
from detector.metrics import calibration_error
from detector.quality.columns import evidence_shares, general_columns, measure
from detector.quality.language_model import count_sequences
from detector.quality.model import GOOD_F1
from detector.quality.repost import repost_scores
from detector.quality.score import ARTICLE, FLAGGED, Scorer, combine, judged_natural
from detector.quality.signals import rules_passed
from detector.quality.spam import spam_scores
from detector.quality.words import find_cores, find_words
from detector.segment.chars import build_tables
from detector.training.crossval import as_pages, out_of_fold
from detector.training.dataset import site_folds
from detector.training.quality import (
    N_FOLDS,
    Articles,
    Truth,
    fit_heads,
    fit_natural_head,
    fit_types,
    gold_articles,
    truth_of,
)
from detector.training.recipe import load_corpora
from detector.training.spin import SPIN_KINDS
from detector.training.verdicts import Verdict, load_verdicts, save_verdicts

HERE = Path(__file__).parent
FLOORS = HERE / "quality-floors.json"
HELD_OUT = "tense"
"""The kind of slips that the floors hold for; the figures of all of them are printed."""
RATES = (0.25, 0.5, 1.0)


class Spun:
    """Good and spun articles, with the evidence on each by language models of other sites."""

    def __init__(self, pages: list[LabelledPage]) -> None:
        articles = Articles([pages[index] for index in gold_articles(pages)], build_tables())
        self.models, self.folds = articles.models, articles.folds
        self.is_article = np.array([page.page_type == "article" and page.source == "wcxb" for page in articles.pages])
        self.rows = articles.is_article
        self.good = articles.evidence()
        self.spun = {
            (kind, rate): articles.evidence(kind, rate)
            for kind in SPIN_KINDS
            for rate in (RATES if kind == HELD_OUT else RATES[-1:])
        }

    def head(self, fold: int, held_out: str | None):
        """What is learnt without a fold and without a kind."""
        rows = (self.folds != fold) & self.rows
        return fit_natural_head(
            self.good[rows], [self.spun[kind, RATES[-1]][rows] for kind in SPIN_KINDS if kind != held_out]
        )

    def figures(self) -> dict[str, float]:
        """Areas under the curve by page, each kind unseen, and how many good articles are flagged."""
        out = {}
        known = self.is_article & ~np.isnan(self.good).any(1)
        out["spun: wcxb articles that are long and English enough to be judged"] = known.sum() / self.is_article.sum()
        for held_out in (None, *SPIN_KINDS):
            good = np.full(len(self.good), np.nan)
            bad = {key: good.copy() for key in self.spun if key[0] == held_out}
            for fold in range(N_FOLDS):
                head, rows = self.head(fold, held_out), (self.folds == fold) & known
                good[rows] = head.probability(self.good[rows])
                for key, values in bad.items():
                    usable = rows & ~np.isnan(self.spun[key]).any(1)
                    values[usable] = head.probability(self.spun[key][usable])
            if held_out is None:
                out["spun: good wcxb articles flagged"] = float((good[known] < FLAGGED).mean())
            for (kind, rate), values in bad.items():
                found = values[~np.isnan(values)]
                label = np.arange(known.sum() + len(found)) < known.sum()
                name = f"spun: {kind} unseen" + ("" if rate == RATES[-1] else f", {rate:.0%} of the sentences")
                out[f"{name}, AUC"] = float(roc_auc_score(label, np.concatenate((good[known], found))))
                out[f"{name}, flagged"] = float((found < FLAGGED).mean())
        return out


def parts_out_of_fold(verdicts: list[Verdict], truth: Truth, folds: np.ndarray, spun: Spun, progress) -> dict:
    """The parts of all pages, each by what was learnt without its fold."""
    clean = [result for _, result in verdicts]
    tables = build_tables()
    vocabulary = count_sequences(
        [find_cores(find_words([page.gold or ""], tables), tables) for page, _ in verdicts if page.gold]
    )
    measured = measure(clean, vocabulary, tables)
    progress("measured")
    types, _, _ = fit_types(measured, truth.page_type, folds)
    progress("types of pages")
    columns = general_columns(measured.verdicts, measured.signals, types)
    n = len(clean)
    parts = {name: np.zeros(n) for name in ("share", "f1", "good", "article")} | {"natural": np.ones(n)}
    for fold in range(N_FOLDS):
        test = folds == fold
        heads = fit_heads(columns, truth, ~test)
        for name in ("share", "f1"):
            parts[name][test] = heads[name].share(columns[test])
        for name in ("good", "article"):
            parts[name][test] = heads[name].probability(columns[test])
        rows = np.flatnonzero(test)
        evidence = spun.models[fold].evidence(
            find_cores(find_words([measured.texts[row] for row in rows], tables), tables)
        )
        natural = spun.head(fold, None).probability(evidence_shares(evidence))
        judged = judged_natural(evidence) & (parts["article"][rows] >= ARTICLE)
        parts["natural"][rows] = np.where(judged, natural, 1.0)
    parts["rules"] = rules_passed(measured.signals)
    parts["spam"] = spam_scores(clean, measured.cores)
    parts["repost"] = repost_scores(clean, measured.texts)
    return parts


def figures(verdicts: list[Verdict], truth: Truth, parts: dict, html: bool) -> dict[str, float]:
    source = np.array([page.source for page, _ in verdicts])
    read = np.array([clean.page.structure is not None for _, clean in verdicts]) == html
    wcxb = (source == "wcxb") & read
    quality = combine(parts)
    f1, share = truth.f1[wcxb], truth.share[wcxb]
    better = quality[wcxb] >= np.median(quality[wcxb])
    article = truth.page_type[wcxb] == PAGE_TYPES.index("article")
    known = read & ~np.isnan(truth.f1)
    out = {
        "share, Spearman": float(spearmanr(parts["share"][wcxb], share).statistic),
        "share, mean absolute error": float(np.abs(parts["share"][wcxb] - share).mean()),
        "share of articles, mean absolute error": float(np.abs(parts["share"][wcxb] - share)[article].mean()),
        "F1, Spearman": float(spearmanr(parts["f1"][wcxb], f1).statistic),
        "F1, mean absolute error": float(np.abs(parts["f1"][wcxb] - f1).mean()),
        "mean F1": float(f1.mean()),
        "mean F1 of the better half": float(f1[better].mean()),
        "points gained by the better half": float(100 * (f1[better].mean() - f1.mean())),
        "article, AUC": float(roc_auc_score(article, parts["article"][wcxb])),
        "good, AUC": float(roc_auc_score(f1 >= GOOD_F1, parts["good"][wcxb])),
        "good, expected calibration error": calibration_error(parts["good"][known], truth.f1[known] >= GOOD_F1, 10),
        "clean wcxb articles flagged as spun": float((parts["natural"][wcxb][article] < FLAGGED).mean()),
    }
    for least in (0.25, 0.5, 0.75, 0.9):
        kept = quality[wcxb] >= least
        out[f"from {least} on: pages kept"] = float(kept.mean())
        out[f"from {least} on: mean F1"] = float(f1[kept].mean())
    if (reposts := (source == "reposts") & read).any():
        label = np.concatenate((np.ones(reposts.sum()), np.zeros(wcxb.sum())))
        scores = np.concatenate((parts["repost"][reposts], parts["repost"][wcxb]))
        out["repost, AUC of reposts against wcxb"] = float(roc_auc_score(label, scores))
    return out


def cost(pages: list[LabelledPage], html: bool) -> float:
    """The time of scoring over the time of cleaning, the least of some runs in turns."""
    cleaner = Cleaner.load()
    scorer = Scorer.load(tables=cleaner.model.tables)
    sample = list(as_pages([page for page in pages if page.source == "wcxb"][::5], text_only=not html))
    times = []
    for _ in range(5):
        started = time.process_time()
        clean = list(cleaner.clean_many(sample))
        _ = [page.text for page in clean]
        middle = time.process_time()
        list(scorer.score_many(clean))
        times.append((middle - started, time.process_time() - middle))
    return min(score for _, score in times) / min(clean for clean, _ in times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--verdicts", type=Path, required=True, help="verdicts out of fold; made if they are not there")
    parser.add_argument("--check", action="store_true", help=f"compare with {FLOORS.name}, fail when below")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    started = time.monotonic()

    def progress(message: str) -> None:
        print(f"[{time.monotonic() - started:7.1f} s] {message}", file=sys.stderr, flush=True)

    data = HERE.parent / "data"
    pages = [page for corpus in load_corpora(data, options.corpora, progress) for page in corpus.pages]
    if not options.verdicts.is_file():
        save_verdicts(options.verdicts, out_of_fold(pages, LineClassifier(phrases=data / "phrases"), progress=progress))
    verdicts = load_verdicts(options.verdicts, pages)
    spun = Spun(pages)
    progress("spun")
    labelled = [page for page, _ in verdicts]
    truth = truth_of(labelled, [result for _, result in verdicts])
    parts = parts_out_of_fold(verdicts, truth, site_folds(labelled, N_FOLDS), spun, progress)
    found = figures(verdicts, truth, parts, html=False) | spun.figures()
    found |= {f"HTML: {name}": value for name, value in figures(verdicts, truth, parts, html=True).items()}
    found["cost on top of cleaning, text"] = cost(pages, html=False)
    found["cost on top of cleaning, HTML"] = cost(pages, html=True)
    found = {name: round(value, 4) for name, value in found.items()}
    print("| figure | value |\n|---|---|")
    for name, value in found.items():
        print(f"| {name} | {value:.4f} |")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    problems = check(found, json.loads(FLOORS.read_text("utf-8"))) if options.check else []
    for problem in problems:
        print(f"FAILED {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
