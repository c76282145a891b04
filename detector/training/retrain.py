"""Retraining on own pages beside a base set, measured before it is kept.

Both trainings, on the base alone and on base and own pages, are repeated with pages held out, so that no
figure is of pages that a model has seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone

from detector.classifier import LineClassifier
from detector.cleaner import Cleaner
from detector.compare import compare
from detector.errors import InputError
from detector.evaluate import PageResult, judge
from detector.labels import LabelledPage
from detector.model import LineModel
from detector.training.crossval import as_pages
from detector.training.recipe import Corpus

GUARDED: Final = ("page_word_f1", "noise_line_f1")
"""Figures of the base set that must not fall by more than the margin."""


FEWEST_PAGES: Final = 3
"""With fewer own pages, none could be held out and the others still teach anything."""


class Retrained(NamedTuple):
    """What came of retraining.

    Parameters
    ----------
    sources
        What was trained on.
    classifier
        The trained classifier; None where the base falls by more than the margin.
    compared
        The figures before and after.
    falls
        The figures of the base that fall by more than the margin.
    warnings
        What the user should know, a line each.
    """

    sources: list[Corpus]
    classifier: LineClassifier | None
    compared: Comparisons
    falls: list[str]
    warnings: list[str]


class Comparisons(NamedTuple):
    """Figures before and after, see `detector.compare.compare`.

    Parameters
    ----------
    base
        Of the base set: trained on the base alone, and with the own pages.
    own
        Of the own pages: likewise.
    current
        Of the own pages: the model in use, and trained with the own pages; None where none is named.
    held_out
        ``"sites"`` or ``"pages"``: what of the own pages was held out at a time.
    """

    base: dict[str, Any]
    own: dict[str, Any]
    current: dict[str, Any] | None
    held_out: str

    def falls(self, margin: float) -> list[str]:
        """The guarded figures of the base set that fall by more than a margin."""
        return [name for name in GUARDED if self.base["figures"][name]["difference"][0] < -margin]

    def as_json(self) -> dict[str, Any]:
        """The comparisons as JSON values."""
        return self._asdict()

    def summary(self) -> dict[str, Any]:
        """The figures alone, for a model's manifest."""
        parts = {"base": self.base, "own": self.own, "current": self.current}
        return {name: part["figures"] for name, part in parts.items() if part is not None}


def retrain(
    own: Sequence[LabelledPage],
    base: Sequence[Corpus],
    classifier: LineClassifier,
    current: LineModel | None = None,
    *,
    own_weight: float = 4.0,
    margin: float = 0.01,
    allow_regression: bool = False,
    n_folds: int = 3,
    progress: Callable[[str], None] = lambda message: None,
) -> Retrained:
    """Train on own pages beside a base set, unless the base falls.

    Parameters
    ----------
    own, base
        The own pages and the base set, such as `detector.training.recipe.load_corpora` gives it.
    classifier
        How to train; it is fitted when the model is to be kept.
    current
        The model in use, which is taken not to have seen the own pages.
    own_weight
        How much more an own page counts.
    margin, allow_regression
        How much the base may lose of each of `GUARDED`, and whether to train even when it loses more.
    n_folds
        See `compare_trainings`.
    progress
        Called with a line of text at each step.

    Raises
    ------
    InputError
        There are too few own pages with a labelled line.
    """
    own = [page for page in own if any(part.label and not part.unsure for part in page.segments)]
    if len(own) < FEWEST_PAGES:
        raise InputError(f"{len(own)} own pages have a labelled line; retraining needs at least {FEWEST_PAGES}")
    mine = Corpus("own", "as the pages'", [replace(page, weight=page.weight * own_weight) for page in own])
    shipped = [page for corpus in base for page in corpus.pages]
    compared = compare_trainings(shipped, mine.pages, classifier, current, n_folds, progress=progress)
    falls = compared.falls(margin)
    sources = [*base, mine]
    kept = None
    if allow_regression or not falls:
        kept = classifier.fit([*shipped, *mine.pages], progress=progress)
    return Retrained(sources, kept, compared, falls, _warnings(own, compared))


def _warnings(own: Sequence[LabelledPage], compared: Comparisons) -> list[str]:
    found = []
    if len({part.label for page in own for part in page.segments if part.label and not part.unsure}) < 2:
        found.append("all labelled lines of the own pages are of one class: the model leans to it on pages like them")
    if compared.held_out == "pages":
        found.append("the own pages are of few sites, so pages were held out, not sites: on other sites it gains less")
    if compared.current is not None and compared.current["figures"]["page_word_f1"]["difference"][0] < 0:
        found.append("the model in use does better on the own pages than the retrained one: rather adapt it")
    return found


def compare_trainings(
    base: Sequence[LabelledPage],
    own: Sequence[LabelledPage],
    classifier: LineClassifier,
    current: LineModel | None,
    n_folds: int,
    n_rounds: int = 200,
    progress: Callable[[str], None] = lambda message: None,
) -> Comparisons:
    """Train on the base alone and with the own pages, and compare the two on pages that neither has seen.

    Parameters
    ----------
    base, own
        Labelled pages, weighted as they are to count.
    classifier
        How to train; it is not itself fitted.
    current
        The model in use, which is taken not to have seen the own pages.
    n_folds
        The base is held out by sites in so many folds; the own pages likewise, or, where they are of fewer sites,
        page by page.
    n_rounds
        Draws for the intervals.
    progress
        Called with a line of text at each step.
    """
    by_site = len({page.site or page.id for page in own}) >= n_folds
    base_fold = _deal([page.site or page.id for page in base], n_folds)
    own_fold = _deal([page.site or page.id if by_site else str(index) for index, page in enumerate(own)], n_folds)
    before: list[PageResult] = []
    after: list[PageResult] = []
    own_before: list[PageResult] = []
    own_after: list[PageResult] = []
    for fold in range(n_folds):
        progress(f"held out {fold + 1} of {n_folds}")
        rest, held = _split(base, base_fold, fold)
        own_rest, own_held = _split(own, own_fold, fold)
        if by_site:
            # A site that is on both sides would be seen.
            hidden = {page.site for page in (*held, *own_held) if page.site}
            rest, own_rest = ([page for page in part if page.site not in hidden] for part in (rest, own_rest))
        alone = clone(classifier).fit(rest).model_
        progress("trained on the base alone")
        both = clone(classifier).fit([*rest, *own_rest]).model_
        progress("trained with the own pages")
        before += _judged(alone, held)
        after += _judged(both, held)
        own_before += _judged(alone, own_held)
        own_after += _judged(both, own_held)
    in_use = None
    if current is not None:
        in_use = compare(_judged(current, [result.page for result in own_after]), own_after, n_rounds)
    return Comparisons(
        compare(before, after, n_rounds),
        compare(own_before, own_after, n_rounds),
        in_use,
        "sites" if by_site else "pages",
    )


def _deal(names: Sequence[str], n_folds: int) -> NDArray[np.int64]:
    """Deal names out to folds, by another hash than stacking deals sites: its folds must not come out empty."""
    order = sorted(set(names), key=lambda name: hashlib.blake2b(f"held out {name}".encode("utf-8", "replace")).digest())
    fold = {name: rank % n_folds for rank, name in enumerate(order)}
    return np.array([fold[name] for name in names], np.int64)


def _split(
    pages: Sequence[LabelledPage], folds: NDArray[np.int64], fold: int
) -> tuple[list[LabelledPage], list[LabelledPage]]:
    rest = [page for page, own in zip(pages, folds.tolist(), strict=True) if own != fold]
    return rest, [page for page, own in zip(pages, folds.tolist(), strict=True) if own == fold]


def _judged(model: LineModel, pages: Sequence[LabelledPage]) -> list[PageResult]:
    clean = Cleaner(model).clean_many(as_pages(pages))
    return [judge(page, result) for page, result in zip(pages, clean, strict=True)]
