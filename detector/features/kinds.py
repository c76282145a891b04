"""What the words and characters of a line say of its kind, were it noise: one linear score a kind.

The heads tell lines of a kind from all others; these tell the kinds of noise apart, and are computed for
lines alone that may be noise.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.features.ngrams import IndexRun, char_runs, word_runs
from detector.segment.text import Batch
from detector.segment.tokens import Tokens

ORDER: Final = 4
"""Characters of an n-gram."""

SCORE_LIMIT: Final = 8.0
_LINES_AT_ONCE: Final = 4096


def kind_runs(batch: Batch, tokens: Tokens, rows: NDArray[np.int64]) -> Iterator[tuple[slice, list[IndexRun]]]:
    """Entries of some lines, a few thousand lines at a time.

    Parameters
    ----------
    batch, tokens
        All lines and their words.
    rows
        int64, shape (n,): the lines.

    Yields
    ------
    slice, list of IndexRun
        Which of `rows`, and the entries of their n-grams, words and pairs of words.
    """
    for first in range(0, len(rows), _LINES_AT_ONCE):
        some = rows[first : first + _LINES_AT_ONCE]
        characters = char_runs(batch.folded, batch.starts.take(some), batch.ends.take(some), (ORDER,))
        yield slice(first, first + len(some)), [*characters, *word_runs(tokens, some)]
