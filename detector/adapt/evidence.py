"""What the labelled pages of a site say of a line: counts of its marks, and columns made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.adapt.marks import FAMILIES, WORDS, Marks
from detector.segment.keys import NO_KEY

COLUMNS: Final = ("base", "bias", *FAMILIES, "after", "before", "base, known line")
"""What the log odds of noise are a sum of: the model's own log odds, and what the site's labels say."""

_LINE: Final = FAMILIES.index("line")
_SMOOTHING: Final = 0.5
_DOUBT: Final = 1.0
_LINES_OF_PAGE: Final = 3
_LIMIT: Final = 8.0


class Table(NamedTuple):
    """On how many labelled pages each mark stands, as noise and as article.

    A page on which a mark is now the one, now the other, counts by shares.

    Parameters
    ----------
    keys
        uint64, shape (n_keys,), sorted.
    noise, article
        float64, shape (n_keys,).
    """

    keys: NDArray[np.uint64]
    noise: NDArray[np.float64]
    article: NDArray[np.float64]

    def look_up(self, keys: NDArray[np.uint64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Counts of noise and of article of each key, 0 where it is unknown."""
        if not len(self.keys):
            return np.zeros(len(keys)), np.zeros(len(keys))
        at, found = _find(self.keys, keys)
        return np.where(found, self.noise[at], 0.0), np.where(found, self.article[at], 0.0)


class Surprise(NamedTuple):
    """How far the labels of the lines under an element are from what the model says of them.

    Parameters
    ----------
    keys
        uint64, shape (n_keys,), sorted.
    values
        float64, shape (n_keys,): log odds of noise that the model lacks.
    """

    keys: NDArray[np.uint64]
    values: NDArray[np.float64]

    def look_up(self, keys: NDArray[np.uint64]) -> NDArray[np.float64]:
        """The value of each key, 0 where it is unknown."""
        at, found = _find(self.keys, keys)
        return np.where(found, self.values[at], 0.0) if len(self.keys) else np.zeros(len(keys))


class Knowledge(NamedTuple):
    """What is known of a site.

    Parameters
    ----------
    words
        The counts of lines, and of their first and last words.
    elements
        The surprises of elements and paths of elements.
    after, before
        The counts of what follows and what precedes a known line.
    """

    words: tuple[Table, ...]
    elements: tuple[Surprise, ...]
    after: Table
    before: Table


class Labelled(NamedTuple):
    """The lines of a labelled page.

    Parameters
    ----------
    marks
        Their marks.
    labels
        int8, shape (n_lines,): 1 noise, 0 article, -1 unknown.
    p_noise
        float64, shape (n_lines,): what the model says.
    """

    marks: Marks
    labels: NDArray[np.int8]
    p_noise: NDArray[np.float64]


def _find(known: NDArray[np.uint64], keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where keys stand among sorted ones, and whether they do."""
    if not len(known):
        return np.zeros(len(keys), np.int64), np.zeros(len(keys), np.bool_)
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return at, (known[at] == keys) & (keys != NO_KEY)


def count(
    pages: Sequence[tuple[NDArray[np.uint64], NDArray[np.int8]]],
) -> Table:
    """Count keys over pages.

    Parameters
    ----------
    pages
        For each page the keys of its lines, and int8 labels: 1 noise, 0 article, -1 unknown.
    """
    keys, noise, article = [], [], []
    for page_keys, labels in pages:
        known = (labels >= 0) & (page_keys != NO_KEY)
        distinct, at = np.unique(page_keys[known], return_inverse=True)
        share = np.bincount(at, labels[known], len(distinct)) / np.maximum(np.bincount(at, minlength=len(distinct)), 1)
        keys.append(distinct)
        noise.append(share)
        article.append(1 - share)
    if not keys:
        return Table(np.zeros(0, np.uint64), np.zeros(0), np.zeros(0))
    distinct, at = np.unique(np.concatenate(keys), return_inverse=True)
    as_noise: NDArray[np.float64] = np.bincount(at, np.concatenate(noise), len(distinct)).astype(np.float64)
    as_article: NDArray[np.float64] = np.bincount(at, np.concatenate(article), len(distinct)).astype(np.float64)
    # A line of article on one page alone says nothing of others: most are its story's own.
    kept = (as_noise > 0) | (as_article > 1)
    return Table(distinct[kept], as_noise[kept], as_article[kept])


def surprise(pages: Sequence[tuple[NDArray[np.uint64], NDArray[np.int8], NDArray[np.float64]]]) -> Surprise:
    """Hold labels against probabilities, by key.

    Of a page, lines with the same key count as `_LINES_OF_PAGE` at most: what a page has many of is one
    piece of evidence.

    Parameters
    ----------
    pages
        For each page the keys of its lines, their labels and their probabilities of noise.
    """
    keys: list[NDArray[np.uint64]] = [np.zeros(0, np.uint64)]
    sums: list[NDArray[np.float64]] = [np.zeros((0, 4))]
    for page_keys, labels, p_noise in pages:
        known = (labels >= 0) & (page_keys != NO_KEY)
        distinct, at = np.unique(page_keys[known], return_inverse=True)
        noise, expected = labels[known].astype(np.float64), p_noise[known]
        of_page = np.zeros((len(distinct), 4))
        np.add.at(of_page, at, np.stack([noise, 1 - noise, expected, 1 - expected], 1))
        lines = of_page[:, :2].sum(1, keepdims=True)
        keys.append(distinct)
        sums.append(of_page * np.minimum(1, _LINES_OF_PAGE / np.maximum(lines, 1)))
    distinct, at = np.unique(np.concatenate(keys), return_inverse=True)
    total = np.zeros((len(distinct), 4))
    np.add.at(total, at, np.concatenate(sums))
    logs = np.log(total + _DOUBT)
    return Surprise(distinct, logs[:, 0] - logs[:, 2] - logs[:, 1] + logs[:, 3])


def learn(pages: Sequence[Labelled]) -> Knowledge:
    """Count the marks of labelled pages."""
    words = tuple(count([(page.marks.keys[row], page.labels) for page in pages]) for row in range(len(WORDS)))
    elements = tuple(
        surprise([(page.marks.keys[row], page.labels, page.p_noise) for page in pages])
        for row in range(len(WORDS), len(FAMILIES))
    )
    follows, precedes = [], []
    for index, page in enumerate(pages):
        # A line is known on a page when another page has it: as it will be on pages to come.
        lines = page.marks.line
        others = [other.marks.line for at, other in enumerate(pages) if at != index]
        known = np.isin(lines, np.concatenate(others)) & (lines != NO_KEY) if others else np.zeros(len(lines), np.bool_)
        after, before = _neighbours(lines, known)
        rest = np.where(known, -1, page.labels).astype(np.int8)
        follows.append((after, rest))
        precedes.append((before, rest))
    return Knowledge(words, elements, count(follows), count(precedes))


_EDGE: Final = np.uint64(1)


def _neighbours(keys: NDArray[np.uint64], known: NDArray[np.bool_]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The nearest known line before each line and after it; `_EDGE` where there is none."""
    anchors = np.flatnonzero(known)
    padded = np.concatenate(([_EDGE], keys[anchors], [_EDGE])).astype(np.uint64)
    at = np.searchsorted(anchors, np.arange(len(keys)), "left")
    return padded[at], padded[np.minimum(at + known, len(anchors)) + 1]


def columns(log_odds: NDArray[np.float64], marks: Marks, knowledge: Knowledge) -> NDArray[np.float64]:
    """Make the columns of a page's lines.

    Parameters
    ----------
    log_odds
        float64, shape (n_lines,): the model's, of noise.
    marks
        The marks of the lines.
    knowledge
        What other pages of the site say.

    Returns
    -------
    float64 array of shape (n_lines, len(COLUMNS))
    """
    base = np.clip(log_odds, -_LIMIT, _LIMIT)
    n_words = len(WORDS)
    found = [_evidence(*table.look_up(keys)) for table, keys in zip(knowledge.words, marks.keys[:n_words], strict=True)]
    found += [table.look_up(keys) for table, keys in zip(knowledge.elements, marks.keys[n_words:], strict=True)]
    noise, article = knowledge.words[_LINE].look_up(marks.line)
    known = noise + article > 0
    after, before = _neighbours(marks.line, known)
    around = [_evidence(*knowledge.after.look_up(after)), _evidence(*knowledge.before.look_up(before))]
    unknown = [found[0], *(np.where(known, 0.0, column) for column in (*found[1:], *around))]
    return np.stack([base, np.ones(len(base)), *unknown, np.where(known, base, 0.0)], 1)


def _evidence(noise: NDArray[np.float64], article: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log odds of noise from counts, drawn to nought where they are few."""
    return np.asarray(np.log((noise + _SMOOTHING) / (article + _SMOOTHING)))
