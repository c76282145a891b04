"""The line model: arrays that turn pages into verdicts, with numpy alone.

`detector.classifier` trains one, `detector.model_file` keeps one in a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.features import LineScores, family_columns, shapes, to_score_units
from detector.features.memory import Memory, Repeats, memory_columns, page_key
from detector.features.structure import structure_columns
from detector.features.tree import Tree, grow_tree
from detector.features.verdict import verdict_columns
from detector.labels import KINDS
from detector.segment.chars import CharTables
from detector.segment.glue import GlueLexicon, find_cuts
from detector.segment.keys import line_keys
from detector.segment.structure import Structure
from detector.segment.text import Batch, cut_lines, make_batch
from detector.segment.tokens import Tokens, find_tokens, regroup
from detector.stages import Columns, KindModel, StageOne, StageThree, StageTwo, StructureModel, noise_probability

SURELY_ARTICLE: Final = 0.02
"""A line with a smaller probability of noise is not asked for its kind."""


class Verdicts(NamedTuple):
    """What a model says of the lines of a batch.

    Parameters
    ----------
    batch
        The lines, cut into segments where noise may be glued to text.
    n_words
        int64, shape (n_lines,).
    p_line
        float64, shape (n_lines,): probability of noise before context.
    p_noise
        float64, shape (n_lines,): calibrated probability of noise.
    kind
        int64, shape (n_lines,): index into `labels.KINDS` of the likeliest kind, were it noise; of a line that
        is as good as surely article (below `SURELY_ARTICLE`) this is ``"other"``.
    page_type
        int64, shape (n_pages,): index into `heads.PAGE_TYPES` of the likeliest type.
    """

    batch: Batch
    n_words: NDArray[np.int64]
    p_line: NDArray[np.float64]
    p_noise: NDArray[np.float64]
    kind: NDArray[np.int64]
    page_type: NDArray[np.int64]


class Judge(NamedTuple):
    """Stages two and three for one format of pages."""

    two: StageTwo
    three: StageThree


class Prepared(NamedTuple):
    """The lines of a batch on their way from stage one to stage two.

    Parameters
    ----------
    judge
        The stages for the pages' format.
    inputs
        int8, shape (n_lines, n_columns): stage two's.
    n_chars
        int64, shape (n_lines,).
    tree
        The trees of the pages, for pages of HTML.
    """

    judge: Judge
    inputs: NDArray[np.int8]
    n_chars: NDArray[np.int64]
    tree: Tree | None


@dataclass(frozen=True, slots=True)
class LineModel:
    """A trained model.

    Parameters
    ----------
    tables
        Character tables.
    glue
        Phrases at which lines may be cut.
    rarity
        uint8: see `topic.topic_columns`.
    stage_one
        The model of single lines.
    line_calibration
        Slope and intercept from stage one's log odds to calibrated ones.
    kinds
        The model of kinds of single lines.
    text
        Stages two and three for plain text.
    structure, html
        All stages for what HTML adds; None for a model trained without HTML.
    threshold
        A line is noise from this probability on.
    """

    tables: CharTables
    glue: GlueLexicon
    rarity: NDArray[np.uint8]
    stage_one: StageOne
    line_calibration: tuple[float, float]
    kinds: KindModel
    text: Judge
    structure: StructureModel | None
    html: Judge | None
    threshold: float

    def segment(self, texts: Sequence[str]) -> tuple[Batch, Tokens]:
        """Lines and words of pages, lines cut where noise may be glued to text."""
        batch = make_batch(texts, self.tables)
        tokens = find_tokens(batch)
        cuts = find_cuts(batch, tokens, self.glue)
        if not len(cuts):
            return batch, tokens
        batch = cut_lines(batch, cuts)
        return batch, regroup(tokens, batch)

    def prepare(
        self, batch: Batch, tokens: Tokens, scores: LineScores, structures: Sequence[Structure] | None = None
    ) -> Prepared:
        """Compute the inputs of stage two.

        Parameters
        ----------
        batch, tokens, scores
            The lines, at least one, their words and stage one's scores.
        structures
            The tree of each page, for pages of HTML.
        """
        lines = shapes(batch, tokens)
        families = family_columns(batch, tokens, lines, scores, self.rarity)
        if structures is None or self.html is None or self.structure is None:
            return Prepared(self.text, self.text.two.inputs(families, len(batch)), lines.n_chars, None)
        tree = grow_tree(structures, batch)
        by_structure = self.structure.scores(tree)
        columns = structure_columns(tree, scores.article, by_structure, lines.n_chars, batch.page_rows)
        inputs = self.html.two.inputs((*families, columns), len(batch))
        return Prepared(self.html, inputs, lines.n_chars, tree)

    def predict(
        self,
        texts: Sequence[str],
        structures: Sequence[Structure] | None = None,
        sites: Sequence[str | None] | None = None,
        memory: Memory | None = None,
    ) -> Verdicts:
        """Judge the lines of pages; the pages do not influence each other.

        Parameters
        ----------
        texts
            One text a page.
        structures
            The tree of each page, for pages of HTML.
        sites
            The site of each page, to be looked up in `memory`.
        memory
            What sites repeat.
        """
        batch, tokens = self.segment(texts)
        n_words = np.diff(tokens.bounds)
        if not len(batch):
            none = np.zeros(0)
            return Verdicts(batch, n_words, none, none, none.astype(np.int64), np.zeros(len(texts), np.int64))
        scores = self.stage_one.scores(batch, tokens)
        prepared = self.prepare(batch, tokens, scores, structures)
        p_noise = judge_lines(prepared, batch.page_rows, look_up(memory, sites, texts, batch, tokens))
        kind = np.full(len(batch), KINDS.index("other"), np.int64)
        rows = np.flatnonzero(p_noise >= SURELY_ARTICLE)
        inputs = (prepared.inputs.take(rows, 0), self.kinds.inputs(batch, tokens, rows))
        kind[rows] = prepared.judge.two.kind(np.hstack(inputs))
        p_line = noise_probability(scores.article.astype(np.float64), self.line_calibration)
        page_type = prepared.judge.two.page_type(prepared.inputs, batch.page_rows)
        return Verdicts(batch, n_words, p_line, p_noise, kind, page_type)


def look_up(
    memory: Memory | None, sites: Sequence[str | None] | None, texts: Sequence[str], batch: Batch, tokens: Tokens
) -> Repeats | None:
    """Look up what the sites of pages repeat; None where there is no memory, or no page has a site."""
    if memory is None or sites is None or not any(sites):
        return None
    page_keys = np.array([page_key(text) for text in texts], np.uint64)
    return memory.look_up(sites, page_keys, line_keys(tokens), batch.page_rows)


def judge_lines(
    prepared: Prepared, page_rows: NDArray[np.int64], repeats: Repeats | None = None
) -> NDArray[np.float64]:
    """Calibrated probability of noise of each line."""
    two, three = prepared.judge
    log_odds = two.outputs(prepared.inputs)
    columns = revision_columns(log_odds, prepared.n_chars, page_rows, prepared.tree, repeats)
    return noise_probability(three.outputs(three.inputs(columns)), three.calibration)


def revision_columns(
    log_odds: NDArray[np.float64],
    n_chars: NDArray[np.int64],
    page_rows: NDArray[np.int64],
    tree: Tree | None,
    repeats: Repeats | None,
) -> Columns:
    """Columns of stage three: stage two's log odds, those around them, and what sites repeat."""
    verdicts = verdict_columns(to_score_units(log_odds), n_chars, page_rows, tree)
    return np.hstack((verdicts, memory_columns(repeats, n_chars, page_rows)))
