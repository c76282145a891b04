"""What a profile gains on pages of the site that it was not made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from detector.adapt.fit import SitePage, fit_profile
from detector.adapt.profile import Profile
from detector.cleaner import CleanPage
from detector.decide import page_threshold
from detector.metrics import Interval, bootstrap
from detector.segment.chars import CharTables

MAX_FOLDS: Final = 10
THRESHOLDS: Final = (None, 0.5)
_ROUNDS: Final = 1000


@dataclass(frozen=True, slots=True)
class Gain:
    """Words judged wrong with and without a profile, on pages that it was not made of.

    Parameters
    ----------
    words
        For each page the labelled words.
    before, after
        For each page the words of noise kept and of article lost.
    threshold
        What profiles decide by, see `Profile`: whichever of `THRESHOLDS` leaves fewer words wrong.
    """

    words: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    threshold: float | None = None

    @property
    def errors_left(self) -> Interval:
        """Errors after over errors before, with the interval of a paired bootstrap over pages."""
        before, after = np.array(self.before), np.array(self.after)
        return bootstrap(len(before), lambda drawn: _ratio(after[drawn].sum(), before[drawn].sum()), _ROUNDS)

    @property
    def loses(self) -> bool:
        """Whether the profile does worse than the model alone."""
        return sum(self.after) > sum(self.before)

    def as_json(self) -> dict[str, Any]:
        """The figures as JSON values."""
        return {
            "pages": len(self.words),
            "words": sum(self.words),
            "words_wrong_before": sum(self.before),
            "words_wrong_after": sum(self.after),
            "errors_left": [round(value, 4) for value in self.errors_left],
        }


def _ratio(after: float, before: float) -> float:
    return float(after / before) if before else float(1 + after)


def measure_gain(pages: Sequence[SitePage], tables: CharTables, progress: Callable[[str], None]) -> Gain:
    """Judge each page by a profile made of the others.

    Parameters
    ----------
    pages
        Labelled pages of a site, at least two; up to `MAX_FOLDS` are left out one by one, more in as many groups.
    tables
        Character tables of the model.
    progress
        Called with a line of text at each step.
    """
    n_folds = min(len(pages), MAX_FOLDS)
    after = {threshold: [0] * len(pages) for threshold in THRESHOLDS}
    for fold in range(n_folds):
        profile = fit_profile([page for index, page in enumerate(pages) if index % n_folds != fold], "")
        for index in range(fold, len(pages), n_folds):
            for threshold, wrong in after.items():
                moved = adapted(pages[index].clean, replace(profile, threshold=threshold), tables)
                wrong[index] = words_wrong(pages[index], moved)
        progress(f"held out {fold + 1} of {n_folds}")
    words = tuple(int(page.clean.scores.sizes[page.labels >= 0].sum()) for page in pages)
    best = min(THRESHOLDS, key=lambda threshold: sum(after[threshold]))
    return Gain(words, tuple(words_wrong(page, page.clean) for page in pages), tuple(after[best]), best)


def adapted(clean: CleanPage, profile: Profile, tables: CharTables) -> CleanPage:
    """A page that the model has judged, as the profile has it."""
    scores = profile.adjust(clean.page, clean.scores, tables)
    own = profile.threshold
    return replace(clean, scores=scores, threshold=page_threshold(scores.p_noise, scores.sizes) if own is None else own)


def words_wrong(page: SitePage, clean: CleanPage) -> int:
    """Words of labelled lines of noise that are kept, and of article that are lost."""
    wrong = (page.labels >= 0) & (clean.is_noise != (page.labels == 1))
    return int(clean.scores.sizes[wrong].sum())
