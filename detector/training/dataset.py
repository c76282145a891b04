"""Labelled pages as arrays."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from detector.errors import InputError
from detector.features import heads, kinds, ngrams, shape, shapes, topic
from detector.features.tree import STRUCTURE_BITS, Tree, structure_entries
from detector.labels import ARTICLE, KINDS, NOISE, LabelledPage, LabelledSegment
from detector.segment.chars import CharTables
from detector.segment.text import Batch, cut_lines, is_blank, make_batch, row_blocks, split_lines
from detector.segment.tokens import Tokens, find_tokens, regroup, select
from detector.training.inject import INJECTED

UNLABELLED: Final = -1
MIN_ORACLE_F1: Final = 0.8
"""Pages whose labels rebuild less of their gold text than this are not trained on."""

_MAX_WORDS: Final = 100
_MAX_LINES: Final = 60
_FEW_SITES: Final = 10


class Dataset(NamedTuple):
    """The lines of labelled pages, with their labels.

    Parameters
    ----------
    pages
        The pages.
    batch, tokens, lines
        Their lines, words and shapes.
    page
        int64, shape (n_lines,): index of each line's page.
    target
        int8, shape (n_lines,): 1 article, 0 noise, `UNLABELLED` where unknown or unsure.
    kind
        int64, shape (n_lines,): index into `KINDS`, -1 where unknown.
    usable
        bool, shape (n_lines,): labelled lines of pages fit for training.
    """

    pages: Sequence[LabelledPage]
    batch: Batch
    tokens: Tokens
    lines: shape.Shape
    page: NDArray[np.int64]
    target: NDArray[np.int8]
    kind: NDArray[np.int64]
    usable: NDArray[np.bool_]

    def weights(self, line_share: float = 0.5) -> NDArray[np.float64]:
        """Weight of each line in training; their mean over usable lines is 1.

        A page weighs by its lines, up to a limit, and by its own weight; within a page a line weighs
        partly as a line, partly by its words, so that one long paragraph does not drown ten menus nor
        the menus the story.
        """
        usable = self.usable
        words = np.minimum(self.lines.n_words, _MAX_WORDS) + 1.0
        n_pages = len(self.pages)
        count = np.bincount(self.page[usable], minlength=n_pages).astype(float)
        total = np.bincount(self.page[usable], weights=words[usable], minlength=n_pages)
        own = np.array([page.weight for page in self.pages])
        by_line = (line_share / np.maximum(count, 1))[self.page]
        by_word = (1 - line_share) * words / np.maximum(total, 1)[self.page]
        weights = (by_line + by_word) * (own * np.minimum(count, _MAX_LINES))[self.page] * usable
        mean = weights[usable].mean() if usable.any() else 1.0
        return np.asarray(weights / max(mean, 1e-12))


def make_dataset(pages: Sequence[LabelledPage], tables: CharTables) -> Dataset:
    """Lay out labelled pages as arrays; a line of several segments becomes several rows."""
    segments = [segment for page in pages for segment in page.segments]
    if not segments:
        raise InputError("the pages hold no line of text")
    texts = [page.text for page in pages]
    batch = make_batch(texts, tables)
    cuts = []
    for page, start in zip(pages, batch.page_chars.tolist(), strict=False):
        at = start
        for line in page.lines:
            for index, segment in enumerate(line):
                if index:
                    cuts.append(at)
                at += len(segment.text)
            at += 1
    batch = cut_lines(batch, np.array(cuts, np.int64))
    tokens = regroup(find_tokens(batch), batch)
    if len(segments) != len(batch):
        raise ValueError("labels do not go with the lines of the pages")
    sure = [None if segment.unsure else segment.label for segment in segments]
    target = np.array([{ARTICLE: 1, NOISE: 0}.get(label or "", UNLABELLED) for label in sure], np.int8)
    kind = np.array([KINDS.index(segment.kind) if segment.kind else -1 for segment in segments], np.int64)
    fit = np.array([page.meta.get("oracle_f1", 1.0) >= MIN_ORACLE_F1 for page in pages], np.bool_)
    page_of = np.repeat(np.arange(len(pages)), np.diff(batch.page_rows))
    usable = (target != UNLABELLED) & fit[page_of]
    return Dataset(pages, batch, tokens, shapes(batch, tokens), page_of, target, kind, usable)


def ngram_matrix(data: Dataset) -> sp.csr_matrix:
    """Hashed n-grams of each line, scaled by one over the root of their number."""
    runs = (
        list(ngrams.index_runs(data.batch, select(data.tokens, first, last), first, last))
        for first, last in row_blocks(data.batch)
    )
    return _matrix(runs, ngrams.TABLE_SIZE, 0)


def head_matrix(data: Dataset) -> sp.csr_matrix:
    """Hashed words and word pairs of each line, for the heads."""
    runs = (list(ngrams.word_runs(select(data.tokens, first, last))) for first, last in row_blocks(data.batch))
    return _matrix(runs, 1 << heads.HEAD_BITS, ngrams.TABLE_BITS - heads.HEAD_BITS)


def kind_matrix(data: Dataset, rows: NDArray[np.int64]) -> sp.csr_matrix:
    """Hashed n-grams, words and word pairs of some lines, for the kinds."""
    runs = (runs for _, runs in kinds.kind_runs(data.batch, data.tokens, rows))
    return _matrix(runs, 1 << heads.HEAD_BITS, ngrams.TABLE_BITS - heads.HEAD_BITS)


def _matrix(blocks: object, width: int, shift: int) -> sp.csr_matrix:
    indices, sizes = [], []
    for runs in blocks:  # type: ignore[attr-defined]
        lengths = [run.last - run.first for run in runs]
        total = np.sum(lengths, axis=0)
        at = np.cumsum(total) - total
        merged = np.empty(int(total.sum()), np.int32)
        for run, length in zip(runs, lengths, strict=True):
            within = np.arange(int(length.sum())) - np.repeat(np.cumsum(length) - length, length)
            merged[np.repeat(at, length) + within] = run.indices[np.repeat(run.first, length) + within] >> shift
            at = at + length
        indices.append(merged)
        sizes.append(total)
    counts = np.concatenate(sizes)
    values = np.repeat((1 / np.sqrt(np.maximum(counts, 1))).astype(np.float32), counts)
    bounds = np.concatenate(([0], np.cumsum(counts)))
    return sp.csr_matrix((values, np.concatenate(indices), bounds), shape=(len(counts), width))


def structure_matrix(tree: Tree) -> sp.csr_matrix:
    """Hashed tags and names around each line, scaled by one over the root of their number."""
    pairs = list(structure_entries(tree))
    rows, indices = (np.concatenate(column) for column in zip(*pairs, strict=True))
    n_lines = len(tree.linked)
    values = (1 / np.sqrt(np.maximum(np.bincount(rows, minlength=n_lines), 1))).astype(np.float32)
    return sp.csr_matrix((values[rows], (rows, indices)), shape=(n_lines, 1 << STRUCTURE_BITS))


def site_folds(pages: Sequence[LabelledPage], n_folds: int) -> NDArray[np.int64]:
    """Fold of each page by its site, so that no site is on both sides of a split.

    The fold depends on the site's name alone, so it stays when pages are added; only where there are
    few sites are they dealt out in turn, so that no fold stays empty.  Pages without a site are split by
    their name.
    """
    names = [page.site or page.id for page in pages]
    distinct = sorted(set(names), key=lambda name: (_bucket(name), name))
    few = len(distinct) < _FEW_SITES * n_folds
    fold = {name: rank % n_folds if few else _bucket(name) % n_folds for rank, name in enumerate(distinct)}
    return np.array([fold[name] for name in names], np.int64)


def _bucket(site: str) -> int:
    return int.from_bytes(hashlib.blake2b(site.encode("utf-8", "replace"), digest_size=4).digest(), "big")


def labelled_pages(X: Iterable[LabelledPage] | Sequence[str], y: Sequence[Sequence[str]] | None) -> list[LabelledPage]:
    """Labelled pages from what `LineClassifier.fit` takes."""
    items = list(X)
    if y is None:
        if not all(isinstance(item, LabelledPage) for item in items):
            raise InputError("texts need their labels in y; or pass labelled pages")
        return [item for item in items if isinstance(item, LabelledPage)]
    pages = []
    for index, (text, labels) in enumerate(zip(items, y, strict=True)):
        remaining = list(labels)[::-1]
        lines: list[tuple[LabelledSegment, ...]] = []
        for line in split_lines(str(text)):
            if is_blank(line):
                lines.append(())
            elif remaining:
                lines.append((LabelledSegment(line, str(remaining.pop())),))
            else:
                raise InputError(f"page {index}: fewer labels than non-blank lines")
        if remaining:
            raise InputError(f"page {index}: more labels than non-blank lines")
        pages.append(LabelledPage(id=str(index), lines=tuple(lines), site=str(index)))
    return pages


def head_targets(data: Dataset, rows: NDArray[np.bool_]) -> list[tuple[NDArray[np.int8], NDArray[np.bool_]]]:
    """Target and usable rows of each head: kinds against all else, then page types."""
    tasks = []
    for kind in range(len(KINDS)):
        tasks.append(((data.kind == kind).astype(np.int8), rows & ((data.kind >= 0) | (data.target == 1))))
    page_type = page_types(data.pages)[data.page]
    for index in range(len(heads.PAGE_TYPES)):
        tasks.append(((page_type == index).astype(np.int8), rows & (page_type >= 0)))
    return tasks


def page_types(pages: Sequence[LabelledPage]) -> NDArray[np.int64]:
    """Index into `heads.PAGE_TYPES` of each page's type, -1 where unknown."""
    # A corpus of one page type only would teach the corpus, not the type; so would copies, which are of stories alone.
    by_source: dict[str, set[str]] = {INJECTED: set()}
    for page in pages:
        if page.source != INJECTED:
            by_source.setdefault(page.source, set()).add(page.page_type)
    return np.array(
        [
            heads.PAGE_TYPES.index(page.page_type)
            if page.page_type in heads.PAGE_TYPES and len(by_source[page.source]) > 1
            else -1
            for page in pages
        ]
    )


def word_rarity(data: Dataset) -> NDArray[np.uint8]:
    """16 times the inverse document frequency of each hashed word, as ``log((N + 1) / (df + 1))``.

    A word of one page only counts as unseen, so that a page does not vouch for its own words.
    """
    originals = np.array([page.source != INJECTED for page in data.pages])
    row = np.repeat(np.arange(len(data.page)), np.diff(data.tokens.bounds))
    page = data.page[row]
    index = topic.rarity_index(data.tokens.hashes)
    keep = originals[page]
    seen = np.unique(page[keep] << topic.RARITY_BITS | index[keep])
    frequency = np.bincount(seen & ((1 << topic.RARITY_BITS) - 1), minlength=1 << topic.RARITY_BITS)
    frequency = np.where(frequency <= 1, 0, frequency)
    inverse = np.log((originals.sum() + 1) / (frequency + 1))
    rarity: NDArray[np.uint8] = np.clip(np.rint(16 * inverse), 0, 255).astype(np.uint8)
    return rarity
