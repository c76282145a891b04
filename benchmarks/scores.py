"""How good a clean text of a page is, by the page's gold text, snippets and labels, whoever made it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from detector.align import word_f1, words
from detector.evaluate import LOST_SHARE
from detector.labels import NOISE, LabelledPage
from detector.metrics import f1, shingle_counts, shingle_f1

BLOCK_KINDS: Final = frozenset(("caption", "related_link", "subscribe", "share", "author_box"))
"""Kinds of noise that the HTML names: figcaption, related, newsletter, share and author blocks."""


class Score(NamedTuple):
    """What became of one page.

    Parameters
    ----------
    source, page_type
        Of the page.
    words
        Precision, recall and F1 of words.
    shingles
        See `shingle_counts`.
    snippets
        Wanted snippets kept and lost, unwanted ones kept.
    blocks
        Noise lines of `BLOCK_KINDS`: how many are left in, of how many.
    """

    source: str
    page_type: str
    words: tuple[float, float, float]
    shingles: tuple[float, float, float]
    snippets: tuple[int, int, int]
    blocks: tuple[int, int]


class Judge:
    """Scores clean texts of one page."""

    def __init__(self, page: LabelledPage) -> None:
        self.page = page
        self.gold = page.gold or ""
        self.blocks = list(noise_lines(page)) if page.source == "wcxb" and page.page_type == "article" else []

    def score(self, text: str) -> Score:
        """Compare a clean text with what is known of the page."""
        page, meta = self.page, self.page.meta
        spaced = " ".join(text.split())
        wanted = [snippet in spaced for snippet in meta.get("with", ())]
        unwanted = [snippet in spaced for snippet in meta.get("without", ())]
        shown = _in_words(text)
        return Score(
            page.source,
            page.page_type,
            word_f1(text, self.gold) if page.source == "wcxb" else (0.0, 0.0, 0.0),
            shingle_counts(text, self.gold) if page.source == "scrapinghub" else (0.0, 0.0, 0.0),
            (sum(wanted), len(wanted) - sum(wanted), sum(unwanted)),
            (sum(line in shown for line in self.blocks), len(self.blocks)),
        )


def noise_lines(page: LabelledPage) -> Iterator[str]:
    """The words of the noise lines of `BLOCK_KINDS`, less those that the gold text holds as well."""
    gold = _in_words(page.gold or "")
    for segment in page.segments:
        if segment.label == NOISE and segment.kind in BLOCK_KINDS:
            line = _in_words(segment.text)
            if line.strip() and line not in gold:
                yield line


def _in_words(text: str) -> str:
    """The words of a text, each between spaces, so that marks and line ends make no difference."""
    return f" {' '.join(words(text))} "


def figures(scores: Sequence[Score]) -> dict[str, float]:
    """The figures of one extractor, for the benchmarks that it was run on."""
    by: dict[str, list[Score]] = {}
    for score in scores:
        by.setdefault(score.source, []).append(score)
    out: dict[str, float] = {}
    if wcxb := by.get("wcxb"):
        out["wcxb"] = float(np.mean([score.words[2] for score in wcxb]))
        for kind in sorted({score.page_type for score in wcxb}):
            out[f"wcxb {kind}"] = float(np.mean([s.words[2] for s in wcxb if s.page_type == kind]))
        articles = [score for score in wcxb if score.page_type == "article"]
        if articles:
            out["harmed"] = float(np.mean([score.words[1] < 1 - LOST_SHARE for score in articles]))
            left, lines = np.sum([score.blocks for score in articles], axis=0).tolist()
            if lines:
                out["noise left"] = left / lines
    if scrapinghub := by.get("scrapinghub"):
        out["scrapinghub"] = shingle_f1([score.shingles for score in scrapinghub])[2]
    if snippets := by.get("trafilatura-eval"):
        kept, lost, wrong = np.sum([score.snippets for score in snippets], axis=0).tolist()
        out["trafilatura-eval"] = f1(kept, kept + wrong, kept + lost)
    return out


def n_pages(scores: Sequence[Score]) -> Mapping[str, int]:
    """How many pages of each benchmark were scored."""
    sources = [score.source for score in scores]
    return {source: sources.count(source) for source in sorted(set(sources), reverse=True)}
