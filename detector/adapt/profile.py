"""A site's profile: what moves the model's probabilities on the pages of that site."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.adapt.evidence import Knowledge, columns
from detector.adapt.marks import Marks, page_marks
from detector.segment.chars import CharTables

if TYPE_CHECKING:
    from detector.cleaner import Scores
    from detector.page import Page

_PROBABILITY_DIGITS: Final = 6
_LEAST: Final = 10.0**-_PROBABILITY_DIGITS


class KnownLine(NamedTuple):
    """What the labels say of a line beside its counts: its kind of noise, -1 where unknown, and how it reads."""

    kind: int
    text: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What a few labelled pages say of a site.

    Parameters
    ----------
    base
        Fingerprint of the model it was made for, see `detector.model_file.fingerprint`.
    weights
        float64, shape (len(COLUMNS),): the log odds of noise are the sum of the columns by these.
    knowledge
        Counts of the marks of the labelled pages' lines.
    threshold
        Lines with a probability of noise from this on are noise; None where each page gets its own.
    lines
        For each line of the first table of `knowledge`, how it reads and its kind.
    info
        Facts: the number of pages, what the profile gains.
    """

    base: str
    weights: NDArray[np.float64]
    knowledge: Knowledge
    threshold: float | None
    lines: tuple[KnownLine, ...]
    info: Mapping[str, Any] = field(default_factory=dict)

    def adjust(self, page: Page, scores: Scores, tables: CharTables) -> Scores:
        """Move the verdicts on the lines of a page of the site.

        Parameters
        ----------
        page, scores
            The page, and what the model says of its lines.
        tables
            Character tables of the model.
        """
        if not len(scores.starts):
            return scores
        marks = page_marks(page.text, scores.starts, scores.numbers, page.structure, tables)
        inputs = columns(log_odds(scores.p_noise), marks, self.knowledge)
        return replace(scores, p_noise=noise_probability(inputs, self.weights), kinds=self._kinds(marks, scores.kinds))

    def _kinds(self, marks: Marks, kinds: NDArray[np.int64]) -> NDArray[np.int64]:
        """The kinds of the known lines by their labels, of the others as they were."""
        keys = self.knowledge.words[0].keys
        if not len(keys):
            return kinds
        at = np.minimum(np.searchsorted(keys, marks.line), len(keys) - 1)
        known = np.where(keys[at] == marks.line, np.array([line.kind for line in self.lines])[at], -1)
        return np.where(known >= 0, known, kinds)


def log_odds(p_noise: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log odds of probabilities that have six digits."""
    p = np.clip(p_noise, _LEAST, 1 - _LEAST)
    return np.asarray(np.log(p / (1 - p)))


def noise_probability(inputs: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of noise from columns, to six digits."""
    total = (inputs * weights).sum(1)  # not by BLAS, whose order of sums differs between machines
    return np.asarray(np.round(1 / (1 + np.exp(-np.clip(total, -30, 30))), _PROBABILITY_DIGITS))
