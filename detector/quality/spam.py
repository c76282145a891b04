"""Signs of spam: words that sell, words repeated to be found, and promotions among what was removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.cleaner import CleanPage
from detector.labels import KINDS
from detector.quality.words import Cores, word_hash

SPAM_WORDS: Final = (
    "casino", "casinos", "jackpot", "jackpots", "roulette", "baccarat", "blackjack", "slots", "slot", "betting",
    "bookmaker", "bookmakers", "sportsbook", "poker", "bonus", "bonuses", "viagra", "cialis", "levitra",
    "kamagra", "sildenafil", "tadalafil", "xanax", "tramadol", "pharmacy", "pills", "pill", "steroids",
    "escort", "escorts", "porn", "xxx", "sex", "webcam", "camgirls", "hookup", "milf", "nude", "payday", "loan",
    "loans", "lender", "lenders", "refinance", "forex", "crypto", "bitcoin", "airdrop", "giveaway", "free",
    "discount", "discounts", "cheap", "cheapest", "deals", "coupon", "coupons", "promo", "buy", "order",
    "shipping", "guaranteed", "guarantee", "refund", "earn", "income", "passive", "profit", "profits",
    "investment", "click", "backlinks", "backlink", "seo", "keywords", "traffic", "ranking", "essay", "essays",
    "dissertation", "homework", "replica", "replicas", "rolex", "jerseys", "vuitton", "weight", "slimming",
    "keto", "cbd", "vape", "testosterone", "supplements",
)  # fmt: skip
"""English words that spam is made of; each is innocent alone."""

_MOST: Final = 0.08
"""Share of spam words that makes a text spam for certain."""


def spam_scores(pages: Sequence[CleanPage], cores: Cores) -> NDArray[np.float64]:
    """How much of a page is spam, from 0 to 1.

    The greater of two shares: of spam words among the words of the clean text over `_MOST`; and of the words
    of the whole page that stand in lines removed as promotion.

    Parameters
    ----------
    pages
        The pages.
    cores
        The words of their clean texts.

    Returns
    -------
    float64 array of shape (n_pages,)
    """
    return np.maximum(spam_word_shares(cores) / _MOST, _promoted(pages)).clip(0, 1)


def spam_word_shares(cores: Cores) -> NDArray[np.float64]:
    """The share of `SPAM_WORDS` among the words of each text beyond the first percent; float64, shape (n_texts,)."""
    n = np.diff(cores.bounds)
    hits = np.flatnonzero(_TABLE.take(cores.hashes >> np.uint32(16)))
    hits = hits[np.isin(cores.hashes.take(hits), _HASHES)]
    count = np.bincount(np.searchsorted(cores.bounds, hits, "right") - 1, minlength=len(n))
    return np.asarray(np.maximum(count / np.maximum(n, 1) - 0.01, 0))


def _promoted(pages: Sequence[CleanPage]) -> NDArray[np.float64]:
    kind = KINDS.index("promo_spam")
    out = np.zeros(len(pages))
    for index, page in enumerate(pages):
        scores = page.scores
        promoted = (scores.kinds == kind) & (scores.p_noise >= page.threshold)
        if promoted.any():
            out[index] = scores.sizes[promoted].sum() / max(int(scores.sizes.sum()), 1)
    return out


_HASHES: Final = np.array(sorted(word_hash(word) for word in SPAM_WORDS), np.uint32)
_TABLE: Final = np.zeros(1 << 16, np.bool_)
_TABLE[_HASHES >> np.uint32(16)] = True
