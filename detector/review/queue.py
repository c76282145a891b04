"""What to ask next: the lines from which a model would learn most.

The value of a question is the uncertainty of a line times how often its site repeats it: the information
density of Settles and Craven ("An analysis of active learning strategies for sequence labeling tasks",
EMNLP 2008), with equality of normal forms as the similarity.  Uncertainty is the entropy of the
calibrated probability, in bits; so a line at 0.99 that stands on a hundred pages comes before a line
at 0.5 that stands on seven.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.review.collect import Lines


class Question(NamedTuple):
    """A line to be asked about.

    Parameters
    ----------
    page
        Its page.
    row
        The line.
    value
        Bits that the answer is worth.
    """

    page: int
    row: int
    value: float


class Values(NamedTuple):
    """What answers are worth, in bits.

    Parameters
    ----------
    groups
        float64, shape (n_groups,): the answer to a line of each group.
    best
        float64, shape (n_pages,): the best question on each page.
    pages
        float64, shape (n_pages,): all questions on each page.
    """

    groups: NDArray[np.float64]
    best: NDArray[np.float64]
    pages: NDArray[np.float64]


def entropy(p: NDArray[np.float32]) -> NDArray[np.float64]:
    """Binary entropy in bits; shape (n_lines,).

    Examples
    --------
    >>> entropy(np.array([0, 0.5, 0.9], np.float32)).round(2).tolist()
    [0.0, 1.0, 0.47]
    """
    q = np.clip(p.astype(np.float64), 1e-6, 1 - 1e-6)
    return np.asarray(-(q * np.log2(q) + (1 - q) * np.log2(1 - q)))


class Queue:
    """The questions of a review.

    Parameters
    ----------
    lines
        All lines.
    """

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._bits = entropy(lines.p_noise)
        # A line that its own page repeats is one question of that page.
        pairs = lines.page.astype(np.int64) * lines.n_groups + lines.groups
        first = np.zeros(len(lines), np.bool_)
        first[np.unique(pairs, return_index=True)[1]] = True
        self._first = first
        self._filled = np.flatnonzero(np.diff(lines.page_rows))

    def values(self, is_settled: NDArray[np.bool_]) -> Values:
        """What answers are worth, with some lines settled."""
        lines = self._lines
        n_pages = len(lines.page_rows) - 1
        bits: NDArray[np.float64] = np.where(is_settled, 0.0, self._bits)
        groups = np.zeros(lines.n_groups) + np.bincount(lines.groups, bits, lines.n_groups)
        of_rows = np.where(is_settled, 0.0, groups[lines.groups])
        best = np.zeros(n_pages)
        best[self._filled] = np.maximum.reduceat(of_rows, lines.page_rows[:-1][self._filled])
        pages = np.zeros(n_pages) + np.bincount(lines.page, of_rows * self._first, n_pages)
        return Values(groups, best, pages)

    def pages(self, values: Values) -> NDArray[np.int64]:
        """Pages by their best question, then by all of them; shape (n_pages,)."""
        return np.lexsort((-values.pages, -values.best))

    def next_question(
        self, values: Values, is_settled: NDArray[np.bool_], page: int | None = None, *, stay: bool = False
    ) -> Question | None:
        """The best question.

        Parameters
        ----------
        values
            From `values`.
        is_settled
            bool, shape (n_lines,).
        page
            The page that is looked at: it is stayed on while its best question is worth half of the best anywhere.
        stay
            Whether only that page comes into question.

        Returns
        -------
        Question or None
            None where all is settled.
        """
        if not len(values.best) or is_settled.all():
            return None
        top = int(self.pages(values)[0])
        if page is not None and (stay or 0 < values.best[page] >= values.best[top] / 2):
            top = page
        rows = self._lines.rows_of(top)
        worth = np.where(is_settled[rows], -1.0, values.groups[self._lines.groups[rows]])
        if not len(worth) or worth.max() < 0:
            return None
        best = int(worth.argmax())
        return Question(top, rows.start + best, float(worth[best]))
