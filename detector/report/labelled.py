"""Labelled pages: told apart from other corpora, read, cleaned and judged."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from detector.cleaner import BATCH_CHARS, Cleaner
from detector.labels import LabelledPage, read_labelled
from detector.report.corpus import corpus_sections
from detector.report.document import document
from detector.report.evaluation import Evaluation, evaluation_sections
from detector.report.gather import Corpus
from detector.training.crossval import as_pages

_PEEKED: Final = 1 << 24


def holds_labels(path: str) -> bool:
    """Tell whether a file, or the first file of a folder, begins with a labelled page.

    It is a ``.jsonl`` file whose first record has lines and no text.
    """
    place = Path(path)
    try:
        if place.is_dir():
            files = sorted(place.glob("*.jsonl"))
            if not files:
                return False
            place = files[0]
        if place.suffix.lower() != ".jsonl" or not place.is_file():
            return False
        with place.open("rb") as stream:
            for raw in itertools.islice(stream, 100):
                if raw.strip():
                    record = json.loads(raw) if len(raw) < _PEEKED else None
                    return isinstance(record, dict) and isinstance(record.get("lines"), list) and "text" not in record
    except (OSError, ValueError, RecursionError):
        return False  # what is the matter is said by its reader
    return False


def labelled_report(
    paths: Sequence[str], cleaner: Cleaner, title: str, watch: Callable[[int], None] = lambda pages: None
) -> tuple[bytes, int]:
    """Make the report on labelled pages; return it and how many pages there are.

    Raises
    ------
    InputError
        A file cannot be read, or a record is malformed.
    """
    corpus, evaluation = Corpus(), Evaluation()
    for pages in _batches(read_labelled(paths)):
        results = list(cleaner.clean_many(as_pages(pages)))
        for page, result in zip(pages, results, strict=True):
            evaluation.add(page, result)
        corpus.add(results)
        watch(corpus.tally.pages)
    return document(title, [evaluation_sections(evaluation), corpus_sections(corpus)]), corpus.tally.pages


def _batches(pages: Iterable[LabelledPage]) -> Iterator[list[LabelledPage]]:
    group: list[LabelledPage] = []
    size = 0
    for page in pages:
        group.append(page)
        size += len(page.text)
        if size >= BATCH_CHARS:
            yield group
            group, size = [], 0
    if group:
        yield group
