"""The trees of HTML pages as arrays: which elements stand around each line, and what they are called."""

from __future__ import annotations

import functools
import re
import zlib
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.segment.structure import Structure
from detector.segment.text import Batch

STRUCTURE_BITS: Final = 16
HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
INNERMOST: Final = (
    *(("p",), ("li",), ("h1",), ("h2",), ("h3", "h4"), ("h5", "h6"), ("td", "tr", "th"), ("dt", "dd"), ("div",)),
    *(("span",), ("a",), ("button", "label"), ("blockquote",), ("pre", "code"), ("figcaption",), ("script",)),
)
"""Tags that are told apart as the innermost element of a line."""
AROUND: Final = (
    *(("article",), ("main",), ("nav",), ("aside",), ("footer",), ("header",), ("figure",), ("form",)),
    *(("table",), ("ul", "ol", "menu"), ("dl",), ("section",), ("blockquote",), ("details",), ("a",)),
    *(("button",), ("noscript",)),
)
"""Tags that are told apart anywhere around a line."""
NEAR: Final = 3
"""How many of the innermost elements of a line are told apart by level."""

TAGS: Final = tuple(dict.fromkeys((*HEADINGS, *(tag for group in (*INNERMOST, *AROUND) for tag in group))))
CODES: Final = {tag: code for code, tag in enumerate(TAGS, 1)}
_MAX_LEVELS: Final = 64
_MAX_TOKENS: Final = 16
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[^\W\d_a-zA-Z]+")
_MIX: Final = np.uint32(0x9E3779B1)
_SHIFT: Final = np.uint32(32 - STRUCTURE_BITS)
_LEVEL_SALT: Final = 0x5BD1E995


class Tree(NamedTuple):
    """The elements of the pages of a batch.

    Parameters
    ----------
    parents
        int64, shape (n_elements,): the element around each, -1 for none.
    codes
        uint8, shape (n_elements,): tag, 0 for one of no account.
    tokens
        uint32, shape (n_tokens,): hashes of each element's tag and names.
    bounds
        int64, shape (n_elements + 1,): the tokens of element i are ``tokens[bounds[i]:bounds[i + 1]]``.
    ancestors
        int64 arrays of shape (n_lines,), one a level: the elements around each line, innermost first.
    linked
        float32, shape (n_lines,): share of each line that is text of links.
    images
        int64, shape (n_lines,): images before each line.
    """

    parents: NDArray[np.int64]
    codes: NDArray[np.uint8]
    tokens: NDArray[np.uint32]
    bounds: NDArray[np.int64]
    ancestors: list[NDArray[np.int64]]
    linked: NDArray[np.float32]
    images: NDArray[np.int64]


@functools.lru_cache(maxsize=1 << 15)
def _element_tokens(tag: str, words: str) -> tuple[int, ...]:
    names = dict.fromkeys(word.lower() for word in _WORD.findall(words) if len(word) > 1)
    return (zlib.crc32(f"<{tag}".encode()), *(zlib.crc32(name.encode()) for name in list(names)[:_MAX_TOKENS]))


def grow_tree(structures: Sequence[Structure], batch: Batch) -> Tree:
    """Lay out the trees of a batch's pages as arrays.

    Parameters
    ----------
    structures
        The structure of each page of the batch.
    batch
        The pages' lines.
    """
    parents: list[NDArray[np.int64]] = []
    elements: list[NDArray[np.int64]] = []
    links: list[NDArray[np.int64]] = []
    images: list[NDArray[np.int64]] = []
    codes: list[int] = []
    tokens: list[int] = []
    sizes: list[int] = []
    n_elements = 0
    for structure in structures:
        parents.append(_moved(structure.parents, n_elements))
        elements.append(_moved(structure.elements, n_elements))
        links.append(np.array(structure.links, np.int64))
        images.append(np.array(structure.images, np.int64))
        codes += [CODES.get(tag, 0) for tag in structure.tags]
        for tag, words in zip(structure.tags, structure.words, strict=True):
            found = _element_tokens(tag, words)
            tokens += found
            sizes.append(len(found))
        n_elements += len(structure.tags)
    page_lines = np.cumsum([0, *(len(structure.elements) for structure in structures)])
    page = np.repeat(np.arange(batch.n_pages), np.diff(batch.page_rows))
    line = page_lines[page] + batch.numbers - 1
    parent = np.concatenate(parents)
    ancestors: list[NDArray[np.int64]] = []
    around = np.concatenate(elements)[line]
    while len(ancestors) < _MAX_LEVELS and (around >= 0).any():
        ancestors.append(around)
        around = np.where(around >= 0, parent[np.maximum(around, 0)], -1)
    size = np.maximum(batch.ends - batch.starts, 1)
    return Tree(
        parent,
        np.array(codes, np.uint8),
        np.array(tokens, np.uint32),
        np.cumsum([0, *sizes]),
        ancestors,
        np.minimum(np.concatenate(links)[line] / size, 1).astype(np.float32),
        np.concatenate(images)[line],
    )


def _moved(numbers: tuple[int, ...], by: int) -> NDArray[np.int64]:
    values = np.array(numbers, np.int64)
    return np.where(values >= 0, values + by, -1)


def structure_entries(tree: Tree) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """The tags and names around lines, as entries of one table of weights.

    The innermost elements are told apart by level, those further out are not.

    Yields
    ------
    rows, indices
        int64 arrays of one length: a line and one of its entries.
    """
    sizes = np.diff(tree.bounds)
    for level, around in enumerate(tree.ancestors):
        rows = np.flatnonzero(around >= 0)
        element = around[rows]
        count = sizes[element]
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        tokens = tree.tokens[np.repeat(tree.bounds[:-1][element], count) + within]
        line = np.repeat(rows, count)
        yield line, ((tokens * _MIX) >> _SHIFT).astype(np.int64)
        if level < NEAR:
            salted = (tokens ^ np.uint32(_LEVEL_SALT * (level + 1) & 0xFFFFFFFF)) * _MIX
            yield line, (salted >> _SHIFT).astype(np.int64)
    paths = path_hashes(tree, range(NEAR), names=False)
    yield np.arange(len(paths)), ((paths.astype(np.uint32) * _MIX) >> _SHIFT).astype(np.int64)


def structure_sums(tree: Tree, weights: NDArray[np.int16]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sum the weights of each line's entries, and count them."""
    n_lines = len(tree.linked)
    total, count = np.zeros(n_lines), np.zeros(n_lines, np.int64)
    for rows, indices in structure_entries(tree):
        # Whole numbers far below 2**53: exact in double precision.
        total += np.bincount(rows, weights[indices], n_lines)
        count += np.bincount(rows, minlength=n_lines)
    return total.astype(np.int64), count


def path_hashes(tree: Tree, levels: Sequence[int], names: bool) -> NDArray[np.uint64]:
    """Hash of the elements at some levels around each line, by tag alone or with their names."""
    if names:
        tokens = (tree.tokens * _MIX).astype(np.uint64)
        sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(tokens, dtype=np.uint64)))
        own = sums[tree.bounds[1:]] - sums[tree.bounds[:-1]]
    else:
        own = tree.tokens[tree.bounds[:-1]].astype(np.uint64)
    value = np.full(len(tree.linked), 7, np.uint64)
    for level in levels:
        value *= np.uint64(0x100000001B3)
        if level < len(tree.ancestors):
            around = tree.ancestors[level]
            value += np.where(around >= 0, own[np.maximum(around, 0)], np.uint64(1))
        else:  # as where another page of the batch goes deeper
            value += np.uint64(1)
        value ^= value >> np.uint64(29)
    return value


def codes_at(tree: Tree, level: int) -> NDArray[np.uint8]:
    """Tag of the element at a level around each line, 0 where there is none."""
    n_lines = len(tree.linked)
    if level >= len(tree.ancestors):
        return np.zeros(n_lines, np.uint8)
    around = tree.ancestors[level]
    return np.where(around >= 0, tree.codes[np.maximum(around, 0)], np.uint8(0))


def intervals(tree: Tree) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First line and last-plus-one line in each element; an element's lines follow each other."""
    n_lines = len(tree.linked)
    first = np.full(len(tree.parents), n_lines, np.int64)
    last = np.zeros(len(tree.parents), np.int64)
    for around in tree.ancestors:
        rows = np.flatnonzero(around >= 0)
        element = around[rows]
        begin = np.full(len(first), n_lines, np.int64)
        begin[element[::-1]] = rows[::-1]  # the last assignment stays: the first line
        np.minimum(first, begin, out=first)
        end = np.zeros(len(first), np.int64)
        end[element] = rows + 1
        np.maximum(last, end, out=last)
    return first, last
