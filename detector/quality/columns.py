"""All that is measured on clean pages before anything is judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.cleaner import CleanPage
from detector.features.heads import PAGE_TYPES
from detector.quality import language_model, verdicts
from detector.quality.language_model import VOCABULARY, LanguageModel
from detector.quality.page_types import root_counts, type_columns
from detector.quality.signals import SIGNALS, plain_line_ends, signal_columns
from detector.quality.verdicts import verdict_columns
from detector.quality.words import Cores, core_hashes, find_cores, find_words
from detector.segment.chars import CharTables

COLUMNS: Final = (*verdicts.COLUMNS, *SIGNALS, *(f"type_{name}" for name in PAGE_TYPES))
"""What the parts of the score but ``natural`` are learnt from."""

EVIDENCE_COLUMNS: Final = language_model.N_COLUMNS - 1
"""How many columns ``natural`` is learnt from."""

_COUNTS: Final = [SIGNALS.index(name) for name in ("gopher_words", "c4_sentences")]
TYPE_CHARS: Final = 20_000
"""Of a page its first characters tell its type."""


class Measured(NamedTuple):
    """What is measured on some pages.

    Parameters
    ----------
    texts
        Their clean texts, with line feeds for line ends.
    verdicts, signals
        float64, shape (n_pages, ...): see those modules.
    cores
        The words of the clean texts.
    evidence
        int64, shape (n_pages, language_model.N_COLUMNS).
    roots, root_bounds
        From `root_counts` of the pages as they came.
    """

    texts: list[str]
    verdicts: NDArray[np.float64]
    signals: NDArray[np.float64]
    cores: Cores
    evidence: NDArray[np.int64]
    roots: NDArray[np.int64]
    root_bounds: NDArray[np.int64]

    def columns(self, type_weights: NDArray[np.int8], type_scale: NDArray[np.float64]) -> NDArray[np.float64]:
        """The columns of `COLUMNS`."""
        types = type_columns(self.roots, self.root_bounds, type_weights, type_scale)
        return general_columns(self.verdicts, self.signals, types)


def general_columns(
    verdict: NDArray[np.float64], signal: NDArray[np.float64], types: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Put the columns of `COLUMNS` together: counts as logarithms."""
    signal = signal.copy()
    signal[:, _COUNTS] = np.log1p(signal[:, _COUNTS])
    return np.concatenate((verdict, signal, types), 1)


def evidence_shares(evidence: NDArray[np.int64]) -> NDArray[np.float64]:
    """The columns that ``natural`` is learnt from: shares of the words that were looked at."""
    looked_at = np.maximum(evidence[:, -2:-1], 1)
    return np.concatenate((evidence[:, :-2], evidence[:, -1:]), 1) / looked_at


def measure(pages: Sequence[CleanPage], language: LanguageModel, tables: CharTables) -> Measured:
    """Measure clean pages."""
    texts = [plain_line_ends(page.text) for page in pages]
    words = find_words(texts, tables)
    cores = find_cores(words, tables)
    hashes, bounds = core_hashes(find_words([page.page.text[:TYPE_CHARS] for page in pages], tables), tables)
    return Measured(
        texts,
        verdict_columns(pages),
        signal_columns(texts, words),
        cores,
        language.evidence(cores),
        root_counts(language.ranks(hashes), bounds, VOCABULARY),
        bounds,
    )
