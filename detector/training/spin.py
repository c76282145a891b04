"""Spin clean text: the slips that rewriting machines and round trips of translation leave, one kind at a time.

The labels that `detector.quality.fluency` is learnt and measured by are made here, since no corpus of
spun articles with their originals is free.  English only.  All words are this project's own.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Final

from detector.training.words import AGREEMENT, BASE_OF, DETERMINERS, FUNCTION_SWAPS, PREPOSITIONS, SYNONYMS, TENSE

SPIN_KINDS: Final = ("synonyms", "word_order", "tense", "agreement", "dropped_words", "fragments", "function_words")
"""The kinds of slips, see the functions of those names."""

_SENTENCE: Final = re.compile(r"(?<=[.!?])(?<!\b[A-Z]\.)(?<!\bMr\.)(?<!\bDr\.)(?<!\bMrs\.)\s+(?=[\"“'A-Z])")
_TOKEN: Final = re.compile(r"^(\W*)(.*?)(\W*)$", re.S)
_MIN_WORDS: Final = 6
_WORD_RATE: Final = 0.5
_LINE_END: Final = re.compile(r"(\r\n|\r|\n)")

Slip = Callable[[list[str], random.Random], list[str]]


def spin(text: str, kind: str, seed: int | str = 0, rate: float = 0.5) -> str:
    """Put slips of one kind into a text.

    Parameters
    ----------
    text
        Good English.
    kind
        One of `SPIN_KINDS`.
    seed
        The same seed gives the same text.
    rate
        The share of sentences (of six words or more) that get slips.

    Returns
    -------
    str
        The text with its lines; sentences in which there is nothing to change stay as they are.

    Raises
    ------
    KeyError
        There is no such kind.
    """
    slip, rng = _SLIPS[kind], random.Random(f"{kind}|{seed}")
    return "".join(
        part if index % 2 else " ".join(_spun(sentence, slip, rng, rate) for sentence in _SENTENCE.split(part))
        for index, part in enumerate(_LINE_END.split(text))
    )


def _spun(sentence: str, slip: Slip, rng: random.Random, rate: float) -> str:
    words = sentence.split(" ")
    if len(words) < _MIN_WORDS or rng.random() >= rate:
        return sentence
    return " ".join(slip(words, rng))


def _parts(word: str) -> tuple[str, str, str]:
    """What stands before a word, the word, and what stands after it."""
    found = _TOKEN.match(word)
    return found.groups() if found else ("", word, "")  # type: ignore[return-value]


def _like(word: str, model: str) -> str:
    return word[:1].upper() + word[1:] if model[:1].isupper() else word


def _mapped(words: list[str], rng: random.Random, change: Callable[[str], str | None]) -> list[str]:
    """Change about half of the words that can be changed, at least one."""
    places = []
    for at, word in enumerate(words):
        before, core, after = _parts(word)
        new = change(core.lower()) if core and not (core[0].isupper() and at) else None
        if new is not None and new != core.lower():
            places.append((at, f"{before}{_like(new, core)}{after}"))
    chosen = [place for place in places if rng.random() < _WORD_RATE] or rng.sample(places, min(1, len(places)))
    changed = list(words)
    for at, word in chosen:
        changed[at] = word
    return [word for word in changed if word]


def _synonyms(words: list[str], rng: random.Random) -> list[str]:
    """Words by others that a dictionary gives for them, whatever the context."""

    def change(word: str) -> str | None:
        found = SYNONYMS.get(word)
        return rng.choice(found) if found else None

    return _mapped(words, rng, change)


def _word_order(words: list[str], rng: random.Random) -> list[str]:
    """Runs of three or four words turned, and neighbours swapped, as by a language of another order."""
    order = list(words)
    for _ in range(max(1, len(words) // 12)):
        size = rng.choice((2, 3, 4))
        at = rng.randrange(0, max(1, len(order) - size))
        piece = order[at : at + size]
        order[at : at + size] = piece[1:] + piece[:1] if rng.random() < 0.5 else piece[-1:] + piece[:-1]
    return order


def _tense(words: list[str], rng: random.Random) -> list[str]:
    """Verbs in another tense or form: took for take, takes for took, going for go."""

    def change(word: str) -> str | None:
        found = TENSE.get(word)
        if found:
            return rng.choice(found)
        if len(word) > 5 and word.endswith("ed") and word[:-2].isalpha():
            base = BASE_OF.get(word, word[:-2])
            return rng.choice((base, f"{base.rstrip('e')}ing", f"{base}s"))
        if len(word) > 6 and word.endswith("ing"):
            return rng.choice((word[:-3], f"{word[:-3]}ed"))
        return None

    return _mapped(words, rng, change)


def _agreement(words: list[str], rng: random.Random) -> list[str]:
    """Number and person that do not agree: they was, this claims, a officers."""

    def change(word: str) -> str | None:
        if word in AGREEMENT:
            return AGREEMENT[word]
        if len(word) > 5 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
            return word[:-1]
        return None

    return _mapped(words, rng, change)


def _dropped_words(words: list[str], rng: random.Random) -> list[str]:
    """Articles and prepositions left out."""
    return _mapped(words, rng, lambda word: "" if word in DETERMINERS or word in PREPOSITIONS else None)


def _function_words(words: list[str], rng: random.Random) -> list[str]:
    """Small words by others of their sort, as a round trip through another language has them."""

    def change(word: str) -> str | None:
        found = FUNCTION_SWAPS.get(word)
        return rng.choice(found) if found else None

    return _mapped(words, rng, change)


def _fragments(words: list[str], rng: random.Random) -> list[str]:
    """Cut sentences: a verb left over behind the full stop ("reaction. Is."), a sentence broken in two."""
    sort = rng.random()
    if sort < 0.4:  # "... on October 18 Are."
        verb = rng.choice(("Is", "Are", "Was", "Were", "Has", "Have", "Continues", "Had been", "Will", "Does"))
        before, core, after = _parts(words[-1])
        glue = after if rng.random() < 0.5 else after.strip(".!?")
        return [*words[:-1], f"{before}{core}{glue}", f"{verb}."]
    at = rng.randrange(2, len(words) - 2)
    before, core, after = _parts(words[at])
    head = [*words[: at + 1]]
    head[-1] = f"{before}{core}."
    if sort < 0.8:  # broken in two at any place
        return [*head, words[at + 1][:1].upper() + words[at + 1][1:], *words[at + 2 :]]
    return [*words[:at], words[at + 1][:1].upper() + words[at + 1][1:], *words[at + 2 :]]  # two run into one


_SLIPS: Final[dict[str, Slip]] = {
    "synonyms": _synonyms,
    "word_order": _word_order,
    "tense": _tense,
    "agreement": _agreement,
    "dropped_words": _dropped_words,
    "fragments": _fragments,
    "function_words": _function_words,
}
