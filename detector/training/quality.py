"""Training the quality model from verdicts out of fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge
from threadpoolctl import threadpool_limits

from detector.align import word_f1
from detector.cleaner import CleanPage
from detector.features.heads import PAGE_TYPES
from detector.labels import ARTICLE, LabelledPage
from detector.quality.columns import EVIDENCE_COLUMNS, Measured, evidence_shares, general_columns, measure
from detector.quality.heads import UNIT, Head, make_head, standardise
from detector.quality.language_model import VOCABULARY, count_sequences
from detector.quality.model import GOOD_F1, QualityModel, familiar_bits
from detector.quality.page_types import ROOT_UNIT, type_columns
from detector.quality.reference import Reference
from detector.quality.score import FLAGGED, Scorer, judged_natural
from detector.quality.words import Cores, find_cores, find_words
from detector.segment.chars import CharTables, build_tables
from detector.training.dataset import MIN_ORACLE_F1, page_types, site_folds
from detector.training.spin import SPIN_KINDS, spin
from detector.training.verdicts import Verdict

N_FOLDS: Final = 5
SPIN_RATE: Final = 1.0
FALSE_ALARMS: Final = 0.007
"""The share of the good English pages learnt from that may be flagged as spun; of others some 2 % are."""

_NATURAL_C, _HEAD_C, _HEAD_ALPHA, _TYPE_C = 0.003, 0.05, 30.0, 3.0
_CERTAIN: Final = 3.0  # log odds where there is nothing to learn from
_MAX_ITER: Final = 500
_GOLD_WORDS: Final = 50
_TYPE_LIMIT: Final = 127
_MIN_SITES: Final = 2

Progress = Callable[[str], None]


class Truth(NamedTuple):
    """What is known of pages; NaN where it is not.

    Parameters
    ----------
    share
        The share of the page's words that is article.
    f1
        The word F1 of the clean text.
    page_type
        Index into `PAGE_TYPES`, -1 where unknown.
    """

    share: NDArray[np.float64]
    f1: NDArray[np.float64]
    page_type: NDArray[np.int64]


def truth_of(pages: Sequence[LabelledPage], clean: Sequence[CleanPage]) -> Truth:
    """Find out the truth of pages that have gold text or labels."""
    share, f1 = np.full(len(pages), np.nan), np.full(len(pages), np.nan)
    for index, (page, result) in enumerate(zip(pages, clean, strict=True)):
        known = [segment for segment in page.segments if segment.label is not None]
        if page.gold is None and (not known or len(known) < len(page.segments) or page.meta.get("with")):
            continue  # a few snippets say nothing of the whole page
        sizes = np.array([len(segment.text.split()) for segment in known], float)
        article = np.array([segment.label == ARTICLE for segment in known], np.bool_)
        share[index] = sizes[article].sum() / max(sizes.sum(), 1)
        f1[index] = word_f1(result.text, gold_text(page))[2]
    return Truth(share, f1, page_types(pages))


def gold_text(page: LabelledPage) -> str:
    """The gold text of a page, or its lines that are labelled article."""
    if page.gold is not None:
        return page.gold
    return "\n".join(segment.text for segment in page.segments if segment.label == ARTICLE)


def gold_articles(pages: Sequence[LabelledPage]) -> list[int]:
    """The pages by which English is learnt: those with a gold text, or else all that are labelled English."""
    fit = [
        index
        for index, page in enumerate(pages)
        if page.lang in ("", "en") and page.meta.get("oracle_f1", 1.0) >= MIN_ORACLE_F1
    ]
    # Reposts, which have labels but no gold text, may be spun themselves.
    return [index for index in fit if pages[index].gold] or [index for index in fit if pages[index].lang]


def fit_quality(verdicts: Sequence[Verdict], progress: Progress = lambda message: None) -> QualityModel:
    """Train the quality model.

    Parameters
    ----------
    verdicts
        Labelled pages and what was made of them by models that have not seen the page's site; a page may be there
        twice, as text and as HTML.
    progress
        Called with a line of text at each step.
    """
    with threadpool_limits(1, "blas"):  # other numbers of threads round otherwise
        return _fit_quality(verdicts, progress)


def _fit_quality(verdicts: Sequence[Verdict], progress: Progress) -> QualityModel:
    pages, clean = [page for page, _ in verdicts], [result for _, result in verdicts]
    tables = build_tables()
    folds = site_folds(pages, N_FOLDS)
    progress("quality: the language model")
    once = set(_once(pages))
    sources = [index for index in gold_articles(pages) if index in once]
    articles = [pages[index] for index in sources]
    language = count_sequences([find_cores(find_words([gold_text(page) for page in articles], tables), tables)])
    natural = fit_natural(articles, tables, progress)
    progress("quality: the pages")
    measured = measure(clean, language, tables)
    truth = truth_of(pages, clean)
    types, weights, scale = fit_types(measured, truth.page_type, folds)
    columns = general_columns(measured.verdicts, measured.signals, types)
    heads = {**fit_heads(columns, truth), "natural": natural}
    familiar = _familiar(pages, measured)
    model = QualityModel(language, heads, weights, scale, familiar, np.arange(101) / 100)
    progress("quality: the reference")
    reference = Reference()
    for score in Scorer(model, tables).score_many(clean):
        reference.add(score.as_dict())
    return replace(model, reference=np.array(reference.percentiles()))


def fit_heads(columns: NDArray[np.float64], truth: Truth, rows: NDArray[np.bool_] | None = None) -> dict[str, Head]:
    """Train the linear models of share, F1, good pages and articles.

    Parameters
    ----------
    columns
        See `detector.quality.columns.COLUMNS`.
    truth
        Of the same pages.
    rows
        bool, shape (n_pages,): the pages to train on.
    """
    rows = np.ones(len(columns), np.bool_) if rows is None else rows
    mean, scale = standardise(columns[rows])
    blank = make_head(mean, scale, np.zeros(columns.shape[1]), 0.0)
    inputs = blank.inputs(columns) / UNIT
    known = rows & ~np.isnan(truth.f1)
    heads = {}
    for name, target in (("share", truth.share), ("f1", truth.f1)):
        ridge = Ridge(_HEAD_ALPHA).fit(inputs[known], target[known])
        heads[name] = make_head(mean, scale, ridge.coef_, float(ridge.intercept_))
    typed = rows & (truth.page_type >= 0)
    article = truth.page_type == PAGE_TYPES.index("article")
    for name, used, label in (("good", known, truth.f1 >= GOOD_F1), ("article", typed, article)):
        heads[name] = _logistic(mean, scale, inputs[used], label[used])
    return heads


def _logistic(
    mean: NDArray[np.float64], scale: NDArray[np.float64], inputs: NDArray[np.float64], label: NDArray[np.bool_]
) -> Head:
    if len(np.unique(label)) < 2:
        return make_head(mean, scale, np.zeros(inputs.shape[1]), _CERTAIN if label.all() else -_CERTAIN)
    fitted = LogisticRegression(C=_HEAD_C, max_iter=_MAX_ITER).fit(inputs, label)
    return make_head(mean, scale, fitted.coef_[0], float(fitted.intercept_[0]))


def fit_types(
    measured: Measured, page_type: NDArray[np.int64], folds: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int8], NDArray[np.float64]]:
    """Train the types of pages by their words.

    Returns
    -------
    columns
        float64, shape (n_pages, len(PAGE_TYPES)): out of fold.
    weights, scale
        Of all pages.
    """
    columns = np.zeros((len(page_type), len(PAGE_TYPES)))
    for fold in np.unique(folds).tolist():
        test = folds == fold
        weights, scale = _fit_types(measured, (page_type >= 0) & ~test, page_type)
        columns[test] = type_columns(measured.roots, measured.root_bounds, weights, scale)[test]
    return columns, *_fit_types(measured, page_type >= 0, page_type)


def _fit_types(
    measured: Measured, rows: NDArray[np.bool_], page_type: NDArray[np.int64]
) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    weights, scale = np.zeros((VOCABULARY, len(PAGE_TYPES)), np.int8), np.ones(len(PAGE_TYPES))
    if len(np.unique(page_type[rows])) <= _MIN_SITES:
        return weights, scale
    size = np.sqrt(np.maximum(np.diff(measured.root_bounds), 1)) * ROOT_UNIT
    inputs = sp.csr_matrix(measured.roots[rows] / size[rows, None])
    fitted = LogisticRegression(C=_TYPE_C, tol=1e-3, max_iter=_MAX_ITER).fit(inputs, page_type[rows])
    largest = np.maximum(np.abs(fitted.coef_).max(1), 1e-9)
    weights[:, fitted.classes_] = np.rint(fitted.coef_ / largest[:, None] * _TYPE_LIMIT).T
    scale[fitted.classes_] = largest / _TYPE_LIMIT
    return weights, scale


def fit_natural(pages: Sequence[LabelledPage], tables: CharTables, progress: Progress) -> Head:
    """Train what tells good text from spun text, on evidence from language models that have not seen the site.

    Parameters
    ----------
    pages
        Articles with gold text.
    tables
        Character tables.
    progress
        Called with a line of text at each step.
    """
    progress("quality: spun text")
    articles = Articles(pages, tables)
    rows = articles.is_article
    return fit_natural_head(articles.evidence()[rows], [articles.evidence(kind)[rows] for kind in SPIN_KINDS])


class Articles:
    """Gold texts, and for each fold of sites a language model of the texts of the others.

    The models count all texts; what is good and what is spun is learnt from articles alone, since the texts of shops
    and forums are not prose.

    Parameters
    ----------
    pages
        Articles with gold text.
    tables
        Character tables.
    """

    def __init__(self, pages: Sequence[LabelledPage], tables: CharTables) -> None:
        self.pages, self.tables = pages, tables
        self.folds = site_folds(pages, N_FOLDS)
        self.is_article = np.array([page.page_type in ("", "article") for page in pages], np.bool_)
        by_fold = {fold: self._cores(fold, "") for fold in np.unique(self.folds).tolist()}
        self.models = {
            fold: count_sequences([cores for other, cores in by_fold.items() if other != fold]) for fold in by_fold
        }

    def evidence(self, kind: str = "", rate: float = SPIN_RATE) -> NDArray[np.float64]:
        """Evidence on the texts, spun if a kind is named, by models of other sites.

        Returns
        -------
        float64 array of shape (n_pages, EVIDENCE_COLUMNS)
            NaN where a text is too short or not English.
        """
        columns = np.full((len(self.pages), EVIDENCE_COLUMNS), np.nan)
        for fold, model in self.models.items():
            evidence = model.evidence(self._cores(fold, kind, rate))
            shares = evidence_shares(evidence)
            shares[~judged_natural(evidence)] = np.nan
            columns[self.folds == fold] = shares
        return columns

    def _cores(self, fold: int, kind: str, rate: float = SPIN_RATE) -> Cores:
        own = [page for page, other in zip(self.pages, self.folds.tolist(), strict=True) if other == fold]
        texts = [spin(gold_text(page), kind, page.id, rate) if kind else gold_text(page) for page in own]
        return find_cores(find_words(texts, self.tables), self.tables)


def fit_natural_head(good: NDArray[np.float64], spun: Sequence[NDArray[np.float64]]) -> Head:
    """Tell good text from spun text, and put one half where few good texts are flagged."""
    usable = ~np.isnan(good).any(1)
    if not usable.any():
        width = np.zeros(good.shape[1])
        return make_head(width, width + 1, width, _CERTAIN)
    inputs = np.concatenate([good[usable], *(rows[~np.isnan(rows).any(1)] for rows in spun)])
    label = np.arange(len(inputs)) < usable.sum()
    mean, scale = standardise(good[usable])
    blank = make_head(mean, scale, np.zeros(good.shape[1]), 0.0)
    fitted = LogisticRegression(C=_NATURAL_C, class_weight="balanced", max_iter=_MAX_ITER)
    fitted.fit(blank.inputs(inputs) / UNIT, label)
    head = make_head(mean, scale, fitted.coef_[0], 0.0)
    border = float(np.quantile(head.output(good[usable]), FALSE_ALARMS))
    return replace(head, bias=-border + float(np.log(FLAGGED / (1 - FLAGGED))))


def _once(pages: Sequence[LabelledPage]) -> list[int]:
    """The first of the pages of each name."""
    seen: dict[tuple[str, str], int] = {}
    for index, page in enumerate(pages):
        seen.setdefault((page.source, page.id), index)
    return list(seen.values())


def _familiar(pages: Sequence[LabelledPage], measured: Measured) -> NDArray[np.uint8]:
    """The words that pages of two sites have."""
    names = {site: number for number, site in enumerate(sorted({page.site or page.id for page in pages}))}
    site = np.array([names[page.site or page.id] for page in pages])
    bounds = measured.cores.bounds
    key = np.unique(measured.cores.hashes.astype(np.int64) << 20 | np.repeat(site, np.diff(bounds)))
    words, sites = np.unique(key >> 20, return_counts=True)
    return familiar_bits(words[sites >= _MIN_SITES].astype(np.uint32))
