"""What the page is shown: windows of lines and of the queue, as JSON values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from detector.labels import KINDS
from detector.review.ledger import LABELS, UNKNOWN
from detector.review.session import Session

MOST_LINES: Final = 400
"""Of a page so many lines are given at a time."""

MOST_PAGES: Final = 200

LINE_CHARS: Final = 3000
"""Of a line so many characters are given."""

_WINDOW_CHARS: Final = 300_000
_SOURCES: Final = ("", "equal", "hand", "unsure")


def page_view(session: Session, number: int, first: int, last: int) -> dict[str, Any]:
    """Give some lines of a page.

    Parameters
    ----------
    session
        The review.
    number
        The page.
    first, last
        Its lines, from 0, the last one not included; they are cut to what there is and to what is given at a time.

    Returns
    -------
    dict
        ``lines`` are in order, numbered by ``row`` within the page.
    """
    collection = session.collection
    rows = collection.lines.rows_of(number)
    page, name = collection.shelf.page(number), collection.names[number]
    total = rows.stop - rows.start
    first = max(0, min(first, total))
    last = max(first, min(last, total, first + MOST_LINES))
    shown: list[dict[str, Any]] = []
    chars = 0
    for line in _lines(session, page.text, rows.start, first, last):
        shown.append(line)
        chars += len(line["text"])
        if chars > _WINDOW_CHARS:
            break
    return {
        "page": number,
        "id": name.id,
        "site": name.site,
        "url": page.url,
        "has_html": collection.shelf.html_size(number) > 0,
        "n_lines": total,
        "first": first,
        "lines": shown,
    }


def _lines(session: Session, text: str, offset: int, first: int, last: int) -> Iterator[dict[str, Any]]:
    lines = session.collection.lines
    part = slice(offset + first, offset + last)
    entries = session.ledger.entries
    columns = (lines.starts, lines.ends, lines.numbers, lines.p_noise, lines.is_noise, lines.kinds, *entries)
    sizes = session.ledger.group_sizes(lines.groups[part]).tolist()
    before = int(lines.numbers[offset + first - 1]) if first else 0
    for row, (values, equal) in enumerate(
        zip(zip(*(column[part].tolist() for column in columns), strict=True), sizes, strict=True), first
    ):
        start, end, number, p_noise, is_noise, kind, label, given, source = values
        yield {
            "row": row,
            "number": number,
            "gap": number > before + 1,
            "text": text[start : min(end, start + LINE_CHARS)],
            "more": max(end - start - LINE_CHARS, 0),
            "p": round(p_noise, 4),
            "says": LABELS[is_noise],
            "guess": KINDS[kind],
            "label": None if label == UNKNOWN else LABELS[label],
            "kind": None if given == UNKNOWN else KINDS[given],
            "source": _SOURCES[source],
            "equal": equal,
        }
        before = number


def queue_view(session: Session, first: int, last: int) -> dict[str, Any]:
    """Give some pages of the queue, the one with the best question first."""
    with session.lock:
        values, order = session.values(), session.page_order()
        settled = session.ledger.is_settled
    collection = session.collection
    first = max(first, 0)
    shown = []
    for number in order[first : min(last, first + MOST_PAGES)]:
        rows, name = collection.lines.rows_of(number), collection.names[number]
        shown.append(
            {
                "page": number,
                "id": name.id,
                "site": name.site,
                "n_lines": rows.stop - rows.start,
                "settled": int(settled[rows].sum()),
                "bits": round(float(values.pages[number]), 1),
            }
        )
    return {"n_pages": len(order), "first": first, "pages": shown}
