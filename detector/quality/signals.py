"""The document signals of Gopher, C4 and FineWeb, as their sources define them.

* Gopher: J. Rae et al., "Scaling Language Models: Methods, Analysis & Insights from Training Gopher", 2021,
  appendix A.1.1.
* C4: C. Raffel et al., "Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer",
  JMLR 21, 2020, section 2.2.
* FineWeb: G. Penedo et al., "The FineWeb Datasets", 2024, section 3.6.

Where the papers leave a thing open, it is done as datatrove's filters do it, which made FineWeb; but a word
is what stands between white space, lines end only at line feeds, and a sentence ends with a word that ends
in a full stop, an exclamation or question mark, where datatrove asks a tokeniser of each language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.quality.repetition import (
    DUPLICATE_ORDERS,
    TOP_ORDERS,
    duplicates,
    line_spans,
    paragraph_spans,
    repetition_chars,
)
from detector.quality.words import Words, char_set, find_words, sums_between, word_hash
from detector.segment.chars import CASELESS, IDEOGRAPH, LOWER, UNSPACED, UPPER, build_tables
from detector.segment.tokens import PrefixHash

STOP_WORDS: Final = ("the", "be", "to", "of", "and", "that", "have", "with")
SHORT_LINE: Final = 30
C4_LINE_WORDS: Final = 3
C4_WORD_CHARS: Final = 1000

SIGNALS: Final = (
    "gopher_words",
    "gopher_word_length",
    "gopher_hashes",
    "gopher_ellipses",
    "gopher_bullet_lines",
    "gopher_ellipsis_lines",
    "gopher_alpha_words",
    "gopher_stop_words",
    "gopher_dup_lines",
    "gopher_dup_line_chars",
    "gopher_dup_paragraphs",
    "gopher_dup_paragraph_chars",
    *(f"gopher_top_{order}_gram" for order in TOP_ORDERS),
    *(f"gopher_dup_{order}_gram" for order in DUPLICATE_ORDERS),
    "c4_kept_lines",
    "c4_sentences",
    "c4_refused",
    "fineweb_punctuated_lines",
    "fineweb_short_lines",
    "fineweb_dup_chars",
    "fineweb_new_lines",
)
"""The columns, in order."""

RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "gopher_words": (50, 100_000),
    "gopher_word_length": (3, 10),
    "gopher_hashes": (0, 0.1),
    "gopher_ellipses": (0, 0.1),
    "gopher_bullet_lines": (0, 0.9),
    "gopher_ellipsis_lines": (0, 0.3),
    "gopher_alpha_words": (0.8, 1),
    "gopher_stop_words": (2, len(STOP_WORDS)),
    "gopher_dup_lines": (0, 0.3),
    "gopher_dup_line_chars": (0, 0.2),
    "gopher_dup_paragraphs": (0, 0.3),
    "gopher_dup_paragraph_chars": (0, 0.2),
    "gopher_top_2_gram": (0, 0.2),
    "gopher_top_3_gram": (0, 0.18),
    "gopher_top_4_gram": (0, 0.16),
    "gopher_dup_5_gram": (0, 0.15),
    "gopher_dup_6_gram": (0, 0.14),
    "gopher_dup_7_gram": (0, 0.13),
    "gopher_dup_8_gram": (0, 0.12),
    "gopher_dup_9_gram": (0, 0.11),
    "gopher_dup_10_gram": (0, 0.1),
    "c4_sentences": (5, np.inf),
    "c4_refused": (0, 0),
    "fineweb_punctuated_lines": (0.12, 1),
    "fineweb_short_lines": (0, 0.67),
    "fineweb_dup_chars": (0, 0.01),
    "fineweb_new_lines": (0, 0.3),
}
"""Least and greatest value that their sources let pass."""

_LF, _BULLETS, _ELLIPSIS, _HASH, _DOT = 10, (0x2022, 0x2D), 0x2026, 0x23, 0x2E
# Sentence ends of scripts in use, from datatrove's TERMINAL_PUNCTUATION, those of the Basic Multilingual Plane.
_TERMINAL: Final = char_set(
    "!.?\u0589\u061d\u061e\u061f\u06d4\u0700\u0701\u0702\u07f9\u0837\u0839\u083d\u083e\u0964\u0965\u104a\u104b\u1362"
    "\u1367\u1368\u166e\u1735\u1736\u17d4\u17d5\u17d6\u17d9\u17da\u1803\u1809\u1944\u1945\u1aa8\u1aa9\u1aaa\u1aab"
    "\u1b5a\u1b5b\u1b5e\u1b5f\u1b7d\u1b7e\u1c3b\u1c3c\u1c7e\u1c7f\u203c\u203d\u2047\u2048\u2049\u2e2e\u2e3c\u2e53"
    "\u2e54\u3002\ua4ff\ua60e\ua60f\ua6f3\ua6f7\ua876\ua877\ua8ce\ua8cf\ua92f\ua9c8\ua9c9\uaa5d\uaa5e\uaa5f\uaaf0"
    "\uaaf1\uabeb\ufe52\ufe56\ufe57\uff01\uff0e\uff1f\uff61"
)
_PUNCTUATION: Final = _TERMINAL | char_set(
    "!/—”:％１〈&(、━\\【#%「」，】；+^]~“《„';’{|∶´[=-`*．（–？！：$～«〉,><》)?）。…@_.\"}►»"
) | char_set([*range(32), *range(127, 160)])  # fmt: skip
_C4_END: Final = char_set(".?!\"'")
_SENTENCE_END: Final = char_set(".?!。！？")
_CLOSING: Final = char_set("\"'”’)]»")
_CITATION: Final = re.compile(r"\[\d*]|\[edit]|\[citation needed]")
_POLICY: Final = ("terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")
_SPECIAL: Final = ("javascript", "cookie", "terms of use", "privacy policy", "[")
_REFUSED: Final = ("lorem ipsum", "{")
_ALPHA: Final = (LOWER, UPPER, CASELESS, IDEOGRAPH, UNSPACED)


def signals(texts: Sequence[str]) -> list[dict[str, float]]:
    """Compute the signals of texts.

    Returns
    -------
    list of dict
        For each text the values of `SIGNALS`; shares of nothing are 0.
    """
    texts = [plain_line_ends(text) for text in texts]
    return [
        dict(zip(SIGNALS, row, strict=True))
        for row in signal_columns(texts, find_words(texts, build_tables())).tolist()
    ]


def failed_rules(values: Mapping[str, float]) -> list[str]:
    """The signals outside of what their source lets pass.

    Parameters
    ----------
    values
        From `signals`.
    """
    return [name for name, (least, most) in RANGES.items() if not least <= values[name] <= most]


def rules_passed(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of the rules that each text passes; float64, shape (n_texts,)."""
    passed = np.zeros(len(columns), np.int64)
    for name, (least, most) in RANGES.items():
        values = columns[:, SIGNALS.index(name)]
        passed += (least <= values) & (values <= most)
    return passed / len(RANGES)


def plain_line_ends(text: str) -> str:
    """The text with line feeds for all line ends."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def signal_columns(texts: Sequence[str], words: Words) -> NDArray[np.float64]:
    """Compute the signals of texts.

    Parameters
    ----------
    texts
        With line feeds for line ends.
    words
        From `find_words` of the texts.

    Returns
    -------
    float64 array of shape (n_texts, len(SIGNALS))
    """
    prefix = PrefixHash(words.codes)
    lines = _Lines(words)
    columns = (
        *_gopher_quality(words, lines, prefix),
        *_gopher_repetition(words, lines, prefix),
        *_c4(texts, words, lines),
        *_fineweb(words, lines, prefix),
    )
    return np.stack(columns, 1) if len(texts) else np.zeros((0, len(SIGNALS)))


class _Lines:
    """The lines of texts, blank ones too; a line feed at the end of a text begins no line."""

    def __init__(self, words: Words) -> None:
        breaks = np.flatnonzero(words.codes == _LF)
        starts = np.concatenate(([0], breaks[:-1] + 1)) if len(breaks) else breaks
        own = np.searchsorted(breaks, words.text_chars[1:] - 1)
        exists = np.ones(len(breaks), np.bool_)
        exists[own] = breaks[own] > starts[own]
        self.starts, self.ends = starts[exists], breaks[exists]
        self.text = np.searchsorted(words.text_chars, self.starts, "right") - 1
        self.first = np.searchsorted(words.starts, self.starts)
        self.n_words = np.searchsorted(words.starts, self.ends) - self.first
        self.filled = self.n_words > 0
        rows = np.flatnonzero(self.filled)
        self.visible_start, self.visible_end = self.starts.copy(), self.starts.copy()
        self.visible_start[rows] = words.starts[self.first[rows]]
        self.visible_end[rows] = words.ends[self.first[rows] + self.n_words[rows] - 1]

    def sums(self, values: NDArray[np.bool_] | NDArray[np.int64], n_texts: int) -> NDArray[np.int64]:
        """Sums over the lines of each text."""
        return np.bincount(self.text, values, n_texts).astype(np.int64)


def _share(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    return part / np.maximum(whole, 1)


def _has(is_member: NDArray[np.bool_], words: Words) -> NDArray[np.bool_]:
    """Whether each word has such a character."""
    if not len(words.starts):
        return np.zeros(0, np.bool_)
    bounds = np.stack((words.starts, words.ends), 1).ravel()
    return np.logical_or.reduceat(is_member, bounds)[::2]


def _gopher_quality(words: Words, lines: _Lines, prefix: PrefixHash) -> list[NDArray[np.float64]]:
    codes, n = words.codes, words.n_texts
    sizes = words.ends - words.starts
    n_words = np.diff(words.bounds)
    is_word = _has(~_PUNCTUATION.take(codes), words)
    n_real = words.sums(is_word)
    alpha = np.zeros(256, np.bool_)
    alpha[list(_ALPHA)] = True
    has_alpha = _has(alpha.take(words.classes), words)
    dots = codes == _DOT
    n_lines = np.bincount(lines.text, minlength=n)
    head = codes.take(lines.visible_start)
    bullet = lines.filled & np.isin(head, _BULLETS)
    ellipsis = lines.filled & _ends_in_ellipsis(codes, lines.visible_end, lines.visible_start)
    known = np.array([word_hash(word) for word in STOP_WORDS], np.uint32)
    short = np.flatnonzero(sizes <= max(map(len, STOP_WORDS)))
    own = prefix.of(words.starts[short], words.ends[short])
    text = np.searchsorted(words.bounds, short, "right") - 1
    stops = np.zeros((n, len(known)), np.bool_)
    for at, value in enumerate(known):
        stops[text[own == value], at] = True
    return [
        n_real.astype(np.float64),
        _share(words.sums(sizes * is_word), n_real),
        _share(_count(codes == _HASH, words), n_words),
        _share(_count_ellipses(dots, words) + _count(codes == _ELLIPSIS, words), n_words),
        _share(lines.sums(bullet, n), n_lines),
        _share(lines.sums(ellipsis, n), n_lines),
        _share(words.sums(has_alpha), n_words),
        stops.sum(1).astype(np.float64),
    ]


def _count(is_member: NDArray[np.bool_], words: Words) -> NDArray[np.int64]:
    places = np.flatnonzero(is_member)
    return np.diff(np.searchsorted(places, words.text_chars))


def _count_ellipses(dots: NDArray[np.bool_], words: Words) -> NDArray[np.int64]:
    """How often three full stops follow each other, as `str.count` has it."""
    places = np.flatnonzero(dots)
    if not len(places):
        return np.zeros(words.n_texts, np.int64)
    begins = np.flatnonzero(np.concatenate(([True], np.diff(places) > 1)))
    lengths = np.diff(np.append(begins, len(places)))
    text = np.searchsorted(words.text_chars, places[begins], "right") - 1
    return np.bincount(text, lengths // 3, words.n_texts).astype(np.int64)


def _ends_in_ellipsis(
    codes: NDArray[np.uint16], ends: NDArray[np.int64], starts: NDArray[np.int64]
) -> NDArray[np.bool_]:
    last = codes.take(np.maximum(ends - 1, 0))
    three = ends - starts >= 3
    for step in (1, 2, 3):
        three &= codes.take(np.maximum(ends - step, 0)) == _DOT
    return np.asarray((last == _ELLIPSIS) | three)


def _gopher_repetition(words: Words, lines: _Lines, prefix: PrefixHash) -> list[NDArray[np.float64]]:
    n, n_chars = words.n_texts, words.n_chars
    spans = line_spans(words)
    count, chars = duplicates(words, spans, prefix)
    # Split at runs of line feeds, a text that begins or ends with one has an empty line there.
    filled = n_chars > 0
    opens = filled & (words.codes.take(words.text_chars[:-1], mode="clip") == _LF)
    closes = filled & (words.codes.take(words.text_chars[1:] - 2, mode="clip") == _LF)
    only_breaks = filled & (np.bincount(spans[0], minlength=n) == 0)
    count = count + np.where(opens & closes, 1, 0)
    n_lines = np.bincount(spans[0], minlength=n) + opens + closes
    count, n_lines = np.where(only_breaks, 1, count), np.where(only_breaks, 2, n_lines)
    paragraphs = paragraph_spans(words)
    dup_paragraphs, paragraph_chars = duplicates(words, paragraphs, prefix)
    runs = repetition_chars(words, prefix)
    return [
        _share(count, n_lines),
        _share(chars, n_chars),
        _share(dup_paragraphs, np.bincount(paragraphs[0], minlength=n)),
        _share(paragraph_chars, n_chars),
        *(_share(column, n_chars) for column in runs.T),
    ]


def _fineweb(words: Words, lines: _Lines, prefix: PrefixHash) -> list[NDArray[np.float64]]:
    n = words.n_texts
    filled = lines.filled
    n_lines = lines.sums(filled, n)
    ended = filled & _TERMINAL.take(words.codes.take(np.maximum(lines.ends - 1, 0)))
    short = filled & (lines.ends - lines.starts <= SHORT_LINE)
    spans = lines.text[filled], lines.starts[filled], lines.ends[filled]
    breaks = _count(words.codes == _LF, words) - 1
    return [
        _share(lines.sums(ended, n), n_lines),
        _share(lines.sums(short, n), n_lines),
        _share(duplicates(words, spans, prefix)[1], words.n_chars - breaks),
        _share(breaks, np.diff(words.bounds)),
    ]


def _c4(texts: Sequence[str], words: Words, lines: _Lines) -> list[NDArray[np.float64]]:
    """The share of the characters in lines that C4 keeps, the sentences in them, and whether it drops the page."""
    n, codes = words.n_texts, words.codes
    sizes = words.ends - words.starts
    last = np.maximum(lines.visible_end - 1, 0)
    three = _ends_in_ellipsis(codes, lines.visible_end, lines.visible_start) & (codes.take(last) == _DOT)
    enough = lines.n_words >= C4_LINE_WORDS
    long = np.flatnonzero(sizes > C4_WORD_CHARS)
    enough[np.searchsorted(lines.starts, words.starts[long], "right") - 1] = False
    kept = enough & _C4_END.take(codes.take(last)) & ~three
    refused = np.zeros(n, np.bool_)
    for index, text in enumerate(texts):
        lower = text.lower()
        if any(mark in lower for mark in _SPECIAL):
            rows = np.flatnonzero(lines.text == index)
            begin = lines.starts[rows] - words.text_chars[index]
            kept[rows] = enough[rows] & _allowed(text, begin, lines.ends[rows] - lines.starts[rows])
        refused[index] = any(mark in lower for mark in _REFUSED)
    ends_sentence = _SENTENCE_END.take(codes.take(np.maximum(words.ends - 1, 0)))
    closing = _CLOSING.take(codes.take(np.maximum(words.ends - 1, 0))) & (sizes > 1)
    ends_sentence |= closing & _SENTENCE_END.take(codes.take(np.maximum(words.ends - 2, 0)))
    sentences = np.maximum(
        sums_between(ends_sentence, np.append(lines.first, len(words.starts))) if len(lines.first) else lines.first, 1
    )
    chars = lines.visible_end - lines.visible_start
    return [
        _share(lines.sums(chars * kept, n), lines.sums(chars, n)),
        lines.sums(sentences * kept, n).astype(np.float64),
        refused.astype(np.float64),
    ]


def _allowed(text: str, starts: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """C4's rules by words, for the few texts that hold one of them."""
    allowed = []
    for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
        line = text[start : start + size].strip()
        lower = line.lower()
        bare = _CITATION.sub("", line)
        banned = "javascript" in lower or any(phrase in lower for phrase in _POLICY)
        allowed.append(not banned and bare.endswith((".", "?", "!", '"', "'")) and not bare.endswith("..."))
    return np.array(allowed, np.bool_)
