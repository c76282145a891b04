"""What a run has done so far, in numbers that can be added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from detector.cleaner import CleanPage
from detector.labels import KINDS


@dataclass(slots=True)
class Tally:
    """Counts of pages, lines and characters.

    Parameters
    ----------
    pages, failed
        Pages cleaned, pages that could not be.
    below, unknown
        Pages left out for their quality, pages whose quality is unknown.
    lines, removed
        Lines judged, lines removed.
    chars, chars_removed
        Characters of the pages, characters that are not in the clean text.
    text_bytes
        The pages in UTF-8.
    removed_by_kind
        Lines removed of each kind.
    chars_by_kind
        Characters in them.
    """

    pages: int = 0
    failed: int = 0
    below: int = 0
    unknown: int = 0
    lines: int = 0
    removed: int = 0
    chars: int = 0
    chars_removed: int = 0
    text_bytes: int = 0
    removed_by_kind: dict[str, int] = field(default_factory=dict)
    chars_by_kind: dict[str, int] = field(default_factory=dict)

    def add_pages(self, results: Sequence[CleanPage], texts: Sequence[str]) -> None:
        """Count pages and their clean texts."""
        if not results:
            return
        self.pages += len(results)
        self.chars += (chars := sum(len(result.page.text) for result in results))
        self.chars_removed += chars - sum(map(len, texts))
        gone = ~np.concatenate([result.is_kept for result in results])
        self.lines += len(gone)
        self.removed += int(gone.sum())
        kinds = np.concatenate([result.scores.kinds for result in results])[gone]
        sizes = np.concatenate([result.scores.ends - result.scores.starts for result in results])[gone]
        counts = np.bincount(kinds, minlength=len(KINDS)).tolist()
        chars_of = np.bincount(kinds, sizes, minlength=len(KINDS)).tolist()
        for name, count, size in zip(KINDS, counts, chars_of, strict=True):
            if count:
                self.removed_by_kind[name] = self.removed_by_kind.get(name, 0) + count
                self.chars_by_kind[name] = self.chars_by_kind.get(name, 0) + int(size)

    def add(self, other: Mapping[str, Any]) -> None:
        """Add counts that `as_json` gave."""
        for name, value in other.items():
            if isinstance(value, dict):
                counts = getattr(self, name)
                for kind, count in value.items():
                    counts[kind] = counts.get(kind, 0) + count
            else:
                setattr(self, name, getattr(self, name) + value)

    def as_json(self) -> dict[str, Any]:
        """The counts as JSON values, kinds in their order."""
        counts = asdict(self)
        for name in ("removed_by_kind", "chars_by_kind"):
            counts[name] = {kind: counts[name][kind] for kind in KINDS if kind in counts[name]}
        return counts
