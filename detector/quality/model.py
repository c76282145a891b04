"""The quality model: all that is learnt for the score of a page, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.quality.heads import Head
from detector.quality.language_model import LanguageModel

HEADS: Final = ("share", "f1", "good", "article", "natural")
PARTS: Final = ("quality", "share", "f1", "article", "rules", "repost", "spam", "natural")
"""What a page gets, in the order in which it is told."""

GOOD_F1: Final = 0.9
"""A page is good when the word F1 of its clean text is at least this."""
FAMILIAR_BITS: Final = 20


@dataclass(frozen=True, slots=True)
class QualityModel:
    """What the score of a page rests on.

    Parameters
    ----------
    language
        The language model.
    heads
        For each of `HEADS` a linear model.
    type_weights, type_scale
        See `detector.quality.page_types.type_columns`.
    familiar
        uint8, shape (2 ** FAMILIAR_BITS / 8,): a bit for each hashed word of the training pages.
    reference
        float64, shape (101,): percentiles of the quality of the training pages.
    """

    language: LanguageModel
    heads: dict[str, Head]
    type_weights: NDArray[np.int8]
    type_scale: NDArray[np.float64]
    familiar: NDArray[np.uint8]
    reference: NDArray[np.float64]

    def is_familiar(self, hashes: NDArray[np.uint32]) -> NDArray[np.bool_]:
        """Whether the training pages have each word."""
        index = hashes >> np.uint32(32 - FAMILIAR_BITS)
        bits = self.familiar.take(index >> np.uint32(3)) >> (index & np.uint32(7)).astype(np.uint8)
        return np.asarray((bits & 1).astype(np.bool_))


def familiar_bits(hashes: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """The table of `QualityModel.is_familiar` for some words."""
    bits = np.zeros(1 << FAMILIAR_BITS, np.uint8)
    bits[hashes >> np.uint32(32 - FAMILIAR_BITS)] = 1
    return np.packbits(bits, bitorder="little")
