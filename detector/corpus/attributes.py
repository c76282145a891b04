"""What was removed, as records that can be reviewed or applied later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from detector.cleaner import CleanPage
from detector.labels import KINDS

PREFIX: Final = "detector__detector__"
"""Dolma names attributes by experiment, tagger and kind of span."""


def removed_records(result: CleanPage) -> Iterator[dict[str, Any]]:
    """Give the removed lines of a page, each as a record."""
    scores, text = result.scores, result.page.text
    noise = result.is_noise
    for row in np.flatnonzero(~result.is_kept).tolist():
        start, end = int(scores.starts[row]), int(scores.ends[row])
        yield {
            "page": result.page.id,
            "line": int(scores.numbers[row]),
            "start": start,
            "end": end,
            "kind": KINDS[int(scores.kinds[row])] if noise[row] else None,
            "p_noise": float(scores.p_noise[row]),
            "text": text[start:end],
        }


def attributes_record(result: CleanPage) -> dict[str, Any]:
    """Give the removed lines of a page as Dolma's attributes.

    Returns
    -------
    dict
        ``attributes`` maps each kind to spans ``[start, end, score]``, offsets in characters.  A span takes
        the line end and blank lines along that go with the line: what is outside all spans is the clean
        text.
    """
    spans: dict[str, list[list[Any]]] = {}
    scores = result.scores
    gone = np.flatnonzero(~result.is_kept)
    starts = scores.starts[gone]
    for begin, end in _gaps(result):
        rows = gone[np.searchsorted(starts, begin) : np.searchsorted(starts, end)].tolist()
        # A gap is dealt out to the lines that are in it.
        borders = [begin, *(int(scores.starts[row]) for row in rows[1:]), end]
        for row, left, right in zip(rows, borders, borders[1:], strict=False):
            kind = KINDS[int(scores.kinds[row])]
            spans.setdefault(PREFIX + kind, []).append([left, right, round(float(scores.p_noise[row]), 4)])
    return {"id": result.page.id, "attributes": spans}


def _gaps(result: CleanPage) -> Iterator[tuple[int, int]]:
    at = 0
    for start, end in result.spans:
        if start > at:
            yield at, start
        at = end
    if at < len(result.page.text):
        yield at, len(result.page.text)
