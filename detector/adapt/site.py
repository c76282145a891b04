"""Adapting to a site: from labelled pages to a profile that has shown that it gains something."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from detector.adapt.fit import SitePage, fit_profile
from detector.adapt.gain import Gain, measure_gain
from detector.adapt.profile import Profile
from detector.cleaner import Cleaner
from detector.labels import LabelledPage
from detector.training.crossval import as_pages

FEWEST_PAGES: Final = 3
MOST_PAGES: Final = 50


class Adapted(NamedTuple):
    """What came of adapting to a site.

    Parameters
    ----------
    site
        Its name.
    n_pages
        Labelled pages that were used.
    profile
        The profile; None where there is none worth keeping.
    gain
        What it gains on pages that it was not made of; None where that could not be measured.
    reason
        Why there is no profile, or ``""``.
    """

    site: str
    n_pages: int
    profile: Profile | None
    gain: Gain | None
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """The outcome as JSON values."""
        return {
            "site": self.site,
            "pages": self.n_pages,
            "saved": self.profile is not None,
            "reason": self.reason,
            "gain": None if self.gain is None else self.gain.as_json(),
        }


def adapt_site(
    site: str,
    pages: Sequence[LabelledPage],
    cleaner: Cleaner,
    base: str,
    progress: Callable[[str], None] = lambda message: None,
) -> Adapted:
    """Make a profile of the labelled pages of a site, and measure it by cross-fitting before it is kept.

    Parameters
    ----------
    site
        Its name.
    pages
        Its labelled pages, `FEWEST_PAGES` to `MOST_PAGES`; of more, that many are used, and of equal texts the first.
    cleaner
        The model, without profiles.
    base
        Its fingerprint, see `detector.model_file.fingerprint`.
    progress
        Called with a line of text at each step.
    """
    labelled = [page for page in pages if any(part.label and not part.unsure for part in page.segments)]
    # A page that is there twice would be judged by a profile made of itself, and flatter the gain.
    distinct = {page.text: page for page in sorted(labelled, key=lambda page: (page.id, page.text), reverse=True)}
    if len(distinct) < len(labelled):
        progress(f"{site}: {len(labelled) - len(distinct):,} labelled pages have the text of another one: left out")
    labelled = sorted(distinct.values(), key=lambda page: (page.id, page.text))[:MOST_PAGES]
    if len(distinct) > MOST_PAGES:
        progress(f"{site}: the first {MOST_PAGES} of {len(distinct):,} pages are used; try to retrain with all of them")
    if reason := _too_little(labelled):
        return Adapted(site, len(labelled), None, None, reason)
    progress(f"{site}: judging {len(labelled)} pages")
    clean = cleaner.clean_many(as_pages(labelled))
    tables = cleaner.model.tables
    known = [SitePage.of(page, result, tables) for page, result in zip(labelled, clean, strict=True)]
    gain = measure_gain(known, tables, lambda message: progress(f"{site}: {message}"))
    if gain.loses:
        return Adapted(site, len(labelled), None, gain, "it loses on pages that it was not made of")
    profile = fit_profile(known, base, gain.threshold)
    return Adapted(site, len(labelled), replace(profile, info={**profile.info, "gain": gain.as_json()}), gain)


def _too_little(pages: Sequence[LabelledPage]) -> str:
    """Why a profile cannot be made, or an empty string."""
    if len(pages) < FEWEST_PAGES:
        return f"{len(pages)} labelled page{'s' * (len(pages) != 1)}; a profile needs at least {FEWEST_PAGES}"
    labels = {part.label for page in pages for part in page.segments if part.label and not part.unsure}
    if len(labels) < 2:
        return f"all labelled lines are {labels.pop()}; a profile needs lines of article and lines of noise"
    return ""
