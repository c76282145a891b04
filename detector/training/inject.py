"""Noise injected into clean articles, to teach what the labelled corpora hold too little of.

Auto-blog plugins put the same kinds of noise around every story; the phrases are our own
(``data/phrases``), captions and headlines come from *other* pages of the training set, so that a
model has to learn that a caption is about something else.  Used in training only.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from detector.labels import ARTICLE, NOISE, LabelledPage, LabelledSegment
from detector.training.phrases import Inventory, Phrase, Pool

INJECTED: Final = "injected"
"""The source of pages with injected noise."""

_WEIGHT: Final = 0.5
_BRIEF_WEIGHT: Final = 1.0
_MIN_ARTICLE_LINES: Final = 5
_MAX_ARTICLE_LINES: Final = 120
_BRIEF_LINES: Final = (2, 7)
_MIN_ORACLE_F1: Final = 0.9
_SITE_ENDINGS: Final = ("news.com", "daily.com", "post.net", "24.com", "24.net", ".org", "-post.org", "news.net")
_NETWORKS: Final = ("Facebook", "Twitter", "WhatsApp", "Telegram", "LinkedIn", "Pinterest", "Reddit", "X", "Email")
_GENUINE_SHARE: Final = 0.4
_PLUGIN_SHARE: Final = 0.3
_PLUGIN_MARKERS: Final = ("[ad_1]", "[ad_2]", "[ad_2]", "[ad_3]", "<!--[ad_2]-->")
_KIND_ODDS: Final = {
    "caption": 5,
    "related_link": 5,
    "promo_spam": 3,
    "subscribe": 3,
    "author_box": 2,
    "source_link": 2,
    "ad_marker": 2,
    "share": 2,
    "comment_prompt": 2,
    "copyright": 2,
    "navigation": 2,
    "cookie": 1,
    "other": 2,
}


class Injector:
    """Makes noisy pages of clean ones.

    Parameters
    ----------
    inventory
        Phrases to insert.
    pool
        Captions and headlines to insert; must come from training pages only.
    """

    def __init__(self, inventory: Inventory, pool: Pool) -> None:
        self._inventory = inventory
        self._pool = pool

    def inject(self, page: LabelledPage, rng: random.Random, *, brief: bool = False) -> LabelledPage | None:
        """A copy of a page with its noise (mostly) taken out and other noise put in.

        Parameters
        ----------
        page
            The page.
        rng
            Draws what is put in and where.
        brief
            Keep the first few lines of the story alone: there the noise is as long as the story.

        Returns
        -------
        LabelledPage or None
            None when the page has too little or too much article text to be a story.
        """
        if page.page_type not in ("", "article") or page.meta.get("oracle_f1", 1.0) < _MIN_ORACLE_F1:
            return None
        article = [line for line in page.lines if line and all(part.label == ARTICLE for part in line)]
        if not _MIN_ARTICLE_LINES <= len(article) <= _MAX_ARTICLE_LINES:
            return None
        lines: list[tuple[LabelledSegment, ...]] = list(article)
        if brief:
            del lines[rng.randint(*_BRIEF_LINES) :]
        elif rng.random() < 0.25:
            lines = [line for line in page.lines if line and all(part.label for part in line)]
        phrases = self._inventory.of(page.lang[:2] or "en", rng)
        for where, at in (("head", 1), ("body", len(lines) // 2), ("tail", len(lines))):
            genuine = [phrase for phrase in phrases[where] if phrase.kind == ARTICLE]
            if genuine and rng.random() < _GENUINE_SHARE:
                text = self._fill(rng.choice(genuine).text, page, rng)
                if text:
                    lines.insert(at, (LabelledSegment(text, ARTICLE),))
        for where, count in (
            ("head", rng.choice((0, 0, 1, 2, 4))),
            ("tail", rng.choice((0, 1, 2, 4, 7))),
            ("body", rng.choice((0, 1, 2, 3, 5))),
        ):
            for _ in range(count):
                noise = self._noise(where, phrases, page, rng)
                at = {"head": rng.randint(0, 1), "tail": len(lines)}.get(where, rng.randint(1, max(len(lines) - 1, 1)))
                lines[at:at] = noise
        if rng.random() < 0.35:
            self._glue(lines, phrases, page, rng)
        if rng.random() < _PLUGIN_SHARE:
            self._wrap(lines, page, rng)
        return replace(
            page,
            id=f"{page.id}~{'brief' if brief else INJECTED}",
            lines=tuple(lines),
            gold=None,
            source=INJECTED,
            weight=(_BRIEF_WEIGHT if brief else _WEIGHT) * min(page.weight, 1),
            meta={},
            structure=None,
        )

    def _noise(
        self, where: str, phrases: dict[str, list[Phrase]], page: LabelledPage, rng: random.Random
    ) -> list[tuple[LabelledSegment, ...]]:
        """One noise line, or a short run of lines of the same kind."""
        choices = [phrase for phrase in phrases[where] + phrases["any"] if phrase.kind != ARTICLE]
        kinds = sorted({phrase.kind for phrase in choices})
        if not kinds:
            return []
        kind = rng.choices(kinds, [_KIND_ODDS[kind] for kind in kinds])[0]
        chosen = [phrase for phrase in choices if phrase.kind == kind]
        texts = [self._fill(rng.choice(chosen).text, page, rng)]
        if kind == "caption" and rng.random() < 0.5:
            texts = [self._pool.pick(self._pool.captions, page, rng)]
        if kind == "caption" and phrases["cue"] and rng.random() < 0.3:
            cue = LabelledSegment(rng.choice(phrases["cue"]).text.replace("{year}", "2024"), NOISE, "related_link")
            return [(cue,), *((LabelledSegment(text.strip(), NOISE, kind),) for text in texts if text)]
        if kind == "related_link":
            more = [self._pool.pick(self._pool.titles, page, rng) for _ in range(rng.choice((0, 0, 1, 1, 3)))]
            texts = more if more and rng.random() < 0.3 else texts + more
        if kind in ("share", "navigation") and rng.random() < 0.4:
            texts += [self._fill(rng.choice(chosen).text, page, rng) for _ in range(rng.choice((1, 2, 4)))]
        return [(LabelledSegment(text.strip(), NOISE, kind),) for text in texts if text and text.strip()]

    def _wrap(self, lines: list[tuple[LabelledSegment, ...]], page: LabelledPage, rng: random.Random) -> None:
        """Wrap a page as auto-blog plugins do: an ad marker on top; notices, a marker and a source link below."""
        english = self._inventory.phrases["en"]
        own = self._inventory.phrases.get(page.lang[:2], english)
        lines.insert(rng.randint(0, 1), (LabelledSegment(rng.choice(_PLUGIN_MARKERS), NOISE, "ad_marker"),))
        for kind, phrases, odds in (
            ("author_box", own, 0.2),
            ("copyright", own, 0.5),
            ("ad_marker", None, 0.9),
            ("source_link", english, 0.9),
            ("share", english, 0.2),
            ("comment_prompt", english, 0.5),
        ):
            if rng.random() < odds:
                texts = (
                    [p.text for p in phrases if p.kind == kind and p.position != "start"]
                    if phrases
                    else _PLUGIN_MARKERS
                )
                text = self._fill(rng.choice(texts), page, rng)
                if text and text.strip():
                    lines.append((LabelledSegment(text.strip(), NOISE, kind),))

    def _glue(
        self,
        lines: list[tuple[LabelledSegment, ...]],
        phrases: dict[str, list[Phrase]],
        page: LabelledPage,
        rng: random.Random,
    ) -> None:
        """Run noise onto the begin or the end of a paragraph."""
        long = [
            row
            for row, line in enumerate(lines)
            if len(line) == 1 and line[0].label == ARTICLE and len(line[0].text) > 60
        ]
        for side in ("start", "end"):
            if not long or not phrases[side] or rng.random() < 0.4:
                continue
            row = long[-1] if side == "end" and rng.random() < 0.5 else rng.choice(long)
            phrase = rng.choice(phrases[side])
            text = self._fill(phrase.text, page, rng)
            if text is None or len(lines[row]) > 1:
                continue
            noise = LabelledSegment(text, NOISE, phrase.kind)
            lines[row] = (noise, *lines[row]) if side == "start" else (*lines[row], noise)

    def _fill(self, text: str, page: LabelledPage, rng: random.Random) -> str | None:
        """A phrase with its placeholders filled; None when there is nothing to fill one with."""
        values: dict[str, Callable[[], str | None]] = {
            "{name}": lambda: rng.choice(self._inventory.names),
            "{agency}": lambda: rng.choice(self._inventory.agencies),
            "{topic}": lambda: rng.choice(self._inventory.topics),
            "{site}": lambda: f"{rng.choice(self._inventory.topics).split()[0].lower()}{rng.choice(_SITE_ENDINGS)}",
            "{network}": lambda: rng.choice(_NETWORKS),
            "{n}": lambda: str(rng.choice((rng.randint(1, 12), rng.randint(1, 900), rng.randint(1000, 90000)))),
            "{year}": lambda: str(rng.randint(2009, 2026)),
            "{date}": lambda: f"{rng.randint(1, 28)}.{rng.randint(1, 12)}.{rng.randint(2009, 2026)}",
            "{title}": lambda: self._pool.pick(self._pool.titles, page, rng),
            "{caption}": lambda: self._pool.pick(self._pool.captions, page, rng),
        }
        for placeholder, value in values.items():
            while placeholder in text:
                filling = value()
                if filling is None:
                    return None
                text = text.replace(placeholder, filling, 1)
        return text


def inject_all(
    pages: Sequence[LabelledPage], inventory: Inventory, folds: Sequence[int], seed: int
) -> tuple[list[LabelledPage], list[int]]:
    """Two noisy copies of each page that is a story, one of them brief.

    A copy borrows captions and headlines only from pages of its own fold, so that in
    cross-validation nothing of a test page gets into training.

    Returns
    -------
    pages, folds
        The copies and the fold of each.
    """
    pools = {fold: Pool.of(p for p, f in zip(pages, folds, strict=True) if f == fold) for fold in set(folds)}
    made, made_folds = [], []
    for page, fold in zip(pages, folds, strict=True):
        for brief in (False, True):
            rng = random.Random(f"{seed}:{page.id}{':brief' * brief}")
            copy = Injector(inventory, pools[fold]).inject(page, rng, brief=brief)
            if copy is not None:
                made.append(copy)
                made_folds.append(fold)
    return made, made_folds
