"""How the words of a line relate to the rest of its page, and what the page repeats.

A caption that has nothing to do with the story can be long and grammatical; what gives it away is
that its telling words occur nowhere else in the article.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.segment.tokens import PrefixHash, Tokens

RARITY_BITS: Final = 16
LIKELIHOOD_SCALE: Final = 255
COLUMNS: Final = (
    "rarity",
    "related_to_page",
    "related_to_story",
    "story_echo",
    "related_to_top",
    "rare_words",
    "unknown_words",
)
REPEAT_COLUMNS: Final = ("repeats", "repeats_opening", "repeats_closing")
_TOP_LINES: Final = 6
_RARITY_UNIT: Final = np.float32(1 / 16)
_MIX_ROW: Final = np.uint32(0x27D4EB2F)


def rarity_index(hashes: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Entry of each word in the table of rarities."""
    return (hashes >> np.uint32(32 - RARITY_BITS)).astype(np.int64)


def topic_columns(
    tokens: Tokens,
    page_rows: NDArray[np.int64],
    story: NDArray[np.int64],
    rarity: NDArray[np.uint8],
) -> NDArray[np.float32]:
    """Relate each line to its page.

    Parameters
    ----------
    tokens
        The words of all lines of some pages.
    page_rows
        int64, shape (n_pages + 1,): the first line of each page.
    story
        int64, shape (n_lines,): how likely each line is article, 0 to `LIKELIHOOD_SCALE`.
    rarity
        uint8, shape (2 ** RARITY_BITS,): 16 times the inverse document frequency of each word.

    Returns
    -------
    float32 array of shape (n_lines, len(COLUMNS))
    """
    n_lines = len(tokens.bounds) - 1
    sizes = np.diff(tokens.bounds)
    row = np.repeat(np.arange(n_lines), sizes)
    first_token = tokens.bounds.take(page_rows)
    page_tokens = np.diff(first_token)
    # Every page has a table of its own, eight times its words or more, so pages cannot disturb each other.
    bits = np.maximum(np.ceil(np.log2(np.maximum(8 * page_tokens, 2))), 6).astype(np.uint32)
    offsets = np.zeros(len(bits) + 1, np.int64)
    np.cumsum(np.int64(1) << bits.astype(np.int64), out=offsets[1:])
    shift = np.repeat(np.uint32(32) - bits, page_tokens)
    base = np.repeat(offsets[:-1], page_tokens)
    row_in_page = row - np.repeat(page_rows[:-1], page_tokens)

    slot = base + (tokens.hashes >> shift)
    own = tokens.hashes + row_in_page.astype(np.uint32) * _MIX_ROW
    own ^= own >> np.uint32(15)
    own *= _MIX_ROW
    own_slot = base + (own >> shift)
    table = int(offsets[-1])
    likelihood = story.take(row)
    on_page = np.bincount(slot, minlength=table).take(slot)
    in_line = np.bincount(own_slot, minlength=table).take(own_slot)
    in_story = np.bincount(slot, weights=likelihood, minlength=table).take(slot)
    top = row_in_page < _TOP_LINES
    in_top = np.bincount(slot[top], minlength=table).take(slot)

    elsewhere = on_page > in_line
    story_elsewhere = np.maximum(in_story - in_line * likelihood, 0) / LIKELIHOOD_SCALE
    top_elsewhere = in_top > np.where(top, in_line, 0)
    index = rarity_index(tokens.hashes)
    weight = rarity.take(index).astype(np.int64)

    columns = np.empty((n_lines, len(COLUMNS)), np.float32)
    total = _sums(weight, tokens.bounds)
    safe = np.maximum(total, 1).astype(np.float32)
    count = np.maximum(sizes, 1).astype(np.float32)
    # Sums of whole numbers are exact, so they do not depend on what else is in the batch.
    echo = np.rint(np.minimum(story_elsewhere, 8) * 16).astype(np.int64)
    columns[:, 0] = total / count * _RARITY_UNIT
    columns[:, 1] = _sums(weight * elsewhere, tokens.bounds) / safe
    columns[:, 2] = _sums(weight * (story_elsewhere >= 0.5), tokens.bounds) / safe
    columns[:, 3] = np.log1p(_sums(weight * echo, tokens.bounds) / safe)
    columns[:, 4] = _sums(weight * top_elsewhere, tokens.bounds) / safe
    columns[:, 5] = _sums(weight > 80, tokens.bounds) / count
    columns[:, 6] = _sums((weight > 60) & ~elsewhere, tokens.bounds) / count
    return columns


def repeat_columns(tokens: Tokens, page_rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """How often the page repeats each line, its first two and its last two words.

    Lines are compared in a normal form: lower case, digits folded, punctuation dropped.

    Returns
    -------
    float32 array of shape (n_lines, len(REPEAT_COLUMNS)), logarithms of the other lines alike
    """
    page = np.repeat(np.arange(len(page_rows) - 1), np.diff(page_rows))
    starts, ends = tokens.bounds[:-1], tokens.bounds[1:]
    prefix = PrefixHash(tokens.hashes)
    columns = np.empty((len(starts), len(REPEAT_COLUMNS)), np.float32)
    stretches = ((starts, ends), (starts, np.minimum(starts + 2, ends)), (np.maximum(ends - 2, starts), ends))
    for column, (first, last) in enumerate(stretches):
        key = page << 32 | prefix.of(first, last).astype(np.int64)
        _, inverse, counts = np.unique(key, return_inverse=True, return_counts=True)
        columns[:, column] = np.log1p((counts.take(inverse) - 1).astype(np.float32))
    columns[starts == ends] = 0
    return columns


def _sums(values: NDArray[np.int64] | NDArray[np.bool_], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    sums = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=sums[1:])
    return np.diff(sums.take(bounds))
