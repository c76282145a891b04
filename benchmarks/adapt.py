"""What five labelled pages of a site are worth: words judged wrong on its other pages, without and with a profile.

    python benchmarks/adapt.py --corpora PATH                        # CleanPortalEval, by the shipped model
    python benchmarks/adapt.py --corpora PATH --folds --cache v.pkl  # training sites too, by models that lack them

Of each site with enough pages, five are drawn several times over; the profile is made of them as ``detector adapt``
makes it, kept or not by the same rule, and judged on the rest.  The model that gives the probabilities has not seen
the site: CleanPortalEval is not trained on, and of the training corpora each page is judged by the model of the
other folds.  Pages whose labels rebuild less than 0.8 of their gold text are left out, as in training, and so is
trafilatura-eval, most of whose labels are another extractor's verdicts.
"""

from __future__ import annotations

import argparse
import json
import pickle
import sys
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from detector.adapt.fit import SitePage, fit_profile
from detector.adapt.gain import adapted, measure_gain, words_wrong
from detector.cleaner import Cleaner, CleanPage
from detector.importers import import_gold_folder
from detector.labels import LabelledPage
from detector.metrics import bootstrap
from detector.segment.chars import CharTables, build_tables
from detector.training.crossval import as_pages
from detector.training.dataset import MIN_ORACLE_F1

Judged = tuple[str, LabelledPage, CleanPage]
FORMATS = ("text", "html")


def cleanportaleval(root: Path, cleaner: Cleaner) -> Iterator[Judged]:
    """Its pages, judged by a model that was not trained on them; the site is the name before the number."""
    pages = [
        replace(page, site=page.id.rsplit("_", 1)[0], source="cleanportaleval")
        for page in import_gold_folder(root / "input", root / "GoldStandard")
    ]
    for format_ in FORMATS:
        for page, clean in zip(pages, cleaner.clean_many(as_pages(pages, format_ == "text")), strict=True):
            yield format_, page, clean


def training_pages(data: Path, corpora: Path, cache: Path | None) -> Iterator[Judged]:
    """The training pages, each judged by a model that has not seen its site."""
    from detector.classifier import LineClassifier
    from detector.training.crossval import out_of_fold
    from detector.training.recipe import load_corpora

    pages = [page for corpus in load_corpora(data, corpora) for page in corpus.pages]
    if cache is None or not cache.is_file():
        classifier = LineClassifier(phrases=data / "phrases")
        verdicts = [
            {
                "id": page.id,
                "source": page.source,
                "format": "text" if clean.page.structure is None else "html",
                "scores": clean.scores,
                "threshold": clean.threshold,
            }
            for page, clean in out_of_fold(pages, classifier, progress=lambda text: print(text, file=sys.stderr))
        ]
        if cache is not None:
            cache.write_bytes(pickle.dumps(verdicts))
    else:
        verdicts = pickle.loads(cache.read_bytes())  # written by this script
    by_name = {(page.source, page.id): page for page in pages}
    for verdict in verdicts:
        page = by_name[verdict["source"], verdict["id"]]
        own = next(as_pages([page], verdict["format"] == "text"))
        yield verdict["format"], page, CleanPage(own, verdict["scores"], verdict["threshold"])


def by_site(judged: Iterator[Judged], least: int, tables: CharTables) -> dict[tuple[str, str], list[SitePage]]:
    """The pages of each format and site that has enough of them."""
    groups: dict[tuple[str, str], list[tuple[LabelledPage, CleanPage]]] = defaultdict(list)
    for format_, page, clean in judged:
        if page.site and page.source != "trafilatura-eval" and page.meta.get("oracle_f1", 1.0) >= MIN_ORACLE_F1:
            groups[format_, page.site].append((page, clean))
    return {
        name: [SitePage.of(page, clean, tables) for page, clean in group]
        for name, group in sorted(groups.items())
        if len(group) >= least
    }


def measure(pages: Sequence[SitePage], n_labelled: int, n_draws: int, tables: CharTables, seed: int) -> dict[str, Any]:
    """Words wrong on the pages that were not drawn, a page, without and with a profile of those that were."""
    rng = np.random.default_rng(seed)
    before = after = held_out = kept = 0
    for _ in range(n_draws):
        order = rng.permutation(len(pages)).tolist()
        drawn, rest = [pages[row] for row in order[:n_labelled]], [pages[row] for row in order[n_labelled:]]
        gain = measure_gain(drawn, tables, lambda text: None)
        saved = not gain.loses
        profile = fit_profile(drawn, "", gain.threshold)
        kept += saved
        held_out += len(rest)
        for page in rest:
            wrong = words_wrong(page, page.clean)
            before += wrong
            after += words_wrong(page, adapted(page.clean, profile, tables)) if saved else wrong
    left = after / before if before else 1.0
    return {"before": before / held_out, "after": after / held_out, "left": left, "saved": kept / n_draws}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--folds", action="store_true", help="measure sites of the training corpora, too")
    parser.add_argument("--cache", type=Path, help="keep the verdicts of the folds here")
    parser.add_argument("--labelled", type=int, default=5, help="labelled pages")
    parser.add_argument("--least", type=int, default=8, help="pages that a site must have")
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    tables = build_tables()
    data = Path(__file__).parent.parent / "data"
    sources = {"CleanPortalEval": cleanportaleval(options.corpora / "cleanportaleval", Cleaner.load())}
    if options.folds:
        sources["training sites"] = training_pages(data, options.corpora, options.cache)
    found: dict[str, dict[str, Any]] = {}
    print(
        "| site | read as | pages | words wrong a page, before | after | left | saved |\n|---|---|---|---|---|---|---|"
    )
    for source, judged in sources.items():
        for (format_, site), pages in by_site(judged, options.least, tables).items():
            seed = zlib.crc32(site.encode())
            row = measure(pages, options.labelled, options.draws, tables, seed)
            found.setdefault(f"{source}, {format_}", {})[site] = row
            figures = f"{row['before']:.1f} | {row['after']:.1f} | {row['left']:.3f} | {row['saved']:.0%}"
            print(f"| {site} | {format_} | {len(pages)} | {figures} |", flush=True)
    print("\n| sites | number | left, mean over sites | of all words wrong |\n|---|---|---|---|")
    for format_ in FORMATS:
        found[f"all, {format_}"] = {
            site: row for name, sites in found.items() if name.endswith(format_) for site, row in sites.items()
        }
    for name, sites in found.items():
        left = np.array([row["left"] for row in sites.values()])
        mean = bootstrap(len(left), lambda drawn, left=left: float(left[drawn].mean()))
        pooled = sum(row["after"] for row in sites.values()) / max(sum(row["before"] for row in sites.values()), 1e-9)
        print(f"| {name} | {len(left)} | {mean.value:.3f} [{mean.low:.3f}, {mean.high:.3f}] | {pooled:.3f} |")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
