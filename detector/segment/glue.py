"""Noise glued inside a line: where to cut.

``[ad_1] At the recent meeting …`` and ``… it said. [ad_2] Source link`` hold noise and article in one
line.  A lexicon of phrases, part of the model, says where such a line may be cut; whether a segment
is noise is then the classifier's verdict like any other.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.segment import chars
from detector.segment.text import Batch
from detector.segment.tokens import PrefixHash, Tokens

MAX_PHRASE: Final = 8
"""Phrases are of at most this many words."""
MIN_REST: Final = 4
"""A cut must leave at least this many words on the other side."""

_MAX_LEAD: Final = 6
_OPENS_TEXT: Final = (chars.OPENING, chars.QUOTE, chars.APOSTROPHE)
_OPENS_NOISE: Final = (
    chars.OPENING,
    chars.MARKUP,
    chars.DASH,
    chars.QUANTITY,
    chars.SEPARATOR,
    chars.HASH,
    chars.COPYRIGHT,
)


class GlueLexicon(NamedTuple):
    """Hashes of phrases, each array sorted.

    Parameters
    ----------
    starts, ends
        uint32: phrases that begin or end a line although they do not belong to it.
    cues
        uint32: phrases that, before a colon in the middle of a line, begin noise up to its end.
    openers, closers
        uint32: hashes of the first words of ``starts`` and of the last words of ``ends``, so that
        most lines are passed over at a glance.
    """

    starts: NDArray[np.uint32]
    ends: NDArray[np.uint32]
    cues: NDArray[np.uint32]
    openers: NDArray[np.uint32]
    closers: NDArray[np.uint32]


def phrase_hashes(hashes: NDArray[np.uint32], first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Hash of each run of words ``first[i]:last[i]``."""
    return PrefixHash(hashes).of(first, last)


def find_cuts(batch: Batch, tokens: Tokens, lexicon: GlueLexicon) -> NDArray[np.int64]:
    """Positions at which lines of a batch may be cut, sorted; see `cut_lines`."""
    first, last = tokens.bounds[:-1], tokens.bounds[1:]
    rows = np.flatnonzero(last - first >= 1 + MIN_REST)
    if not len(rows):
        return np.zeros(0, np.int64)
    prefix = PrefixHash(tokens.hashes)
    cuts = [
        _start_cuts(batch, tokens, prefix, lexicon, rows),
        _end_cuts(batch, tokens, prefix, lexicon, rows),
        _cue_cuts(batch, tokens, prefix, lexicon.cues),
    ]
    return np.unique(np.concatenate(cuts))


def _start_cuts(
    batch: Batch, tokens: Tokens, prefix: PrefixHash, lexicon: GlueLexicon, rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    rows = rows[_member(tokens.hashes.take(tokens.bounds[rows]), lexicon.openers)]
    known = lexicon.starts
    first, last = tokens.bounds[rows], tokens.bounds[rows + 1]
    longest = np.zeros(len(rows), np.int64)
    for length in range(1, MAX_PHRASE + 1):
        fits = last - first >= length + MIN_REST
        ends = np.where(fits, first + length, first)
        longest[fits & _member(prefix.of(first, ends), known)] = length
    found = np.flatnonzero(longest)
    following = first[found] + longest[found]
    position = _back_to_opening(batch, tokens.ends[following - 1], tokens.starts[following], _OPENS_TEXT, spaced=False)
    # A phrase that runs on in lower case is part of the sentence.
    runs_on = batch.classes[tokens.starts[following]] == chars.LOWER
    gap = _classes_between(batch, tokens.ends[following - 1], tokens.starts[following])
    cuts: NDArray[np.int64] = position[~runs_on | gap]
    return cuts


def _end_cuts(
    batch: Batch, tokens: Tokens, prefix: PrefixHash, lexicon: GlueLexicon, rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    rows = rows[_member(tokens.hashes.take(tokens.bounds[rows + 1] - 1), lexicon.closers)]
    return _cuts_before(batch, tokens, prefix, tokens.bounds[rows], tokens.bounds[rows + 1], lexicon.ends)


def _cue_cuts(batch: Batch, tokens: Tokens, prefix: PrefixHash, known: NDArray[np.uint32]) -> NDArray[np.int64]:
    colons = np.flatnonzero(batch.classes == chars.COLON)
    if not len(colons) or not len(tokens.starts):
        return np.zeros(0, np.int64)
    stop = np.searchsorted(tokens.ends, colons, "right")  # words that end before the colon
    row = np.searchsorted(batch.starts, colons, "right") - 1
    inside = (stop > 0) & (row >= 0)
    colons, stop, row = colons[inside], stop[inside], row[inside]
    near = colons - tokens.ends[stop - 1] <= 1
    stop, row = stop[near], row[near]
    return _cuts_before(batch, tokens, prefix, tokens.bounds[row], stop, known)


def _cuts_before(
    batch: Batch,
    tokens: Tokens,
    prefix: PrefixHash,
    first: NDArray[np.int64],
    stop: NDArray[np.int64],
    known: NDArray[np.uint32],
) -> NDArray[np.int64]:
    """Where the longest known phrase begins that ends with the word before `stop`, in a line that begins at `first`."""
    longest = np.zeros(len(stop), np.int64)
    for length in range(1, MAX_PHRASE + 1):
        fits = stop - first >= length + MIN_REST
        starts = np.where(fits, stop - length, stop)
        longest[fits & _member(prefix.of(starts, stop), known)] = length
    found = np.flatnonzero(longest)
    opening = stop[found] - longest[found]
    position = _back_to_opening(batch, tokens.ends[opening - 1], tokens.starts[opening], _OPENS_NOISE, spaced=True)
    return position[_classes_between(batch, tokens.ends[opening - 1], tokens.starts[opening])]


def _member(hashes: NDArray[np.uint32], known: NDArray[np.uint32]) -> NDArray[np.bool_]:
    if not len(known):
        return np.zeros(len(hashes), np.bool_)
    found: NDArray[np.bool_] = known.take(np.searchsorted(known, hashes), mode="clip") == hashes
    return found


def _back_to_opening(
    batch: Batch, low: NDArray[np.int64], position: NDArray[np.int64], opening: tuple[int, ...], spaced: bool
) -> NDArray[np.int64]:
    """Move each position left over the signs that open what begins there, but not beyond `low`.

    Parameters
    ----------
    batch
        The batch.
    low, position
        int64, shape (n,).
    opening
        Character classes of such signs.
    spaced
        A sign may be set off by a space, as in "said. | Source link".
    """
    position = position.copy()
    if not len(position):
        return position
    for _ in range(_MAX_LEAD):
        before = batch.classes.take(position - 1, mode="clip")
        movable = (position > low) & np.isin(before, opening)
        if spaced:
            # "<!--[ad_1]": the exclamation mark belongs to the markup before it.
            movable |= (
                (position > low)
                & (batch.codes.take(position - 1, mode="clip") == ord("!"))
                & (batch.codes.take(position - 2, mode="clip") == ord("<"))
            )
            further = np.isin(batch.classes.take(position - 2, mode="clip"), opening)
            movable |= (position > low + 1) & (before == chars.BLANK) & further
        position -= movable
    return position


def _classes_between(batch: Batch, low: NDArray[np.int64], high: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a sentence, quotation or bracket ends between two words, so that a cut is in place there."""
    found = np.zeros(len(low), np.bool_)
    ending = (
        chars.FULL_STOP,
        chars.EXCLAIM,
        chars.CLOSING,
        chars.OPENING,
        chars.QUOTE,
        chars.SEPARATOR,
        chars.COLON,
        chars.MARKUP,
        chars.COPYRIGHT,
    )
    for step in range(_MAX_LEAD):
        at = low + step
        found |= (at < high) & np.isin(batch.classes.take(at, mode="clip"), ending)
    return found
