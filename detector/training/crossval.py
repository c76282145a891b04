"""Cross-validation by site: models trained without a site judge the pages of that site."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from detector.classifier import LineClassifier
from detector.cleaner import Cleaner, CleanPage
from detector.labels import LabelledPage
from detector.page import Page
from detector.training.dataset import site_folds


def out_of_fold(
    pages: Sequence[LabelledPage],
    classifier: LineClassifier,
    n_folds: int = 5,
    only: Sequence[int] | None = None,
    also: Sequence[LabelledPage] = (),
    progress: Callable[[str], None] = lambda message: None,
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

    Yields
    ------
    page, clean page
    """
    from sklearn.base import clone

    folds = site_folds([*pages, *also], n_folds)
    folds, other_folds = folds[: len(pages)], folds[len(pages) :]
    for fold in range(n_folds) if only is None else only:
        progress(f"fold {fold + 1} of {n_folds}")
        train = [page for page, own in zip(pages, folds, strict=True) if own != fold]
        model = clone(classifier).fit(train, progress=progress).model_
        held_out = [page for page, own in zip(pages, folds, strict=True) if own == fold]
        held_out += [page for page, own in zip(also, other_folds, strict=True) if own == fold]
        yield from zip(held_out, Cleaner(model).clean_many(_pages(held_out)), strict=True)


def _pages(pages: Sequence[LabelledPage]) -> Iterator[Page]:
    return (Page(page.text, id=page.id, site=page.site) for page in pages)
