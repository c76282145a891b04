"""A review under way: all that the page can ask for or change, one request at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from detector.errors import OutputError
from detector.review.collect import Collection
from detector.review.ledger import HAND, NOBODY, UNKNOWN, Answer, Ledger
from detector.review.queue import Question, Queue, Values
from detector.review.store import Store

_REST: Final = 4
"""The file is written at most a quarter of the time."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a review is.

    Parameters
    ----------
    lines, settled, by_hand
        Lines in all, with a label, and with one that a person gave them.
    questions
        Distinct lines that are not settled.
    bits
        What all answers are worth together, see `detector.review.queue`.
    revision
        Changes with every change of a label.
    can_undo
        Whether there is an answer to take back.
    unsaved
        Why the labelled-page file could not be written last time, ``""`` where all is well.
    """

    lines: int
    settled: int
    by_hand: int
    questions: int
    bits: float
    revision: int
    can_undo: bool
    unsaved: str


class Session:
    """A review under way.

    Parameters
    ----------
    collection
        What is reviewed.
    store
        Where answers go.
    """

    def __init__(self, collection: Collection, store: Store) -> None:
        self.collection = collection
        self.store = store
        self.ledger = Ledger(collection.lines.groups)
        self.lock = threading.RLock()
        self._queue = Queue(collection.lines)
        self._passed = np.zeros(collection.lines.n_groups, np.bool_)
        self._revision = 0
        self._saved = 0
        self._unsaved = ""
        self._writing = threading.Lock()
        self._due = threading.Event()
        self._over = threading.Event()
        self._writer = threading.Thread(target=self._write_in_turn, name="labels", daemon=True)
        self._values: tuple[int, Values] | None = None

    def __enter__(self) -> Session:
        self.store.open(self.ledger)
        # What a journal held, if anything, is not yet in the file.
        if self.store.notes:
            self._changed()
        self._writer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._due.set()
        self._writer.join()
        try:
            self.save()
        finally:
            self.store.close(is_saved=not self._unsaved)

    def answer(self, answers: Sequence[Answer], *, spread: bool) -> int:
        """Take answers; they are on the disk when this returns.

        Returns
        -------
        int
            How many lines they settle.

        Raises
        ------
        OutputError
            They cannot be written; nothing has changed.
        """
        with self.lock:
            self.store.record(list(answers), spread)
            settled = self.ledger.answer(answers, spread=spread)
            self._changed()
            return settled

    def accept_page(self, page: int, *, spread: bool) -> int:
        """Take what is shown of a page for right; kinds that the model guesses are left open.

        Raises
        ------
        OutputError
            It cannot be written; nothing has changed.
        """
        with self.lock:
            lines, entries = self.collection.lines, self.ledger.entries
            rows = np.arange(len(lines))[lines.rows_of(page)]
            rows = rows[entries.source[rows] < HAND]
            shown = np.where(entries.source[rows] == NOBODY, lines.is_noise[rows], entries.label[rows])
            answers = []
            for label in (0, 1):
                for kind in np.unique(entries.kind[rows[shown == label]]).tolist():
                    picked = rows[(shown == label) & (entries.kind[rows] == kind)]
                    answers.append(Answer(picked, label, kind if label else UNKNOWN))
            return self.answer(answers, spread=spread) if answers else 0

    def undo(self) -> tuple[int, int] | None:
        """Take the last answer back; return the first line that it was given on, and how many change.

        Raises
        ------
        OutputError
            It cannot be written; nothing has changed.
        """
        with self.lock:
            change = self.ledger.last_change()
            if change is None:
                return None
            self.store.record_undo(change)
            self.ledger.undo()
            self._changed()
            return change.first, len(change.rows)

    def next_question(
        self, page: int | None = None, passed: int | None = None, *, stay: bool = False
    ) -> Question | None:
        """The best question that is left.

        Parameters
        ----------
        page
            The page that is looked at.
        passed
            A line that is not to be asked about before all others were.
        stay
            Whether only lines of that page come into question.
        """
        with self.lock:
            if passed is not None:
                self._passed[self.collection.lines.groups[passed]] = True
            values, settled = self.values(), self.ledger.is_settled
            later = settled | self._passed[self.collection.lines.groups]
            if later.all():
                self._passed[:] = False
                later = settled
            if later is not settled and self._passed.any():
                values = self._queue.values(later)
            return self._queue.next_question(values, later, page, stay=stay)

    def values(self) -> Values:
        """What answers are worth now."""
        with self.lock:
            if self._values is None or self._values[0] != self._revision:
                self._values = self._revision, self._queue.values(self.ledger.is_settled)
            return self._values[1]

    def page_order(self) -> list[int]:
        """All pages, the one with the best question first."""
        order: list[int] = self._queue.pages(self.values()).tolist()
        return order

    def progress(self) -> Progress:
        """Say how far the review is."""
        with self.lock:
            source = self.ledger.entries.source
            groups = self.values().groups
            return Progress(
                len(source),
                int(np.count_nonzero(source)),
                int(np.count_nonzero(source >= HAND)),
                int(np.count_nonzero(groups)),
                float(groups.sum()),
                self._revision,
                self.ledger.answers > 0,
                self._unsaved,
            )

    def save(self) -> None:
        """Bring the labelled-page file up to date now; what is wrong with it is in `progress`."""
        with self._writing:
            with self.lock:
                revision = self._revision
                if revision == self._saved:
                    return
                entries = self.ledger.snapshot()
            try:
                self.store.write(entries)
            except OutputError as error:
                self._unsaved = str(error)
            except Exception as error:  # whatever it is, the page must tell
                self._unsaved = f"{self.store.path}: cannot be written: {type(error).__name__}: {error}"
            else:
                self._unsaved = ""
                self._saved = revision

    def _changed(self) -> None:
        self._revision += 1
        self._due.set()

    def _write_in_turn(self) -> None:
        while not self._over.is_set():
            self._due.wait()
            self._due.clear()
            if self._over.is_set():
                return
            started = time.monotonic()
            self.save()
            rest = (time.monotonic() - started) * (_REST - 1)
            if self._unsaved:
                rest = max(rest, 1.0)
                self._due.set()
            self._over.wait(rest)
