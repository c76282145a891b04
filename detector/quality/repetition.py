"""What a text repeats: Gopher's measures of lines, paragraphs and runs of words.

J. Rae et al., "Scaling Language Models: Methods, Analysis & Insights from Training Gopher", 2021, appendix
A.1.1 and table A1, computed as datatrove's `GopherRepetitionFilter` does, with words between white space.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.quality.words import Words
from detector.segment.tokens import PrefixHash

TOP_ORDERS: Final = (2, 3, 4)
DUPLICATE_ORDERS: Final = (5, 6, 7, 8, 9, 10)
_LF: Final = 10

Spans = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Which text, start and end of some stretches of `Words.codes`."""


def duplicates(words: Words, spans: Spans, prefix: PrefixHash) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count stretches that their text had before, and the characters in them.

    Returns
    -------
    elements, chars
        int64, each of shape (n_texts,).
    """
    text, starts, ends = spans
    n = words.n_texts
    key = text << 32 | prefix.of(starts, ends).astype(np.int64)
    _, first = np.unique(key, return_index=True)
    sizes = ends - starts
    count = np.bincount(text, minlength=n) - np.bincount(text[first], minlength=n)
    chars = np.bincount(text, sizes, n) - np.bincount(text[first], sizes[first], n)
    return count, chars.astype(np.int64)


def line_spans(words: Words) -> Spans:
    """The stretches between line feeds, empty ones left out."""
    breaks = np.flatnonzero(words.codes == _LF)
    starts = np.concatenate(([0], breaks[:-1] + 1)) if len(breaks) else breaks
    filled = breaks > starts
    starts, ends = starts[filled], breaks[filled]
    return np.searchsorted(words.text_chars, starts, "right") - 1, starts, ends


def paragraph_spans(words: Words) -> Spans:
    """The stretches between two or more line feeds in a row, of texts without white space at their borders."""
    is_break = np.zeros(len(words.codes) + 1, np.bool_)
    np.equal(words.codes, _LF, out=is_break[:-1])
    pair = is_break[:-1] & is_break[1:]
    inside = pair.copy()
    inside[1:] |= pair[:-1]
    inside[words.text_chars[1:] - 1] = True
    # Runs of characters outside of breaks, cut to what is visible in the text.
    padded = np.concatenate(([False], ~inside, [False]))
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    starts, ends = edges[::2], edges[1::2]
    text = np.searchsorted(words.text_chars, starts, "right") - 1
    filled = words.bounds[1:] > words.bounds[:-1]
    if len(words.starts):
        first = np.where(filled, words.starts.take(words.bounds[:-1], mode="clip"), words.text_chars[1:])
        last = np.where(filled, words.ends.take(words.bounds[1:] - 1, mode="clip"), words.text_chars[:-1])
    else:
        first, last = words.text_chars[1:], words.text_chars[:-1]
    starts, ends = np.maximum(starts, first[text]), np.minimum(ends, last[text])
    keep = ends > starts
    return text[keep], starts[keep], ends[keep]


def repetition_chars(words: Words, prefix: PrefixHash) -> NDArray[np.int64]:
    """Characters of the most frequent run of 2 to 4 words, and of runs of 5 to 10 words that came before.

    Returns
    -------
    int64 array of shape (n_texts, len(TOP_ORDERS) + len(DUPLICATE_ORDERS))
    """
    out = np.zeros((words.n_texts, len(TOP_ORDERS) + len(DUPLICATE_ORDERS)), np.int64)
    if not len(words.starts):
        return out
    runs = PrefixHash(prefix.of(words.starts, words.ends))
    sizes = np.concatenate(([0], np.cumsum(words.ends - words.starts)))
    last_word = words.bounds[1:]
    at = np.arange(len(words.starts))
    text = np.repeat(np.arange(words.n_texts), np.diff(words.bounds))
    limit = last_word[text]
    for column, order in enumerate((*TOP_ORDERS, *DUPLICATE_ORDERS)):
        fits = at + order <= limit
        at, text, limit = at[fits], text[fits], limit[fits]
        key = text << 32 | runs.of(at, at + order).astype(np.int64)
        by_key = np.argsort(key, kind="stable")
        ordered = key[by_key]
        borders = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))[: len(ordered)]
        counts = np.diff(np.append(borders, len(ordered)))
        if order in TOP_ORDERS:
            out[:, column] = _most_frequent(words, sizes, order, ordered[borders] >> 32, by_key[borders], counts, at)
        repeated = np.zeros(len(at), np.bool_)
        repeated[by_key] = np.repeat(counts > 1, counts)
        # A run of words can only repeat where the shorter run at its head does.
        at, text, limit, key = at[repeated], text[repeated], limit[repeated], key[repeated]
        if order in DUPLICATE_ORDERS:
            out[:, column] = _again(at, text, key, sizes, order, words.n_texts)
    return out


def _most_frequent(
    words: Words,
    sizes: NDArray[np.int64],
    order: int,
    text: NDArray[np.int64],
    first: NDArray[np.int64],
    counts: NDArray[np.int64],
    at: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Characters in all places of the most frequent run of each text, the first such run where there are several."""
    chars = np.zeros(words.n_texts, np.int64)
    enough = np.diff(words.bounds) >= order
    head = words.bounds[:-1][enough]
    chars[enough] = sizes[head + order] - sizes[head] + order - 1
    more = counts > 1
    text, first, counts = text[more], first[more], counts[more]
    if len(text):
        best = (counts << 32) - at[first]
        begins = np.flatnonzero(np.diff(text, prepend=-1))
        top = np.maximum.reduceat(best, begins)
        count = (top >> 32) + ((top & 0xFFFFFFFF) != 0)
        place = (count << 32) - top
        chars[text[begins]] = (sizes[place + order] - sizes[place] + order - 1) * count
    return chars


def _again(
    at: NDArray[np.int64],
    text: NDArray[np.int64],
    keys: NDArray[np.int64],
    sizes: NDArray[np.int64],
    order: int,
    n_texts: int,
) -> NDArray[np.int64]:
    """Characters of runs that came before; what is counted once is passed over."""
    chars = [0] * n_texts
    seen: set[int] = set()
    passed = -1
    lengths = (sizes[at + order] - sizes[at]).tolist()
    for place, index, key, length in zip(at.tolist(), text.tolist(), keys.tolist(), lengths, strict=True):
        if place < passed:
            continue
        if key in seen:
            chars[index] += length
            passed = place + order
        else:
            seen.add(key)
    return np.array(chars, np.int64)
