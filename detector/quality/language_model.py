"""A small model of how good English goes on: hashed counts of word sequences in gold article text.

For each word of a text it compares how often the word and the ones before it followed each other in good
text with how often they would by chance (pointwise mutual information, Church and Hanks, Computational
Linguistics 1990; the chance of three words is that of their pairs, a Markov model).  What should have been
seen, and never was, is evidence of a slip.  A text is described by the shares of its words in bins of this
ratio, for frequent and for rare words apart: one rare pair says nothing, too many of them do.

Two readings of a text are counted.  In the *fine* one a word of the vocabulary stands for itself, any
other for its last two characters; in the *coarse* one only the most frequent words do, so that the rest
is little more than grammar.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from detector.quality.words import LINE, PLAIN, Cores

VOCABULARY: Final = 6000
FREQUENT: Final = 300
TABLE_BITS: Final = 20
SEQUENCES: Final = ("fine 2", "fine 3", "fine skip", "coarse 2", "coarse 3", "coarse 4")
"""What is counted: so many words in a row, or a word with the one before the last."""

_ENDINGS: Final = 512
_OTHER: Final = 2 * VOCABULARY
N_IDS: Final = _OTHER + 2 * _ENDINGS + 1
_SLOT_BITS: Final = 18
_UNKNOWN: Final = 1 << 15  # above every rank
_SMOOTHING: Final = np.float32(0.3)
_COUNT_UNIT: Final = 16  # table entries are this many times the binary logarithm of a count plus one
_LOWEST_BIN: Final = -4
N_BINS: Final = 10
N_SORTS: Final = 3  # both words frequent, one of them, none
N_COLUMNS: Final = len(SEQUENCES) * N_SORTS * N_BINS + 2
_MIX: Final = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0xD6E8FEB86659FD93))

Ids = NDArray[np.int64]
_Value = TypeVar("_Value", bound=np.generic)


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """Counts of word sequences.

    Parameters
    ----------
    vocabulary
        uint32, shape (at most VOCABULARY,): hashes of words, most frequent first.
    fine, coarse
        uint32, shape (5, N_IDS): how often each id was seen, and how often after each kind of gap.
    tables
        uint8, shape (len(SEQUENCES), 2 ** TABLE_BITS): hashed counts of sequences, as logarithms.
    """

    vocabulary: NDArray[np.uint32]
    fine: NDArray[np.uint32]
    coarse: NDArray[np.uint32]
    tables: NDArray[np.uint8]
    _slots: NDArray[np.uint16] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_slots", _vocabulary_slots(self.vocabulary))

    def ranks(self, hashes: NDArray[np.uint32]) -> Ids:
        """The rank of each word in the vocabulary, `1 << 15` for words outside of it."""
        rank = self._slots.take(hashes >> np.uint32(32 - _SLOT_BITS)).astype(np.int64)
        known = rank < len(self.vocabulary)
        known &= self.vocabulary.take(np.where(known, rank, 0)) == hashes if len(self.vocabulary) else False
        return np.where(known, rank, _UNKNOWN)

    def evidence(self, cores: Cores) -> NDArray[np.int64]:
        """Describe texts by how expected their words are.

        Returns
        -------
        int64 array of shape (n_texts, N_COLUMNS)
            For each sequence, sort of words and bin the number of words; then the words looked at, and
            those outside the vocabulary.
        """
        n_texts = len(cores.bounds) - 1
        out = np.zeros((n_texts, N_COLUMNS), np.int64)
        if not len(cores.hashes):
            return out
        ranks = self.ranks(cores.hashes)
        text = np.repeat(np.arange(n_texts), np.diff(cores.bounds))
        inside = np.flatnonzero(cores.gaps != LINE)
        frequent = ranks < FREQUENT
        sort = 2 - frequent.astype(np.int64) - _before(frequent, _heads(cores)).astype(np.int64)
        base = (text.take(inside) * N_SORTS + sort.take(inside)) * N_BINS
        size = n_texts * N_SORTS * N_BINS
        for at, ratio in enumerate(self._ratios(cores, ranks)):
            # The exponent of a float is the whole part of its binary logarithm.
            octave = (ratio.take(inside).view(np.int32) >> 23) - 127
            bins = np.clip(octave - _LOWEST_BIN, 0, N_BINS - 1)
            counts = np.bincount(base + bins, minlength=size).reshape(n_texts, -1)
            out[:, at * N_SORTS * N_BINS : (at + 1) * N_SORTS * N_BINS] = counts
        out[:, -2] = np.bincount(text.take(inside), minlength=n_texts)
        out[:, -1] = np.bincount(text.take(inside), weights=ranks.take(inside) == _UNKNOWN, minlength=n_texts)
        return out

    def _ratios(self, cores: Cores, ranks: Ids) -> Iterable[NDArray[np.float32]]:
        """How much more often than by chance each word was seen behind those before it."""
        counts = _COUNTS
        gaps, heads = cores.gaps, _heads(cores)
        for name, single, limit in (("fine", self.fine, VOCABULARY), ("coarse", self.coarse, FREQUENT)):
            ids = _ids(cores, ranks, limit)
            total = np.float32(max(int(single[0].sum()), 1))
            alone = single[0].take(ids).astype(np.float32)
            behind = single[1:].ravel().take(gaps * N_IDS + ids).astype(np.float32)
            before = _before(alone, heads)
            seen = {}
            for at, (sequence, key) in enumerate(_keys(name, ids, gaps, heads), _FIRST[name]):
                seen[sequence] = counts.take(self.tables[at].take(key))
            two = seen[f"{name} 2"]
            yield (two + _SMOOTHING) / (before * behind / total + _SMOOTHING)
            two_before = _before(two, heads)
            three = seen[f"{name} 3"]
            yield (three + _SMOOTHING) / (two_before * two / np.maximum(before, 1) + _SMOOTHING)
            if name == "fine":
                chance = _before(before, heads) * alone / total
                yield (seen["fine skip"] + _SMOOTHING) / (chance + _SMOOTHING)
            else:
                chance = _before(three, heads) * three / np.maximum(two_before, 1)
                yield (seen["coarse 4"] + _SMOOTHING) / (chance + _SMOOTHING)


_COUNTS: Final = (np.exp2(np.arange(256) / _COUNT_UNIT) - 1).astype(np.float32)
_FIRST: Final = {"fine": 0, "coarse": 3}


def count_sequences(texts: Sequence[Cores]) -> LanguageModel:
    """Learn a model from good texts.

    Parameters
    ----------
    texts
        Their words, of as many texts each as is handy.
    """
    hashes = np.concatenate([text.hashes[~text.capital | (text.gaps != PLAIN)] for text in texts])
    words, counts = np.unique(hashes, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:VOCABULARY]
    vocabulary = words[order][counts[order] > 1]
    empty = np.zeros((5, N_IDS), np.uint32)
    model = LanguageModel(vocabulary, empty, empty, np.zeros((0, 0), np.uint8))
    single = {"fine": np.zeros((5, N_IDS), np.int64), "coarse": np.zeros((5, N_IDS), np.int64)}
    tables = np.zeros((len(SEQUENCES), 1 << TABLE_BITS), np.int64)
    for text in texts:
        ranks = model.ranks(text.hashes)
        for name, limit in (("fine", VOCABULARY), ("coarse", FREQUENT)):
            ids = _ids(text, ranks, limit)
            single[name][0] += np.bincount(ids, minlength=N_IDS)
            for gap in range(4):
                single[name][1 + gap] += np.bincount(ids[text.gaps == gap], minlength=N_IDS)
            for at, (_, key) in enumerate(_keys(name, ids, text.gaps, _heads(text)), _FIRST[name]):
                np.add.at(tables[at], key, 1)
    quantised = np.minimum(np.rint(_COUNT_UNIT * np.log2(1 + tables)), 255).astype(np.uint8)
    return LanguageModel(vocabulary, single["fine"].astype(np.uint32), single["coarse"].astype(np.uint32), quantised)


def _vocabulary_slots(vocabulary: NDArray[np.uint32]) -> NDArray[np.uint16]:
    """A table from the first bits of a hash to a rank; where words share them, the more frequent has them."""
    slots = np.full(1 << _SLOT_BITS, _UNKNOWN, np.uint16)
    slots[(vocabulary >> np.uint32(32 - _SLOT_BITS))[::-1]] = np.arange(len(vocabulary), dtype=np.uint16)[::-1]
    return slots


def _ids(cores: Cores, ranks: Ids, limit: int) -> Ids:
    """What stands for each word: itself, or its ending; those with a capital inside a sentence apart."""
    capital = cores.capital & (cores.gaps == PLAIN)
    ending = ((cores.endings * 0x9E3779B1) >> 8) & (_ENDINGS - 1)
    other = np.where(cores.is_number, 2 * _ENDINGS, ending * 2 + capital)
    return np.where(ranks < limit, ranks * 2 + capital, _OTHER + other)


def _before(values: NDArray[_Value], heads: Ids) -> NDArray[_Value]:
    """For each word the value of the word before it in its text, 0 for the first one; `heads` are the first words."""
    out = np.empty_like(values)
    out[1:] = values[:-1]
    out[heads] = 0
    return out


def _heads(cores: Cores) -> Ids:
    return cores.bounds[:-1][np.diff(cores.bounds) > 0]


def _keys(name: str, ids: Ids, gaps: Ids, heads: Ids) -> Iterable[tuple[str, Ids]]:
    """The table entry of each sequence that ends at each word."""
    own = (ids * 4 + gaps).astype(np.uint64)
    one = _before(own, heads)
    two = _before(one, heads)
    pair = own * _MIX[0] + (one >> np.uint64(2)) * _MIX[1]
    yield f"{name} 2", _entry(pair)
    triple = own * _MIX[0] + one * _MIX[1] + (two >> np.uint64(2)) * _MIX[2]
    yield f"{name} 3", _entry(triple)
    if name == "fine":
        yield "fine skip", _entry((own >> np.uint64(2)) * _MIX[2] + (two >> np.uint64(2)) * _MIX[0])
    else:
        three = _before(two, heads) >> np.uint64(2)
        yield "coarse 4", _entry((own * _MIX[0] + one * _MIX[1] + two * _MIX[2]) ^ ((three + np.uint64(1)) * _MIX[1]))


def _entry(key: NDArray[np.uint64]) -> Ids:
    key ^= key >> np.uint64(29)
    key *= _MIX[1]
    key ^= key >> np.uint64(32)
    key *= _MIX[2]
    return (key >> np.uint64(64 - TABLE_BITS)).astype(np.int64)
