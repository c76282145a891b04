"""Verdicts out of fold, kept in a file of arrays: they take an hour to make and are used more than once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.cleaner import CleanPage, Scores
from detector.decide import page_threshold
from detector.errors import InputError
from detector.files import atomic_writer
from detector.labels import KINDS, LabelledPage
from detector.training.crossval import as_pages
from detector.training.dataset import Dataset
from detector.training.inject import INJECTED

_OTHER: Final = KINDS.index("other")
_LINE_ARRAYS: Final = tuple(Scores.__dataclass_fields__)

Verdict = tuple[LabelledPage, CleanPage]


def verdicts_of(data: Dataset, p_noise: NDArray[np.float64], text_only: bool) -> list[Verdict]:
    """Verdicts from probabilities of the lines of training pages; those made by injection are left out.

    The kinds of lines are not known; all are "other".

    Parameters
    ----------
    data
        The lines.
    p_noise
        float64, shape (n_lines,): out of fold.
    text_only
        Whether the pages were judged without their structure.
    """
    batch, sizes = data.batch, np.diff(data.tokens.bounds)
    found: list[Verdict] = []
    for index, page in enumerate(data.pages):
        if page.source == INJECTED:
            continue
        rows = slice(int(batch.page_rows[index]), int(batch.page_rows[index + 1]))
        begin = batch.page_chars[index]
        noise = np.asarray(p_noise[rows], np.float64)
        scores = Scores(
            batch.starts[rows] - begin,
            batch.ends[rows] - begin,
            batch.line_starts[rows] - begin,
            batch.numbers[rows],
            sizes[rows],
            noise,
            noise,
            np.full(len(noise), _OTHER),
        )
        source = next(as_pages([page], text_only=text_only))
        found.append((page, CleanPage(source, scores, page_threshold(noise, scores.sizes))))
    return found


def save_verdicts(path: Path, verdicts: Iterable[Verdict]) -> None:
    """Write verdicts, atomically.

    Parameters
    ----------
    path
        A file of numpy's ``.npz`` format.
    verdicts
        Pages and what was made of them.
    """
    pairs = list(verdicts)
    arrays = {
        "source": np.array([page.source for page, _ in pairs]),
        "id": np.array([page.id for page, _ in pairs]),
        "html": np.array([clean.page.structure is not None for _, clean in pairs]),
        "n_lines": np.array([len(clean.scores.numbers) for _, clean in pairs]),
    }
    for name in _LINE_ARRAYS:
        arrays[name] = np.concatenate([getattr(clean.scores, name) for _, clean in pairs])
    with atomic_writer(path) as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]


def load_verdicts(path: Path, pages: Sequence[LabelledPage]) -> list[Verdict]:
    """Read verdicts on labelled pages.

    Raises
    ------
    InputError
        The file cannot be read, or holds verdicts on other pages.
    """
    by_name = {(page.source, page.id): page for page in pages}
    found: list[Verdict] = []
    try:
        with np.load(path, allow_pickle=False) as arrays:
            columns = {name: arrays[name] for name in _LINE_ARRAYS}
            names = zip(arrays["source"].tolist(), arrays["id"].tolist(), strict=True)
            last = np.cumsum(arrays["n_lines"])
            html = arrays["html"].tolist()
        for name, is_html, end, start in zip(names, html, last.tolist(), [0, *last.tolist()], strict=False):
            page = by_name[name]
            scores = Scores(**{column: values[start:end] for column, values in columns.items()})
            source = next(as_pages([page], text_only=not is_html))
            found.append((page, CleanPage(source, scores, page_threshold(scores.p_noise, scores.sizes))))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (KeyError, ValueError, EOFError) as error:
        raise InputError(f"{path}: holds no verdicts on these pages ({error})") from None
    return found
