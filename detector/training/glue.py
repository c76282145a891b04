"""The phrases at which lines may be cut, learnt from labelled pages and phrase inventories."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.labels import ARTICLE, NOISE, LabelledPage
from detector.segment.chars import CharTables
from detector.segment.glue import MAX_PHRASE, MIN_REST, GlueLexicon, phrase_hashes
from detector.segment.text import make_batch
from detector.segment.tokens import find_tokens
from detector.training.phrases import Inventory

_MIN_SITES: Final = 3
_MAX_CUE_WORDS: Final = 4
_CUE_KINDS: Final = frozenset(("related_link", "source_link", "share", "subscribe"))
_RUN_ON_KINDS: Final = frozenset(("ad_marker", "share", "source_link", "comment_prompt", "navigation"))
_GLUED_KINDS: Final = frozenset(("ad_marker", "share", "source_link", "subscribe", "comment_prompt", "copyright"))


def learn_glue(pages: Sequence[LabelledPage], inventory: Inventory | None, tables: CharTables) -> GlueLexicon:
    """Collect phrases of noise that never begin or end a line of article.

    Phrases are those labelled inside lines, those of the inventory that are written to be glued, and,
    for ends of lines only, those of kinds that run on to paragraphs: of the inventory, or short noise
    lines that several sites share.  A phrase that also begins (or ends) lines of article in the
    training pages is left out: a cut there could take a piece of the story.
    """
    starts: set[str] = set()
    ends: set[str] = set()
    cue_sites: dict[str, set[str]] = {}
    sites: dict[str, set[str]] = {}
    articles: list[str] = []
    for page in pages:
        for line in page.lines:
            for index, segment in enumerate(line):
                if segment.label == ARTICLE and not segment.unsure:
                    articles.append(segment.text)
                elif segment.label == NOISE and len(line) > 1:
                    (ends if index else starts).add(segment.text)
                elif segment.label == NOISE and segment.kind in _GLUED_KINDS and len(segment.text) <= 60:
                    sites.setdefault(segment.text, set()).add(page.site)
                if segment.label == NOISE and segment.kind in _CUE_KINDS and _is_cue(segment.text):
                    cue_sites.setdefault(segment.text.split(":")[0].strip().lower(), set()).add(page.site)
    ends |= {text for text, where in sites.items() if len(where) >= _MIN_SITES}
    cues = {text for text, where in cue_sites.items() if len(where) >= _MIN_SITES}
    if inventory is not None:
        for phrase in (phrase for phrases in inventory.phrases.values() for phrase in phrases):
            if phrase.position in ("start", "end") and "{" not in phrase.text:
                (starts if phrase.position == "start" else ends).add(phrase.text)
            elif phrase.kind in _RUN_ON_KINDS and "{" not in phrase.text:
                ends.add(phrase.text)
            if phrase.kind in _CUE_KINDS and _is_cue(phrase.text):
                cues.add(phrase.text.split(":")[0].strip())
    begins, closes = _article_borders(articles, tables)
    start_hashes, openers, _ = _hashes(starts, tables, begins)
    end_hashes, _, closers = _hashes(ends, tables, closes)
    return GlueLexicon(start_hashes, end_hashes, _hashes(cues, tables)[0], openers, closers)


def _is_cue(text: str) -> bool:
    """Whether a text begins with a few words and a colon, such as "Read more:"."""
    cue, colon, _ = text.partition(":")
    return bool(colon) and 0 < len(cue.split()) <= _MAX_CUE_WORDS and not any(c.isdigit() or c in "{/" for c in cue)


def _hashes(
    phrases: Iterable[str], tables: CharTables, banned: NDArray[np.uint32] | None = None
) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32]]:
    """Hashes of phrases that are not banned, of their first words and of their last words; each sorted."""
    tokens = find_tokens(make_batch(["\n".join(" ".join(text.split()) for text in sorted(phrases))], tables))
    first, last = tokens.bounds[:-1], tokens.bounds[1:]
    fits = (last > first) & (last - first <= MAX_PHRASE)
    first, last = first[fits], last[fits]
    hashes = phrase_hashes(tokens.hashes, first, last)
    allowed = ~np.isin(hashes, banned) if banned is not None else np.ones(len(hashes), np.bool_)
    words = tokens.hashes
    return np.unique(hashes[allowed]), np.unique(words[first[allowed]]), np.unique(words[last[allowed] - 1])


def _article_borders(lines: list[str], tables: CharTables) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Hashes of all short runs of words that begin or end lines of article."""
    if not lines:
        none = np.zeros(0, np.uint32)
        return none, none
    tokens = find_tokens(make_batch(["\n".join(lines)], tables))
    first, last = tokens.bounds[:-1], tokens.bounds[1:]
    begins: Counter[int] = Counter()
    closes: Counter[int] = Counter()
    for length in range(1, MAX_PHRASE + 1):
        fits = last - first >= length + MIN_REST
        begins.update(phrase_hashes(tokens.hashes, first[fits], first[fits] + length).tolist())
        closes.update(phrase_hashes(tokens.hashes, last[fits] - length, last[fits]).tolist())
    return np.array(sorted(begins), np.uint32), np.array(sorted(closes), np.uint32)
