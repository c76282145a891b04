"""What a line can be recognised by on other pages of its site."""

from __future__ import annotations

import hashlib
import re
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.segment.chars import CharTables
from detector.segment.keys import NO_KEY, line_keys
from detector.segment.structure import Structure
from detector.segment.text import cut_lines, make_batch
from detector.segment.tokens import PrefixHash, find_tokens

WORDS: Final = ("line", "start", "end")
"""The line itself, its first two words and its last two."""
ELEMENTS: Final = ("element", "path")
"""The element of HTML it stands in, and the three innermost ones."""
FAMILIES: Final = (*WORDS, *ELEMENTS)

_FEW_WORDS: Final = 2
_LEVELS: Final = 3
_DIGITS: Final = re.compile(r"\d+")


class Marks(NamedTuple):
    """Keys of the lines of one page; `NO_KEY` where a line has none of that family.

    Parameters
    ----------
    keys
        uint64, shape (len(FAMILIES), n_lines).
    """

    keys: NDArray[np.uint64]

    @property
    def line(self) -> NDArray[np.uint64]:
        """uint64, shape (n_lines,): the key of each line as a whole, see `detector.segment.keys`."""
        return np.asarray(self.keys[0])


def page_marks(
    text: str,
    starts: NDArray[np.int64],
    numbers: NDArray[np.int64],
    structure: Structure | None,
    tables: CharTables,
) -> Marks:
    """Find the marks of the lines of a page.

    Parameters
    ----------
    text
        The page.
    starts, numbers
        int64, shape (n_lines,): where its lines (or segments) begin, and their numbers; as in `Scores`.
    structure
        The tree of a page of HTML.
    tables
        Character tables, from the model.
    """
    batch = cut_lines(make_batch([text], tables), starts)
    tokens = find_tokens(batch)
    first, last = tokens.bounds[:-1], tokens.bounds[1:]
    words = PrefixHash(tokens.hashes)
    long = last - first > 2 * _FEW_WORDS
    begins = np.where(long, words.of(first, np.minimum(first + _FEW_WORDS, last)), 0).astype(np.uint64)
    closes = np.where(long, words.of(np.maximum(last - _FEW_WORDS, first), last), 0).astype(np.uint64)
    keys = np.stack([line_keys(tokens), begins, closes, *_element_keys(numbers, structure)])
    return Marks(keys)


def _element_keys(numbers: NDArray[np.int64], structure: Structure | None) -> tuple[NDArray[np.uint64], ...]:
    none = np.full(len(numbers), NO_KEY)
    if structure is None:
        return none, none
    found: dict[int, tuple[int, int]] = {}
    rows = []
    for number in numbers.tolist():
        element = structure.elements[number - 1] if number <= len(structure.elements) else -1
        if element not in found:
            found[element] = _element_key(structure, element)
        rows.append(found[element])
    columns = np.array(rows, np.uint64).reshape(-1, 2)
    return columns[:, 0], columns[:, 1]


def _element_key(structure: Structure, element: int) -> tuple[int, int]:
    names: list[str] = []
    while element >= 0 and len(names) < _LEVELS:
        # Numbers in names are those of the page: "post-1234".
        names.append(_DIGITS.sub("0", f"{structure.tags[element]} {structure.words[element]}"))
        element = structure.parents[element]
    return (_hash(names[:1]), _hash(names)) if names else (0, 0)


def _hash(names: list[str]) -> int:
    digest = hashlib.blake2b("\n".join(names).encode("utf-8", "surrogatepass"), digest_size=8)
    return int.from_bytes(digest.digest(), "little")
