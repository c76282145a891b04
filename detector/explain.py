"""Why a line got its verdict: what weighed most in each of the stages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.adapt.profile import log_odds as log_odds_of
from detector.cleaner import Cleaner, CleanPage, known_site
from detector.features import (
    COLUMNS,
    HTML_COLUMNS,
    HTML_REVISION_COLUMNS,
    REVISION_COLUMNS,
    memory,
    ngrams,
    to_score_units,
    verdict,
)
from detector.features.context import SCORE_UNIT
from detector.features.memory import Memory, Repeats
from detector.model import LineModel, look_up, revision_columns
from detector.segment.structure import Structure
from detector.segment.text import Batch, row_blocks
from detector.segment.tokens import Tokens, select

_CELLS_AT_ONCE: Final = 1 << 22

# Columns that say the same in several ways are taken away together: alone, each would be made up for by the others.
_NAMES: Final = tuple(
    (re.compile(pattern), name)
    for pattern, name in (
        (r"structure_\+0", "its tag, class and id"),
        (r"structure_-\d+", "tags and classes of the lines above"),
        (r"structure_\+\d+", "tags and classes of the lines below"),
        (r"joint_\+0", "its words, tag and class together"),
        (r"joint_-\d+|joint_before_\d+", "lines above, words and tags"),
        (r"joint_\+\d+|joint_after_\d+", "lines below, words and tags"),
        (r"joint_\w+|heart_\w+", "place to the story's element"),
        (r"verdict\[.\d+\]|verdict_\w+|page_(?:verdict|article)", "verdicts on the lines around"),
        (r"(?:alike|kin|twin|around_\d)_verdict\w*", "verdicts on elements like its own"),
        (r"site_.*", "what its site repeats"),
        (r"(?:alike|akin)_\w+", "elements like its own"),
        (r"around_\d_\w+", "the elements around it"),
        (r"linked\w*", "share of links"),
        (r"\w+_heading|heading|\w+_h1", "headings"),
        (r"in_(\w+)", r"stands in \1"),
        (r"under_(\w+)", r"lies in \1"),
        (r"score\[\+0\]", "its own words"),
        (r"score\[-\d+\]|score_before_\d+", "words of the lines above"),
        (r"score\[\+\d+\]|score_after_\d+", "words of the lines below"),
        (r"log_chars\[-\d+\]", "length of the lines above"),
        (r"log_chars\[\+\d+\]", "length of the lines below"),
        (r"ends_sentence\[-\d+\]", "sentence ends above"),
        (r"ends_sentence\[\+\d+\]", "sentence ends below"),
        (r"mass_before_\d+|story_before|since_strong|strong_before", "article text above"),
        (r"mass_after_\d+|story_after|until_strong|strong_after", "article text below"),
        (r"from_top|from_bottom|place|place_in_chars", "place in the page"),
        (r"page_suggests_(\w+)", r"page suggests \1"),
        (r"suggests_(\w+)", r"words suggest \1"),
        (r"page_\w+", "the page as a whole"),
        (r"(\w+)_before_\d+", r"\1 above"),
        (r"(\w+)_after_\d+", r"\1 below"),
        (r"(?:by_line|by_size|strict)_\w+", "place to the story"),
        (r"repeats\w*", "repeats in the page"),
        (r"rarity|rare_words|unknown_words", "rare words"),
        (r"related_to_\w+|story_echo", "words shared with the story"),
        (r"log_chars|log_words", "length"),
        (r"chars_a_word|longest_word|short_words", "length of its words"),
        (r"first_\w+", "how it begins"),
        (r"last_\w+|ends_sentence", "how it ends"),
        (r"glued_\w+", "glued to another segment"),
    )
)


class Reason(NamedTuple):
    """Something that speaks for noise or against it.

    Parameters
    ----------
    name
        What it is: a group of columns, or words of the line.
    weight
        Log odds: positive speaks for noise, negative for article.
    """

    name: str
    weight: float


class Reasons(NamedTuple):
    """What weighed most for one line, the greatest first.

    Parameters
    ----------
    features
        Of the verdict in context: how far it would move without each group of columns.
    words
        Of the verdict on the line by itself: what each word and pair of words adds.
    """

    features: list[Reason]
    words: list[Reason]


def feature_name(column: str) -> str:
    """Give the readable name of a column; columns that belong together share it.

    Examples
    --------
    >>> feature_name("score[-2]")
    'words of the lines above'
    >>> feature_name("capitalised_words")
    'capitalised words'
    """
    for pattern, name in _NAMES:
        if match := pattern.fullmatch(column):
            return match.expand(name)
    return column.replace("_", " ")


def explain(
    model: LineModel,
    text: str,
    structure: Structure | None = None,
    top: int = 5,
    *,
    site: str | None = None,
    memory: Memory | None = None,
) -> list[Reasons]:
    """Say what the verdict on each line of a page rests on.

    Parameters
    ----------
    model
        The model.
    text
        The page.
    structure
        Its tree, for a page of HTML.
    top
        How many features and words to name at most.
    site, memory
        Its site, and what sites repeat.

    Returns
    -------
    list of Reasons
        One for each non-blank line, as `CleanPage.lines` has them.
    """
    batch, tokens = model.segment([text])
    if not len(batch):
        return []
    features = _features(model, batch, tokens, structure, look_up(memory, [site], [text], batch, tokens))
    words = _words(model, batch, tokens, text)
    return [Reasons(_greatest(a, top), _greatest(b, top)) for a, b in zip(features, words, strict=True)]


def explain_page(cleaner: Cleaner, result: CleanPage, top: int = 5) -> list[Reasons]:
    """Say what the verdicts of a cleaner rest on, its memory of sites and its profiles among it.

    Parameters
    ----------
    cleaner, result
        The cleaner, and a page that it judged.
    top
        How many features and words to name at most.
    """
    page, site = result.page, known_site(result.page)
    reasons = explain(cleaner.model, page.text, page.structure, top, site=site, memory=cleaner.memory)
    if not reasons or site not in cleaner.profiles:
        return reasons
    # A profile moves the model's verdict, so it weighs what lies between the two.
    model_alone = next(Cleaner(cleaner.model, memory=cleaner.memory).clean_many([page]))
    moved = log_odds_of(result.scores.p_noise) - log_odds_of(model_alone.scores.p_noise)
    return [
        Reasons(_greatest([*why.features, Reason("labelled pages of its site", weight)], top), why.words)
        for why, weight in zip(reasons, moved.tolist(), strict=True)
    ]


def _greatest(reasons: list[Reason], top: int) -> list[Reason]:
    return sorted((reason for reason in reasons if reason.weight), key=lambda reason: -abs(reason.weight))[:top]


def _features(
    model: LineModel, batch: Batch, tokens: Tokens, structure: Structure | None, repeats: Repeats | None
) -> list[list[Reason]]:
    scores = model.stage_one.scores(batch, tokens)
    prepared = model.prepare(batch, tokens, scores, None if structure is None else [structure])
    two, three = prepared.judge
    log_odds = two.outputs(prepared.inputs)
    columns = revision_columns(log_odds, prepared.n_chars, batch.page_rows, prepared.tree, repeats)
    inputs = three.inputs(columns)
    revised = three.outputs(inputs)

    def revise(rows: slice, without: NDArray[np.float64]) -> NDArray[np.float64]:
        """Stage three's log odds of some lines, had stage two given theirs as `without`, a row a line."""
        own = np.repeat(columns[rows], without.shape[1], axis=0)
        own[:, verdict.OWN] = verdict.own_column(to_score_units(without.ravel()))
        return three.outputs(three.inputs(own)).reshape(without.shape)

    names = HTML_COLUMNS if prepared.tree is not None else COLUMNS
    groups, keep = _groups(names)
    revised_names = HTML_REVISION_COLUMNS if prepared.tree is not None else REVISION_COLUMNS
    others, keep_others = _groups(revised_names, memory.COLUMNS if repeats is None else ())
    weights = np.empty((len(inputs), len(groups) + len(others)))
    step = max(1, _CELLS_AT_ONCE // keep.size)
    for first in range(0, len(inputs), step):
        rows = slice(first, first + step)
        some = prepared.inputs[rows]
        without = two.outputs((some[:, None, :] * keep).reshape(-1, len(names)))
        weights[rows, : len(groups)] = revise(rows, without.reshape(len(some), -1)) - revised[rows, None]
        masked = (inputs[rows][:, None, :] * keep_others).reshape(-1, inputs.shape[1])
        weights[rows, len(groups) :] = three.outputs(masked).reshape(len(some), -1) - revised[rows, None]
    weights *= three.calibration[0]
    return [[Reason(*pair) for pair in zip((*groups, *others), row, strict=True)] for row in weights.tolist()]


def _groups(columns: Sequence[str], unknown: Sequence[str] = ()) -> tuple[list[str], NDArray[np.int8]]:
    """Names of groups of columns, and for each what blanks it.

    A line's own verdict is blanked by no group. Nor are `unknown` columns, those of a site memory where there is
    none: they say the same of every line, and nothing of what its site repeats.
    """
    groups: dict[str, list[int]] = {}
    for index, column in enumerate(columns):
        if column != verdict.COLUMNS[verdict.OWN] and column not in unknown:
            groups.setdefault(feature_name(column), []).append(index)
    keep = np.ones((len(groups), len(columns)), np.int8)
    for row, members in enumerate(groups.values()):
        keep[row, members] = 0
    return list(groups), keep


def _words(model: LineModel, batch: Batch, tokens: Tokens, text: str) -> list[list[Reason]]:
    stage = model.stage_one
    reasons: list[list[Reason]] = []
    for first, last in row_blocks(batch):
        chosen = select(tokens, first, last)
        counts = np.zeros(last - first, np.int64)
        for run in ngrams.index_runs(batch, chosen, first, last):
            counts += run.last - run.first
        # Stage one's calibration is of scores in units of 1 / SCORE_UNIT.
        units = -model.line_calibration[0] * SCORE_UNIT * stage.scale / np.sqrt(np.maximum(counts, 1))
        singles, pairs = ngrams.word_runs(chosen)
        for row in range(last - first):
            read = _read_words(int(chosen.bounds[row]), int(chosen.bounds[row + 1]))
            found: dict[str, float] = {}
            for run, size in ((singles, 1), (pairs, 2)):
                entries = stage.weights[run.indices[run.first[row] : run.last[row]]] * units[row]
                for at, weight in enumerate(entries.tolist()):
                    name = _spelling(text, chosen, read[at : at + size])
                    found[name] = found.get(name, 0.0) + weight
            reasons.append([Reason(*pair) for pair in found.items()])
    return reasons


def _read_words(first: int, last: int) -> NDArray[np.int64]:
    """Find the words of a line that stage one reads: its head and its tail."""
    words = np.arange(first, last)
    if len(words) <= ngrams.HEAD_WORDS + ngrams.TAIL_WORDS:
        return words
    return np.concatenate((words[: ngrams.HEAD_WORDS], words[-ngrams.TAIL_WORDS :]))


def _spelling(text: str, tokens: Tokens, words: NDArray[np.int64]) -> str:
    """Spell words as the page does; one page's characters are numbered in the batch as in its text."""
    return " ".join(text[tokens.starts[word] : tokens.ends[word]] for word in words)
