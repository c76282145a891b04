"""What is injected: phrases of our own by language, and captions and headlines of the training pages."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from detector.errors import InputError
from detector.labels import ARTICLE, KINDS, LabelledPage

POSITIONS: Final = ("head", "body", "tail", "any", "start", "end", "cue")
"""Where a phrase falls; a cue stands right above a caption."""
_FOREIGN_ENGLISH: Final = 0.25  # share of noise lines in English on pages in another language


@dataclass(frozen=True, slots=True)
class Phrase:
    """A line with placeholders, its kind and where in a page it falls.

    Its kind is a kind of noise, or ``"article"`` for genuine lines that look like noise.
    """

    kind: str
    position: str
    text: str


class Inventory:
    """Phrases by language, and the names that fill their placeholders."""

    def __init__(self, folder: Path) -> None:
        self.phrases = {path.stem: _read_phrases(path) for path in sorted(folder.glob("*.tsv"))}
        if "en" not in self.phrases:
            raise InputError(f"{folder}: no en.tsv; name the folder of phrase inventories")
        self.agencies, self.names, self.topics = (
            (folder / f"{name}.txt").read_text("utf-8").splitlines() for name in ("agencies", "names", "topics")
        )

    def of(self, lang: str, rng: random.Random) -> dict[str, list[Phrase]]:
        """Phrases of a language by position; sometimes the English ones that plugins leave on any page."""
        english = lang not in self.phrases or rng.random() < _FOREIGN_ENGLISH
        by_position: dict[str, list[Phrase]] = defaultdict(list)
        for phrase in self.phrases["en" if english else lang]:
            by_position[phrase.position].append(phrase)
        return by_position


def _read_phrases(path: Path) -> list[Phrase]:
    phrases = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        fields = line.split("\t")
        if (
            len(fields) != 3
            or fields[0] not in (*KINDS, ARTICLE)
            or fields[1] not in POSITIONS
            or not fields[2].strip()
        ):
            raise InputError(f"{path}:{number}: expected kind, position and text, separated by tabs")
        phrases.append(Phrase(*fields))
    return phrases


@dataclass(frozen=True, slots=True)
class Pool:
    """Captions and headlines of pages, by language, with the page each came from."""

    captions: dict[str, list[tuple[str, str]]]
    titles: dict[str, list[tuple[str, str]]]

    @classmethod
    def of(cls, pages: Iterable[LabelledPage]) -> Pool:
        """Collect the captions, related headlines and titles of pages."""
        captions: dict[str, list[tuple[str, str]]] = defaultdict(list)
        titles: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for page in pages:
            lang = page.lang[:2] or "en"
            title_seen = False
            for segment in page.segments:
                size = len(segment.text)
                if segment.kind == "caption" and size >= 60:
                    captions[lang].append((page.id, segment.text))
                elif segment.kind == "related_link" and 25 <= size <= 130:
                    titles[lang].append((page.id, segment.text))
                elif segment.label == ARTICLE and not title_seen and page.page_type == "article":
                    title_seen = True
                    if 25 <= size <= 130:
                        titles[lang].append((page.id, segment.text))
        return cls(captions, titles)

    @staticmethod
    def pick(items: dict[str, list[tuple[str, str]]], page: LabelledPage, rng: random.Random) -> str | None:
        """One text of the page's language that is not the page's own."""
        choices = items.get(page.lang[:2] or "en") or []
        for _ in range(4):
            if choices:
                owner, text = rng.choice(choices)
                if owner != page.id:
                    return text
        return None
