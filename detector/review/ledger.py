"""What is known of each line: nobody's word, a person's, or one spread from an equal line; and how to take it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.labels import ARTICLE, NOISE

LABELS: Final = (ARTICLE, NOISE)
"""What a line can be; the ledger holds the index, or `UNKNOWN`."""

UNKNOWN: Final = -1
NOBODY, SPREAD, HAND, UNSURE = range(4)
"""Who said so: nobody; a person, of an equal line; a person; a person who was in doubt."""


class Entries(NamedTuple):
    """What is known of some lines.

    Parameters
    ----------
    label
        int8: index into `LABELS`, `UNKNOWN` where nobody has said.
    kind
        int8: index into `KINDS`, `UNKNOWN` where it is not known.
    source
        int8: `NOBODY`, `SPREAD`, `HAND` or `UNSURE`.
    """

    label: NDArray[np.int8]
    kind: NDArray[np.int8]
    source: NDArray[np.int8]

    def at(self, rows: NDArray[np.int64]) -> Entries:
        """Copy those of some lines."""
        return Entries(self.label[rows], self.kind[rows], self.source[rows])


class Answer(NamedTuple):
    """A person's word on some lines.

    Parameters
    ----------
    rows
        int64: the lines.
    label
        Index into `LABELS`.
    kind
        Index into `KINDS`, or `UNKNOWN`.
    source
        `HAND` or `UNSURE`.
    """

    rows: NDArray[np.int64]
    label: int
    kind: int = UNKNOWN
    source: int = HAND


class Change(NamedTuple):
    """Lines before an answer changed them.

    Parameters
    ----------
    first
        The first line that the answer was given on.
    rows
        int64: all lines it may have changed.
    before
        What was known of them.
    """

    first: int
    rows: NDArray[np.int64]
    before: Entries


class Ledger:
    """What is known of the lines of a review.

    Parameters
    ----------
    groups
        int32, shape (n_lines,): lines that one answer settles share a number.
    """

    def __init__(self, groups: NDArray[np.int32]) -> None:
        n = len(groups)
        self.entries = Entries(np.full(n, UNKNOWN, np.int8), np.full(n, UNKNOWN, np.int8), np.zeros(n, np.int8))
        self._groups = groups
        self._order = np.argsort(groups, kind="stable")
        self._first = np.searchsorted(groups[self._order], np.arange(int(groups.max()) + 2 if n else 1))
        self._changes: list[Change] = []

    @property
    def is_settled(self) -> NDArray[np.bool_]:
        """bool, shape (n_lines,): which lines somebody has answered, or an equal one."""
        return np.asarray(self.entries.source != NOBODY)

    @property
    def answers(self) -> int:
        """How many answers can be taken back."""
        return len(self._changes)

    def equal_lines(self, group: int) -> NDArray[np.int64]:
        """The lines of a group, in order."""
        return self._order[self._first[group] : self._first[group + 1]]

    def group_sizes(self, groups: NDArray[np.int32]) -> NDArray[np.int64]:
        """How many lines some groups have."""
        return np.asarray(self._first[groups + 1] - self._first[groups])

    def answer(self, answers: Sequence[Answer], *, spread: bool) -> int:
        """Write answers down.

        Parameters
        ----------
        answers
            What a person has said at one time: at least one answer, each on at least one line.
        spread
            Whether equal lines that nobody has answered by hand get the same label.

        Returns
        -------
        int
            How many lines that were not settled now are.
        """
        touched = [answer.rows for answer in answers]
        if spread:
            groups = np.unique(self._groups[np.concatenate(touched)])
            touched += [self.equal_lines(group) for group in groups]
        rows = np.unique(np.concatenate(touched))
        first = min(int(answer.rows.min()) for answer in answers)
        self._changes.append(Change(first, rows, self.entries.at(rows)))
        before = int(np.count_nonzero(self.entries.source[rows]))
        for answer in answers:
            self.restore(answer.rows, answer.label, answer.kind, answer.source)
        for answer in answers if spread else ():
            if answer.source == HAND:
                for group in np.unique(self._groups[answer.rows]):
                    equal = self.equal_lines(group)
                    open_rows = equal[self.entries.source[equal] <= SPREAD]
                    self.restore(open_rows, answer.label, answer.kind, SPREAD)
        return int(np.count_nonzero(self.entries.source[rows])) - before

    def last_change(self) -> Change | None:
        """What the last answer changed."""
        return self._changes[-1] if self._changes else None

    def undo(self) -> None:
        """Take the last answer back."""
        change = self._changes.pop()
        self.restore(change.rows, *change.before)

    def restore(self, rows: NDArray[np.int64], label: Any, kind: Any, source: Any) -> None:
        """Write down what is known of some lines, whatever was before: each a number, or one for each line."""
        self.entries.label[rows] = label
        self.entries.kind[rows] = kind
        self.entries.source[rows] = source

    def snapshot(self) -> Entries:
        """Copy all, for a thread that writes it to a file."""
        return Entries(*(column.copy() for column in self.entries))
