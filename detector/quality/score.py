"""The score of a page: from what is measured on it to its parts and its quality."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector.cleaner import CleanPage
from detector.quality.columns import Measured, evidence_shares, measure
from detector.quality.file import load_quality
from detector.quality.model import PARTS, QualityModel
from detector.quality.repost import repost_scores
from detector.quality.signals import SIGNALS, rules_passed
from detector.quality.spam import spam_scores
from detector.quality.words import sums_between
from detector.segment.chars import CharTables, build_tables

NO_TEXT: Final = "no text"
ONLY_NOISE: Final = "only noise"
TOO_SHORT: Final = "too short"
UNKNOWN_LANGUAGE: Final = "unknown language"
NOT_PROSE: Final = "not prose"
NOT_ENGLISH: Final = "not English"
NO_PROSE_TO_JUDGE: Final = "too little prose"
NO_ARTICLE: Final = "not an article"

FEWEST_WORDS: Final = 50
"""Gopher's least; of fewer words nothing can be said."""
FAMILIAR_SHARE: Final = 0.5
"""Where fewer of the words than this are known from training pages, the language is unknown."""
NATURAL_WORDS: Final = 100
ENGLISH_SHARE: Final = 0.55
"""``natural`` is judged where at least this share of the words is in the vocabulary of the language model."""
ARTICLE: Final = 0.5
"""``natural`` is judged where ``article`` is at least this: it is learnt from articles."""
PROSE_SHARE: Final = 0.3
"""Where fewer of the words than this stand in lines that end a sentence, a low score means little."""
FLAGGED: Final = 0.5
"""A text with a lower ``natural`` is flagged as spun."""

_BATCH: Final = 64
_UNSPACED: Final = 20  # characters a word: more there are only where words are not set off by spaces
_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Quality:
    """The score of a page and its parts, each from 0 to 1; None is unknown.

    Parameters
    ----------
    quality
        The probability that the clean text is good: that it matches the true article with a word F1 of at least
        0.9, and that it is neither spam nor spun.
    share
        The share of the page's words that is expected to be genuine article.
    f1
        The word F1 of the clean text that is expected.
    article
        The probability that the page is an article, not a listing, shop or forum.
    rules
        The share of Gopher's, C4's and FineWeb's rules that the clean text passes.
    repost, spam
        Signs of reposting and of spam, see those modules.
    natural
        The probability that the text was not spun or machine-translated, for English prose.
    reason
        Why something is unknown or 0; empty where there is nothing to say.
    """

    quality: float | None
    share: float
    f1: float
    article: float
    rules: float
    repost: float
    spam: float
    natural: float | None
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The score as JSON values."""
        return {**{part: getattr(self, part) for part in PARTS}, "reason": self.reason}


class Scorer:
    """Gives clean pages their scores.

    Parameters
    ----------
    model
        The quality model.
    tables
        Character tables, those of the line model if there is one at hand.

    Examples
    --------
    >>> from detector import Cleaner
    >>> page = Cleaner.load().clean("[ad_1]\\n\\nThe ferry sank.\\n")
    >>> Scorer.load().score(page).reason
    'too short'
    """

    def __init__(self, model: QualityModel, tables: CharTables | None = None) -> None:
        self.model = model
        self.tables = build_tables() if tables is None else tables

    @classmethod
    def load(cls, path: Path | str | None = None, tables: CharTables | None = None) -> Scorer:
        """Read a quality model, by default the one that ships with the package.

        Raises
        ------
        ModelError
            The file is missing, damaged, of another version, or no quality model.
        """
        return cls(load_quality(path).model, tables)

    def percentile(self, score: Quality, reference: Sequence[float] = ()) -> float | None:
        """The share of the pages of a reference, in percent, that have a lower quality.

        Parameters
        ----------
        score
            The score of a page.
        reference
            Percentiles of a corpus, 0th to 100th, by default those of the training pages.
        """
        if score.quality is None:
            return None
        table = np.asarray(reference if len(reference) else self.model.reference)
        return round(float(np.interp(score.quality, table, np.arange(len(table)))), 1)

    def score(self, page: CleanPage) -> Quality:
        """Give one page its score; for many pages `score_many` is far faster."""
        return self.score_batch([page])[0]

    def score_many(self, pages: Iterable[CleanPage]) -> Iterator[Quality]:
        """Give pages their scores, in order; what a page gets does not depend on the other pages."""
        batch: list[CleanPage] = []
        for page in pages:
            batch.append(page)
            if len(batch) == _BATCH:
                yield from self.score_batch(batch)
                batch = []
        yield from self.score_batch(batch)

    def score_batch(self, pages: Sequence[CleanPage]) -> list[Quality]:
        """Give pages their scores, all at once."""
        if not pages:
            return []
        measured = measure(pages, self.model.language, self.tables)
        parts = self.parts(pages, measured)
        quality = np.round(combine(parts), _DIGITS)
        rounded = {name: np.round(values, _DIGITS).tolist() for name, values in parts.items() if name != "good"}
        reasons = self._reasons(pages, measured, quality)
        unnatural = natural_reasons(measured, parts["article"])
        scores = []
        for index, reason in enumerate(reasons):
            row = {name: values[index] for name, values in rounded.items()}
            value: float | None = float(quality[index])
            if reason in (NO_TEXT, ONLY_NOISE):
                value = 0.0
                row = dict.fromkeys(row, 0.0) | {"repost": row["repost"], "spam": row["spam"]}
            elif reason:
                value = None
            if unnatural[index]:
                row["natural"] = None
            scores.append(Quality(value, **row, reason=reason or unnatural[index]))
        return scores

    def parts(self, pages: Sequence[CleanPage], measured: Measured) -> dict[str, NDArray[np.float64]]:
        """Compute the parts of pages, and ``good``: the probability of a word F1 of at least 0.9."""
        model = self.model
        columns = measured.columns(model.type_weights, model.type_scale)
        article = model.heads["article"].probability(columns)
        known = np.array([not reason for reason in natural_reasons(measured, article)], np.bool_)
        natural = model.heads["natural"].probability(evidence_shares(measured.evidence))
        return {
            "share": model.heads["share"].share(columns),
            "f1": model.heads["f1"].share(columns),
            "good": model.heads["good"].probability(columns),
            "article": article,
            "rules": rules_passed(measured.signals),
            "repost": repost_scores(pages, measured.texts),
            "spam": spam_scores(pages, measured.cores),
            "natural": np.where(known, natural, 1.0),
        }

    def _reasons(self, pages: Sequence[CleanPage], measured: Measured, quality: NDArray[np.float64]) -> list[str]:
        """Why each page's quality is 0 or unknown; empty where it is known."""
        cores = measured.cores
        n_words = np.diff(cores.bounds)
        familiar = sums_between(self.model.is_familiar(cores.hashes), cores.bounds)
        prose = _prose(measured)
        reasons = []
        for index, page in enumerate(pages):
            if not len(page.scores.numbers):
                reasons.append(NO_TEXT)
            elif not measured.texts[index].strip():
                reasons.append(ONLY_NOISE)
            elif n_words[index] < FEWEST_WORDS:
                many_chars = len(measured.texts[index]) > FEWEST_WORDS * _UNSPACED
                reasons.append(UNKNOWN_LANGUAGE if many_chars else TOO_SHORT)
            elif familiar[index] < FAMILIAR_SHARE * n_words[index]:
                reasons.append(UNKNOWN_LANGUAGE)
            elif prose[index] < PROSE_SHARE and quality[index] < FLAGGED:
                reasons.append(NOT_PROSE)
            else:
                reasons.append("")
        return reasons


def natural_reasons(measured: Measured, article: NDArray[np.float64]) -> list[str]:
    """Why ``natural`` is unknown for each page; empty where it is known.

    Parameters
    ----------
    measured
        The pages.
    article
        float64, shape (n_pages,): the part of that name.
    """
    few = (measured.evidence[:, -2] < NATURAL_WORDS) | (_prose(measured) < PROSE_SHARE)
    judged = judged_natural(measured.evidence)
    rows = zip(few.tolist(), judged.tolist(), (article >= ARTICLE).tolist(), strict=True)
    return [
        NO_PROSE_TO_JUDGE if little else NOT_ENGLISH if not known else "" if is_article else NO_ARTICLE
        for little, known, is_article in rows
    ]


def judged_natural(evidence: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether texts are long and English enough; from `LanguageModel.evidence`."""
    looked_at, outside = evidence[:, -2], evidence[:, -1]
    return np.asarray((looked_at >= NATURAL_WORDS) & (looked_at - outside >= ENGLISH_SHARE * looked_at))


def _prose(measured: Measured) -> NDArray[np.float64]:
    """The share of each text that stands in lines that end a sentence."""
    return measured.signals[:, SIGNALS.index("c4_kept_lines")]


def combine(parts: dict[str, NDArray[np.float64]]) -> NDArray[np.float64]:
    """The quality: ``good``, times ``natural`` where that is below one half (doubled), times one minus ``spam``."""
    natural = np.minimum(parts["natural"] / FLAGGED, 1)
    return np.asarray(parts["good"] * natural * (1 - parts["spam"]))
