"""What sites repeat, for training: counted where the corpora hold pages of a site, imagined where they do not."""

from __future__ import annotations

from typing import Final

import numpy as np

from detector.features.memory import Repeats
from detector.labels import KINDS
from detector.segment.keys import NO_KEY, line_keys
from detector.training.dataset import Dataset
from detector.training.inject import INJECTED

_FEW_PAGES: Final = 2
_MANY_PAGES: Final = 400
_STORY_REPEATED: Final = 0.05
# How often lines repeat by the type of their page, about as pages of the same sites do in WCXB: cards and
# specifications of products stand on several pages of a shop.
_ARTICLE_REPEATED: Final = {"documentation": 0.2, "forum": 0.07, "collection": 0.35, "product": 0.35, "listing": 0.15}
_ARTICLE_REPEATED_ELSEWHERE: Final = 0.02
_NOISE_REPEATED: Final = {"article": 0.4, "collection": 0.8, "product": 0.75, "service": 0.7}
_NOISE_REPEATED_ELSEWHERE: Final = 0.5
_REPEATED: Final = {
    "ad_marker": 0.7,
    "caption": 0.15,
    "related_link": 0.3,
    "share": 0.8,
    "subscribe": 0.8,
    "comment_prompt": 0.6,
    "source_link": 0.4,
    "copyright": 0.75,
    "author_box": 0.3,
    "navigation": 0.75,
    "promo_spam": 0.5,
    "cookie": 0.85,
    "other": 0.4,
}
_FRAMES: Final = (0.05, 0.5, 1.0, 1.0, 2.0)
_SAME_RUN: Final = 0.85
_SALT: Final = np.uint64(0x9E3779B97F4A7C15)
_PAGE_SALT: Final = np.uint64(0xC2B2AE3D27D4EB4F)


def training_repeats(data: Dataset, seed: int) -> Repeats:
    """Say how often the lines of training pages stand on other pages of their sites.

    Where the data hold several pages of a site they are counted, the page itself left out.  For other pages,
    and for those made by injection, a site is imagined: noise repeats by its kind, in runs and at rates from
    now and then to always; now and then a line of the article does, or the whole story.

    Parameters
    ----------
    data
        The lines.
    seed
        The same seed and data give the same counts.
    """
    counted = _counted(data)
    imagined = _imagined(data, np.random.default_rng(seed))
    is_counted = counted.n_pages > 0
    return Repeats(
        np.where(is_counted[data.page], counted.counts, imagined.counts),
        np.where(is_counted, counted.n_pages, imagined.n_pages),
    )


def _counted(data: Dataset) -> Repeats:
    keys = line_keys(data.tokens)
    names = {page.site for page in data.pages if page.site and page.source != INJECTED}
    number = {name: index for index, name in enumerate(sorted(names))}
    site = np.array([number.get(page.site or "", -1) if page.source != INJECTED else -1 for page in data.pages])
    n_pages = np.where(site >= 0, np.bincount(site[site >= 0], minlength=len(names) + 1)[site] - 1, 0)
    used = np.flatnonzero((site[data.page] >= 0) & (keys != NO_KEY))
    by_site = keys[used] ^ (site[data.page[used]].astype(np.uint64) * _SALT)
    # A page counts once for a line, however often it holds it.
    _, once = np.unique(by_site ^ (data.page[used].astype(np.uint64) * _PAGE_SALT), return_index=True)
    known, pages = np.unique(by_site[once], return_counts=True)
    counts = np.zeros(len(keys), np.int64)
    counts[used] = pages[np.searchsorted(known, by_site)] - 1
    return Repeats(counts, n_pages)


def _imagined(data: Dataset, rng: np.random.Generator) -> Repeats:
    n_lines = len(data.target)
    types = [page.page_type or "" for page in data.pages]
    n_pages = np.rint(np.exp(rng.uniform(np.log(_FEW_PAGES), np.log(_MANY_PAGES), len(data.pages)))).astype(np.int64)
    chance = np.array([_NOISE_REPEATED.get(name, _NOISE_REPEATED_ELSEWHERE) for name in types])[data.page]
    for kind, name in enumerate(KINDS):
        chance[data.kind == kind] = _REPEATED[name]
    article = data.target == 1
    # Of some sites all that is noise is a frame around the story, of others much of it changes with the story.
    power = rng.choice(_FRAMES, len(data.pages))
    chance = chance ** power[data.page]
    by_type = np.array([_ARTICLE_REPEATED.get(name, _ARTICLE_REPEATED_ELSEWHERE) for name in types])[data.page]
    chance[article] = by_type[article]
    # A menu or a sidebar is repeated as a whole: runs of lines share their draw.
    fresh = np.ones(n_lines, np.bool_)
    fresh[1:] = (
        (rng.random(n_lines - 1) > _SAME_RUN) | article[1:] | (np.diff(data.target) != 0) | (np.diff(data.page) != 0)
    )
    run = np.cumsum(fresh) - 1
    repeated = rng.random(n_lines)[run] < chance
    style = rng.random(n_lines)[run]
    within = rng.random(n_lines)[run]
    rate = np.select([style < 0.55, style < 0.8], [0.8 + 0.2 * within, 0.1 + 0.7 * within], 0.01 + 0.1 * within)
    seldom = article & (by_type <= _ARTICLE_REPEATED_ELSEWHERE)
    rate[seldom] = np.where(style < 0.8, 0.01 + 0.1 * within, within)[seldom]
    counts = np.where(repeated, rng.binomial(n_pages[data.page], rate), 0)
    # The same story stands on a site twice, or more often.
    again = np.where(rng.random(len(data.pages)) < _STORY_REPEATED, rng.integers(1, 3, len(data.pages)), 0)
    counts += np.where(article | (data.kind == KINDS.index("caption")), again[data.page], 0)
    return Repeats(np.minimum(counts, n_pages[data.page]), n_pages)
