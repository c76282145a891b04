"""Keys of lines: equal for lines that a reader would call the same.

The key of a line is a hash of its words in lower case, each run of digits as ``0``, without what
stands between them: "Posted on 12/03/2024, by ADMIN!" and "posted on 1.4.2023 by admin" share theirs.
"""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.segment.tokens import PrefixHash, Tokens

NO_KEY: Final = np.uint64(0)
"""The key of a line without a word."""

_MOST_DIGITS: Final = 24
_MIX: Final = np.uint32(0x2545F491)


def line_keys(tokens: Tokens) -> NDArray[np.uint64]:
    """Give the key of each line.

    Parameters
    ----------
    tokens
        The words of some lines.

    Returns
    -------
    uint64 array of shape (n_lines,)
        `NO_KEY` for a line without a word.  Keys do not depend on the model nor on what else is in the batch.
    """
    words = np.where(np.isin(tokens.hashes, _numbers()), _numbers()[0], tokens.hashes)
    starts, ends = tokens.bounds[:-1], tokens.bounds[1:]
    high = PrefixHash(words).of(starts, ends).astype(np.uint64)
    low = PrefixHash((words ^ (words >> np.uint32(16))) * _MIX).of(starts, ends).astype(np.uint64)
    keys = (high << np.uint64(32)) | low
    return np.where(starts == ends, NO_KEY, np.maximum(keys, np.uint64(1)))


@functools.cache
def _numbers() -> NDArray[np.uint32]:
    """The hashes of words that are only digits."""
    zeros = np.full(_MOST_DIGITS, ord("0"), np.uint16)
    lengths = np.arange(1, _MOST_DIGITS + 1)
    return PrefixHash(zeros).of(np.zeros(_MOST_DIGITS, np.int64), lengths)
