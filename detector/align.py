"""Gold text to line labels.

A user who has the clean text of a page beside the page needs no line labels: each line is article
when its words are found in the gold text, at a place that fits its neighbours.  Cost is near-linear
in the words of page and gold: every look-up is a hash of a few words.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

_WORD = re.compile(r"\w+")
_SHINGLE = 4
_MAX_PLACES = 16  # a shingle that the gold text repeats more often than this anchors nothing
_COVERED = 0.5
_MAX_TRIES = 200  # places looked at for a short line: keeps the cost linear on pages of equal lines
_SLACK = 40  # words: how far outside the gap between its neighbours a short line may be found


class Alignment(NamedTuple):
    """Labels of lines and how well they rebuild the gold text."""

    is_article: list[bool]
    """One value a line."""
    oracle_f1: float
    """Word F1 of the lines labelled article against the gold: what a perfect classifier would reach."""


def words(text: str) -> list[str]:
    """The lower-cased ``\\w+`` tokens of a text, the unit of word F1."""
    return _WORD.findall(text.lower())


def word_f1(predicted: str, gold: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of two texts as multisets of words.

    This is WCXB's metric: tokens are ``\\w+``, lower-cased.  Two empty texts score 1, one empty
    text scores 0.
    """
    ours, theirs = Counter(words(predicted)), Counter(words(gold))
    if not ours and not theirs:
        return 1.0, 1.0, 1.0
    shared = (ours & theirs).total()
    if not shared:
        return 0.0, 0.0, 0.0
    precision, recall = shared / ours.total(), shared / theirs.total()
    return precision, recall, 2 * precision * recall / (precision + recall)


def align(lines: Sequence[str], gold: str) -> Alignment:
    """Label each line of a page as article or not by the gold text of the page.

    A line of at least four words is article when at least half of its words lie in four-word
    shingles of the gold text that no earlier line has used up.  A shorter line is article when its
    words follow each other in the gold text between the places of its neighbours.

    Parameters
    ----------
    lines
        The lines of the page, blank ones included.
    gold
        The clean text of the page.

    Returns
    -------
    Alignment
    """
    gold_words = words(gold)
    line_words = [words(line) for line in lines]
    places = _index(gold_words)
    used = bytearray(len(gold_words))
    article = [False] * len(lines)
    anchors: list[tuple[int, int, int]] = []  # (line, first gold word, last gold word)

    candidates = [
        (row, found) for row, tokens in enumerate(line_words) if (found := _shingle_places(tokens, places)) is not None
    ]
    for row, (start, spread) in _consistent(candidates, line_words):
        tokens = line_words[row]
        covered = _claim(tokens, gold_words, places, used, start)
        if covered >= _COVERED * len(tokens):
            article[row] = True
            anchors.append((row, start, start + max(spread, len(tokens))))
    anchors.sort()
    _short_lines(line_words, gold_words, used, article, anchors)
    kept = "\n".join(line for line, keep in zip(lines, article, strict=True) if keep)
    return Alignment(article, word_f1(kept, gold)[2])


def _index(gold_words: list[str]) -> dict[tuple[str, ...], list[int]]:
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for position in range(len(gold_words) - _SHINGLE + 1):
        found = places[tuple(gold_words[position : position + _SHINGLE])]
        if len(found) < _MAX_PLACES:
            found.append(position)
    return places


def _shingle_places(
    tokens: list[str], places: dict[tuple[str, ...], list[int]]
) -> tuple[float, list[tuple[int, int]]] | None:
    """Coverage of a line by shingles of the gold, and the gold places where the line may start."""
    covered = bytearray(len(tokens))
    starts: Counter[int] = Counter()
    for offset in range(len(tokens) - _SHINGLE + 1):
        found = places.get(tuple(tokens[offset : offset + _SHINGLE]))
        if found:
            covered[offset : offset + _SHINGLE] = b"\1" * _SHINGLE
            for position in found:
                starts[position - offset] += 1
    share = covered.count(1) / len(tokens) if tokens else 0.0
    return (share, starts.most_common(4)) if share >= _COVERED else None


def _consistent(
    candidates: list[tuple[int, tuple[float, list[tuple[int, int]]]]], line_words: list[list[str]]
) -> list[tuple[int, tuple[int, int]]]:
    """Order candidates so that, of lines with the same words, the one in the run of the story claims them.

    A teaser or a title repeated in a menu matches the gold as well as the real line does; the real
    one stands where the matches before and after it continue.
    """
    starts = [[start for start, _ in found[1]] for _, found in candidates]
    ranked = []
    for index, (row, (share, found)) in enumerate(candidates):
        best_fit, best = -1, found[0][0]
        for start, _ in found:
            end = start + len(line_words[row])
            fit = 0
            for step in (-2, -1, 1, 2):
                if 0 <= index + step < len(candidates):
                    other, size = starts[index + step], len(line_words[candidates[index + step][0]])
                    if step < 0:
                        fit += any(-_SLACK <= start - (place + size) <= 4 * _SLACK for place in other)
                    else:
                        fit += any(-_SLACK <= place - end <= 4 * _SLACK for place in other)
            if fit > best_fit:
                best_fit, best = fit, start
        ranked.append((-best_fit, -share, row, best, len(line_words[row])))
    ranked.sort()
    return [(row, (start, size)) for _, _, row, start, size in ranked]


def _claim(
    tokens: list[str],
    gold_words: list[str],
    places: dict[tuple[str, ...], list[int]],
    used: bytearray,
    start: int,
) -> int:
    """Mark the gold words that a line accounts for, nearest to `start`; return how many of its words they cover."""
    taken: list[tuple[int, int]] = []
    covered = bytearray(len(tokens))
    for offset in range(len(tokens) - _SHINGLE + 1):
        found = places.get(tuple(tokens[offset : offset + _SHINGLE]))
        if not found:
            continue
        position = min(found, key=lambda place: abs(place - offset - start))
        if used[position] + used[position + _SHINGLE - 1] < 2:
            covered[offset : offset + _SHINGLE] = b"\1" * _SHINGLE
            taken.append((position, position + _SHINGLE))
    count = covered.count(1)
    if count >= _COVERED * len(tokens):
        for first, last in taken:
            used[first:last] = b"\1" * (last - first)
    return count


def _short_lines(
    line_words: list[list[str]],
    gold_words: list[str],
    used: bytearray,
    article: list[bool],
    anchors: list[tuple[int, int, int]],
) -> None:
    """Label the lines that are too short for a shingle by the gap between their neighbours."""
    first_places: dict[str, list[int]] = defaultdict(list)
    for position, word in enumerate(gold_words):
        first_places[word].append(position)
    rows = [row for row, _, _ in anchors]
    for row, tokens in enumerate(line_words):
        if article[row] or not tokens or len(tokens) > 2 * _SHINGLE:
            continue
        if not rows:  # a page of short lines only, such as a poem
            low, high = 0, len(gold_words)
            article[row] = _take(tokens, gold_words, used, first_places, low, high)
            continue
        at = bisect_left(rows, row)
        low = anchors[at - 1][2] - _SLACK if at else -1
        high = anchors[at][1] + _SLACK if at < len(anchors) else len(gold_words)
        if at == 0:  # before the story only a headline right above it counts
            low = high - _SLACK - 30 - 3 * (rows[0] - row if rows else 0)
        if low > high:
            low, high = high - _SLACK, low + _SLACK
        article[row] = _take(tokens, gold_words, used, first_places, max(low, 0), high)


def _take(
    tokens: list[str],
    gold_words: list[str],
    used: bytearray,
    first_places: dict[str, list[int]],
    low: int,
    high: int,
) -> bool:
    """Use up the first free place of a line's words in a stretch of the gold; return whether there is one."""
    spots = first_places.get(tokens[0], [])
    first = bisect_left(spots, low)
    for position in spots[first : min(bisect_right(spots, high), first + _MAX_TRIES)]:
        end = position + len(tokens)
        if gold_words[position:end] == tokens and not any(used[position:end]):
            used[position:end] = b"\1" * len(tokens)
            return True
    return False
