"""Pages on disk: what a review needs of a page only while somebody looks at it."""

from __future__ import annotations

import json
import tempfile
import threading
from collections import OrderedDict
from typing import Any, Final

from detector.page import Page
from detector.segment.structure import Structure

_OPEN_PAGES: Final = 4


class Shelf:
    """Pages in a temporary file that is gone when the process ends."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the shelf
        self._places: list[tuple[int, int, int]] = []
        self._open: OrderedDict[int, Page] = OrderedDict()
        self._lock = threading.Lock()  # a file has one place where it is read

    def __len__(self) -> int:
        return len(self._places)

    def add(self, page: Page) -> None:
        """Put a page behind the others.

        Raises
        ------
        OSError
            The disk is full.
        """
        start = self._file.seek(0, 2)
        structure = page.structure.to_dict() if page.structure is not None else None
        known = {"text": page.text, "id": page.id, "url": page.url, "site": page.site, "structure": structure}
        middle = start + self._file.write(json.dumps(known).encode())
        end = middle + self._file.write((page.html or "").encode("utf-8", "surrogatepass"))
        self._file.flush()  # a full disk is told here, not when the page is read
        self._places.append((start, middle, end))

    def page(self, number: int) -> Page:
        """Give a page, without its HTML."""
        with self._lock:
            page = self._open.pop(number, None)
            if page is None:
                start, middle, _ = self._places[number]
                self._file.seek(start)
                known: dict[str, Any] = json.loads(self._file.read(middle - start))
                raw = known.pop("structure")
                page = Page(**known, structure=None if raw is None else Structure.from_dict(raw))
            self._open[number] = page
            if len(self._open) > _OPEN_PAGES:
                self._open.popitem(last=False)
            return page

    def html_size(self, number: int) -> int:
        """Bytes of a page's HTML, 0 where it has none."""
        _, middle, end = self._places[number]
        return end - middle

    def html(self, number: int) -> str:
        """Give the HTML of a page, ``""`` where it has none."""
        _, middle, end = self._places[number]
        with self._lock:
            self._file.seek(middle)
            return self._file.read(end - middle).decode("utf-8", "surrogatepass")

    def close(self) -> None:
        """Let the file go."""
        self._file.close()
