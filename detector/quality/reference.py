"""A corpus to compare with: percentiles of the qualities of its pages, in a small file of JSON."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector.errors import InputError
from detector.files import atomic_writer
from detector.sealed import is_whole, read_json, sealed

FORMAT: Final = "detector-reference"
_MAX_BYTES: Final = 1 << 20
_STEPS: Final = 10_000  # qualities have four digits


class Reference:
    """Counts the qualities of pages; memory does not grow with them."""

    def __init__(self) -> None:
        self._counts: NDArray[np.int64] = np.zeros(_STEPS + 1, np.int64)
        self.unknown = 0

    def add(self, record: Mapping[str, Any]) -> None:
        """Count a page by the record that `detector score` gives it."""
        quality = record.get("quality")
        if quality is None:
            self.unknown += 1
        else:
            self._counts[round(quality * _STEPS)] += 1

    @property
    def pages(self) -> int:
        """Pages whose quality is known."""
        return int(self._counts.sum())

    def percentiles(self) -> list[float]:
        """The 0th to the 100th percentile.

        Raises
        ------
        InputError
            There is no page whose quality is known.
        """
        if not self.pages:
            raise InputError("no page has a known quality: there is nothing to compare with")
        ranks = np.rint(np.arange(101) / 100 * (self.pages - 1)).astype(np.int64)
        found = np.searchsorted(np.cumsum(self._counts), ranks, "right") / _STEPS
        return [float(value) for value in found]

    def write(self, path: str) -> None:
        """Write the file, atomically.

        Raises
        ------
        OutputError
            It cannot be written.
        """
        record = {"format": FORMAT, "pages": self.pages, "unknown": self.unknown, "quality": self.percentiles()}
        with atomic_writer(Path(path)) as stream:
            stream.write(sealed(record, indent=1))


def read_reference(path: str) -> tuple[float, ...]:
    """Read the percentiles of a corpus.

    Raises
    ------
    InputError
        The file cannot be read, or is none that `detector score --make-reference` wrote.
    """
    try:
        record = read_json(Path(path), _MAX_BYTES)
        values = tuple(float(value) for value in record["quality"])
        right = record["format"] == FORMAT and len(values) == 101 and is_whole(record)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, OverflowError):
        right = False
    # Each is compared with the next: what is no number is never found by sorting.
    if not right or not all(low <= high for low, high in itertools.pairwise((0.0, *values, 1.0))):
        raise InputError(f"{path}: is no reference; detector score --make-reference writes one")
    return values
