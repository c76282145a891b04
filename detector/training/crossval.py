"""Cross-validation by site: models trained without a site judge the pages of that site."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from detector.cleaner import Cleaner, CleanPage
from detector.labels import LabelledPage
from detector.page import Page

if TYPE_CHECKING:
    from detector.classifier import LineClassifier


def out_of_fold(
    pages: Sequence[LabelledPage],
    classifier: LineClassifier,
    n_folds: int = 5,
    only: Sequence[int] | None = None,
    also: Sequence[LabelledPage] = (),
    progress: Callable[[str], None] = lambda message: None,
    dressed: Callable[[LabelledPage], LabelledPage | None] = lambda page: None,
) -> Iterator[tuple[LabelledPage, CleanPage]]:
    """Clean each page with a model that has not seen its site.

    Everything is learnt anew in each fold: weights, rarities, phrases, calibration, thresholds.

    Parameters
    ----------
    pages
        Training pages; each is judged by the model of the other folds.
    classifier
        Its settings are used; it is not itself fitted.
    n_folds
        How many folds.
    only
        Folds to run, all by default.
    also
        Pages never trained on, to be judged once: each by the model that has not seen its site.
    progress
        Called with a line of text at each step.
    dressed
        Gives the HTML in which a text page is judged once more, None for not at all.

    Yields
    ------
    page, clean page
        Each page cleaned as text; then once more as HTML where its structure is known, or it is dressed.
    """
    from sklearn.base import clone

    from detector.training.dataset import site_folds

    folds = site_folds([*pages, *also], n_folds)
    folds, other_folds = folds[: len(pages)], folds[len(pages) :]
    for fold in range(n_folds) if only is None else only:
        progress(f"fold {fold + 1} of {n_folds}")
        train = [page for page, own in zip(pages, folds, strict=True) if own != fold]
        model = clone(classifier).fit(train, progress=progress).model_
        held_out = [page for page, own in zip(pages, folds, strict=True) if own == fold]
        held_out += [page for page, own in zip(also, other_folds, strict=True) if own == fold]
        cleaner = Cleaner(model)
        yield from zip(held_out, cleaner.clean_many(as_pages(held_out, text_only=True)), strict=True)
        if model.html is not None:
            trees = [tree for page in held_out if (tree := page if page.structure is not None else dressed(page))]
            yield from zip(trees, cleaner.clean_many(as_pages(trees)), strict=True)


def as_pages(pages: Sequence[LabelledPage], text_only: bool = False) -> Iterator[Page]:
    """The pages to clean, without their labels, and with `text_only` without their structure."""
    for page in pages:
        yield Page(page.text, id=page.id, site=page.site, structure=None if text_only else page.structure)
