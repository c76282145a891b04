"""The labelled-page file of a review: read when it begins, held against a second reviewer, kept up to date.

Pages of the file that are not under review, or have another text there, are carried over byte for byte.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import numpy as np
from numpy.typing import NDArray

from detector.errors import InputError, OutputError
from detector.files import HeldError, atomic_writer, hold
from detector.labels import LabelledPage, page_from_dict, page_to_dict
from detector.review.collect import Collection
from detector.review.journal import Journal
from detector.review.labelled import entries_of, labelled_page
from detector.review.ledger import NOBODY, Answer, Change, Entries, Ledger


class Store:
    """The file, and the journal beside it.

    Parameters
    ----------
    path
        The labelled-page file.
    collection
        What is reviewed.

    Attributes
    ----------
    notes : list of str
        What was found that the user should know.
    """

    def __init__(self, path: Path, collection: Collection) -> None:
        self.path = path
        self.notes: list[str] = []
        self._collection = collection
        self._known: dict[int, LabelledPage] = {}
        self._foreign: list[tuple[int, int]] = []
        self._journal = Journal(path.with_name(f"{path.name}.journal"))
        self._stamp: tuple[int, int] | None = None
        self._lock: TextIO | None = None

    def open(self, ledger: Ledger) -> None:
        """Hold the file, and write what it says into the ledger.

        Raises
        ------
        InputError
            It is no labelled-page file, or the journal of an interrupted review is of other pages.
        OutputError
            Somebody else reviews into it, or its folder cannot be written.
        """
        try:
            self._lock = hold(f"{self.path}.lock")
        except HeldError as error:
            raise OutputError(
                f"{self.path}: process {error} is reviewing into it; end that review or name another file with --labels"
            ) from None
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written: {error.strerror or error}") from None
        try:
            self._read(ledger)
            self._replay(ledger)
        except BaseException:
            self._release()
            raise

    def record(self, answers: list[Answer], spread: bool) -> None:
        """Put answers in the journal.

        Raises
        ------
        OutputError
            They cannot be written.
        """
        marks = []
        for answer in answers:
            said = {"label": answer.label, "kind": answer.kind, "source": answer.source}
            marks += [{**mark, **said} for mark in self._marks(answer.rows)]
        self._journal.append({"answers": marks, "spread": spread})

    def record_undo(self, change: Change) -> None:
        """Put in the journal that lines are again as they were.

        Raises
        ------
        OutputError
            It cannot be written.
        """
        marks = []
        before = np.stack(change.before)
        for entry in np.unique(before, axis=1).T:
            label, kind, source = entry.tolist()
            said = {"label": label, "kind": kind, "source": source}
            marks += [{**mark, **said} for mark in self._marks(change.rows[(before == entry[:, None]).all(0)])]
        self._journal.append({"restore": marks})

    def write(self, entries: Entries) -> int:
        """Bring the labelled-page file up to date; return how many pages of the review are in it.

        Raises
        ------
        OutputError
            It cannot be written, or something else has changed it since; answers are safe in the journal.
        """
        if self._stamp != self._seen():
            raise OutputError(
                f"{self.path}: was changed by another program; answers are kept in {self._journal.path} "
                "until it is moved away"
            )
        names, lines, shelf = self._collection.names, self._collection.lines, self._collection.shelf
        answered = np.unique(lines.page[entries.source != NOBODY])
        foreign: list[tuple[int, int]] = []
        with atomic_writer(self.path) as stream:
            at = 0
            for raw in self._carried():
                stream.write(raw)
                foreign.append((at, at + len(raw)))
                at += len(raw)
            for number in answered.tolist():
                page = replace(shelf.page(number), site=names[number].site or None)
                made = labelled_page(page, lines, number, entries, self._known.get(number))
                line = json.dumps(page_to_dict(made), ensure_ascii=False) + "\n"
                stream.write(line.encode("utf-8", "surrogatepass"))
        self._foreign = foreign
        self._stamp = self._seen()
        return len(answered)

    def close(self, *, is_saved: bool) -> None:
        """Let the file go; the journal goes where all it holds is saved."""
        self._journal.close(drop=is_saved)
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._lock.name)
            self._lock.close()
            self._lock = None

    def _seen(self) -> tuple[int, int] | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size

    def _carried(self) -> Iterator[bytes]:
        """Give the records of the file that are not under review."""
        if self._foreign:
            with self.path.open("rb") as stream:
                for start, end in self._foreign:
                    stream.seek(start)
                    raw = stream.read(end - start)
                    yield raw if raw.endswith(b"\n") else raw + b"\n"

    def _read(self, ledger: Ledger) -> None:
        self._stamp = self._seen()
        if self._stamp is None:
            return
        numbers: dict[str, list[int]] = {}
        for number, name in enumerate(self._collection.names):
            numbers.setdefault(name.id, []).append(number)
        changed = 0
        try:
            with self.path.open("rb") as stream:
                for line, (start, raw) in enumerate(_records(stream), 1):
                    labelled = _parsed(raw, f"{self.path}:{line}")
                    if labelled is None:
                        continue
                    same_name = numbers.get(labelled.id, [])
                    if not any(self._take(labelled, number, ledger) for number in same_name):
                        changed += bool(same_name)
                        self._foreign.append((start, start + len(raw)))
        except OSError as error:
            raise InputError(f"{self.path}: cannot be read: {error.strerror or error}") from None
        if changed:
            self.notes.append(
                f"{self.path}: {changed:,} labelled pages have another text or other cuts than the pages of the same "
                "name here; they stay in the file as they are"
            )

    def _take(self, labelled: LabelledPage, number: int, ledger: Ledger) -> bool:
        lines = self._collection.lines
        if number in self._known:
            return False
        entries = entries_of(labelled, self._collection.shelf.page(number), lines, number)
        if entries is None:
            return False
        rows = lines.rows_of(number)
        ledger.restore(np.arange(rows.start, rows.stop), *entries)
        self._known[number] = replace(labelled, lines=(), structure=None)
        return True

    def _replay(self, ledger: Ledger) -> None:
        records = self._journal.read()
        pages = {(name.id, name.key): number for number, name in enumerate(self._collection.names)}
        try:
            for record in records:
                marks = record["restore"] if "restore" in record else record["answers"]
                given = [Answer(self._rows(mark, pages), mark["label"], mark["kind"], mark["source"]) for mark in marks]
                if "restore" in record:
                    for entry in given:
                        ledger.restore(entry.rows, entry.label, entry.kind, entry.source)
                else:
                    ledger.answer(given, spread=bool(record["spread"]))
        except _OtherPagesError:
            raise InputError(
                f"{self._journal.path}: holds answers of an interrupted review of other pages, or with another model; "
                "start that review again, or move the file away"
            ) from None
        except (KeyError, TypeError, ValueError, IndexError, OverflowError):
            raise InputError(f"{self._journal.path}: not the journal of a review; move it away") from None
        if records:
            self.notes.append(f"{self.path}: {len(records):,} answers of an interrupted review were taken up")

    def _marks(self, rows: NDArray[np.int64]) -> Iterator[dict[str, Any]]:
        """Say which stretches of which pages lines are; a run of lines is one stretch."""
        lines = self._collection.lines
        pages = lines.page[rows]
        for page in np.unique(pages).tolist():
            name, own = self._collection.names[page], rows[pages == page]
            firsts = own[np.flatnonzero(np.diff(own, prepend=-2) != 1)]
            lasts = own[np.flatnonzero(np.diff(own, append=-2) != 1)]
            spans = np.stack((lines.starts[firsts], lines.ends[lasts]), axis=1).tolist()
            yield {"page": name.id, "key": name.key, "spans": spans}

    def _rows(self, mark: Mapping[str, Any], pages: Mapping[tuple[str, int], int]) -> NDArray[np.int64]:
        number = pages.get((mark["page"], mark["key"]))
        if number is None:
            raise _OtherPagesError
        lines = self._collection.lines
        rows = lines.rows_of(number)
        found = [
            np.arange(*(rows.start + np.searchsorted(lines.starts[rows], span)), dtype=np.int64)
            for span in mark["spans"]
        ]
        return np.concatenate(found) if found else np.zeros(0, np.int64)


class _OtherPagesError(Exception):
    """A journal is of pages that are not here."""


def _records(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    at = 0
    for raw in stream:
        yield at, raw
        at += len(raw)


def _parsed(raw: bytes, where: str) -> LabelledPage | None:
    if not raw.strip():
        return None
    try:
        record = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{where}: not a JSON record: {error}") from None
    return page_from_dict(record, where)
