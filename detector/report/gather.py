"""What is gathered from the pages of a corpus, in memory that does not grow with them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.cleaner import CleanPage
from detector.corpus.tally import Tally
from detector.labels import KINDS
from detector.report.frequent import Frequent, SeenBefore, Tops
from detector.report.markup import LINE_CHARS
from detector.segment.normal import COMPARED_CHARS, normal_form

if TYPE_CHECKING:
    from detector.quality.score import Quality

BINS: Final = 20
LENGTH_EDGES: Final = tuple(round(10 ** (step / 4)) for step in range(4, 29))
"""Page lengths are counted between these, four to each power of ten; the last one is of all that are longer."""

_SITES: Final = 400
_QUALITY_BINS: Final = 5 * BINS
_LINES_OF_SITE: Final = 32
_LINES: Final = 2000
_PAGES: Final = 20
_LINES_OF_PAGE: Final = 5


class LineNote(NamedTuple):
    """A line as it is shown: the beginning of its text, and its verdict."""

    text: str
    chars: int
    number: int
    p_noise: float
    kind: str
    kept: bool


class PageNote(NamedTuple):
    """A page worth a look: its name, site and size, why, and the lines that matter most."""

    id: str
    site: str
    chars: int
    chars_removed: int
    value: float
    lines: tuple[LineNote, ...]


class Repeated(NamedTuple):
    """The first example of a line that repeats; its kind is empty where it is kept."""

    text: str
    chars: int
    kind: str
    page: str


@dataclass(slots=True)
class Site:
    """What was seen of a site since it is held."""

    pages: int = 0
    lines: int = 0
    chars: int = 0
    chars_removed: int = 0
    by_kind: list[int] = field(default_factory=lambda: [0] * len(KINDS))
    kept: Frequent[Repeated] = field(default_factory=lambda: Frequent(_LINES_OF_SITE))
    removed: Frequent[Repeated] = field(default_factory=lambda: Frequent(_LINES_OF_SITE))


def _bins(n: int) -> NDArray[np.int64]:
    return np.zeros(n, np.int64)


@dataclass(slots=True)
class Corpus:
    """Counts of pages.

    Parameters
    ----------
    tally
        Totals, the same as `detector clean` gives.
    scores, thresholds, shares
        Pages by the share of their words expected to be article, their threshold, and the removed share of
        their characters, in `BINS` bins from 0 to 1.
    qualities
        Pages by their quality, where it was asked for, in as many bins.
    unknown
        Pages whose quality is unknown.
    lengths
        Pages by their characters, see `LENGTH_EDGES`.
    line_chars
        Characters of lines by their probability of noise; the first row of lines kept, the second of lines removed.
    empty
        Pages without a line.
    sites, kept, removed
        What is frequent: sites by their lines, and lines by their normal form.
    unsure
        Pages with the most characters that are expected to be judged wrong whatever the verdict.
    losses
        Pages that are expected to have lost most characters of the article.
    """

    tally: Tally = field(default_factory=Tally)
    scores: NDArray[np.int64] = field(default_factory=lambda: _bins(BINS))
    thresholds: NDArray[np.int64] = field(default_factory=lambda: _bins(BINS))
    shares: NDArray[np.int64] = field(default_factory=lambda: _bins(BINS))
    qualities: NDArray[np.int64] = field(default_factory=lambda: _bins(_QUALITY_BINS))
    unknown: int = 0
    lengths: NDArray[np.int64] = field(default_factory=lambda: _bins(len(LENGTH_EDGES)))
    line_chars: NDArray[np.int64] = field(default_factory=lambda: np.zeros((2, BINS), np.int64))
    empty: int = 0
    sites: Frequent[Site] = field(default_factory=lambda: Frequent(_SITES))
    kept: Frequent[Repeated] = field(default_factory=lambda: Frequent(_LINES))
    removed: Frequent[Repeated] = field(default_factory=lambda: Frequent(_LINES))
    unsure: Tops[PageNote] = field(default_factory=lambda: Tops(_PAGES))
    losses: Tops[PageNote] = field(default_factory=lambda: Tops(_PAGES))
    _seen: SeenBefore = field(default_factory=SeenBefore)

    def add(self, results: Sequence[CleanPage], scores: Sequence[Quality] = ()) -> None:
        """Count clean pages, and their scores if there are any."""
        for score in scores:
            if score.quality is None:
                self.unknown += 1
            else:
                self.qualities[min(int(score.quality * _QUALITY_BINS), _QUALITY_BINS - 1)] += 1
        texts = [result.text for result in results]
        self.tally.add_pages(results, texts)
        for result, text in zip(results, texts, strict=True):
            self._add_page(result, len(result.page.text) - len(text))

    def _add_page(self, result: CleanPage, gone: int) -> None:
        scores, chars = result.scores, len(result.page.text)
        self.lengths[max(int(np.searchsorted(LENGTH_EDGES, chars, "right")) - 1, 0)] += 1
        kept = result.is_kept
        name = (result.page.site or "")[:LINE_CHARS]
        entry = self.sites.get(name) or self.sites.insert(name, Site())
        entry.count += len(kept) + 1
        site = entry.note
        site.pages += 1
        site.lines += len(kept)
        site.chars += chars
        site.chars_removed += gone
        if not len(kept):
            self.empty += 1
            return
        sizes = scores.ends - scores.starts
        words = int(scores.sizes.sum())
        article = float((scores.sizes * (1 - scores.p_noise)).sum())
        self.scores[_bin(article / words if words else 0.0)] += 1
        self.thresholds[_bin(result.threshold)] += 1
        self.shares[_bin(gone / chars)] += 1
        bins = np.minimum((scores.p_noise * BINS).astype(np.int64), BINS - 1)
        np.add.at(self.line_chars, ((~kept).astype(np.int64), bins), sizes)
        unsure = sizes * np.minimum(scores.p_noise, 1 - scores.p_noise)
        if self.unsure.wants(value := float(unsure.sum())):
            self.unsure.add(value, _note(result, gone, value, unsure))
        lost = sizes * (1 - scores.p_noise) * ~kept
        if self.losses.wants(value := float(lost.sum())):
            self.losses.add(value, _note(result, gone, value, lost))
        self._add_lines(result, kept, site, name)

    def _add_lines(self, result: CleanPage, kept: NDArray[np.bool_], site: Site, name: str) -> None:
        scores, text, seen = result.scores, result.page.text, self._seen
        # The last bit tells kept from removed, the one before it the site from the corpus.
        group = (zlib.crc32(name.encode("utf-8", "surrogatepass")) | 2) & ~1
        columns = (scores.starts.tolist(), scores.ends.tolist(), scores.kinds.tolist(), kept.tolist())
        for start, end, kind, stays in zip(*columns, strict=True):
            if not stays:
                site.by_kind[kind] += 1
            form = normal_form(text[start : min(end, start + COMPARED_CHARS)])
            for counts, number in (
                (site.kept if stays else site.removed, group | stays),
                (self.kept if stays else self.removed, int(stays)),
            ):
                if seen(form, number):
                    entry = counts.get(form)
                    if entry is None:
                        example = text[start : min(end, start + LINE_CHARS)]
                        note = Repeated(example, end - start, "" if stays else KINDS[kind], result.page.id[:LINE_CHARS])
                        entry = counts.insert(form, note)
                    entry.count += 1


def _bin(value: float) -> int:
    return min(max(int(value * BINS), 0), BINS - 1)


def _note(result: CleanPage, gone: int, value: float, weights: NDArray[Any]) -> PageNote:
    scores, text = result.scores, result.page.text
    kept = result.is_kept
    most = np.argsort(-weights, kind="stable")[:_LINES_OF_PAGE]
    lines = tuple(
        LineNote(
            text[int(scores.starts[row]) : min(int(scores.ends[row]), int(scores.starts[row]) + LINE_CHARS)],
            int(scores.ends[row] - scores.starts[row]),
            int(scores.numbers[row]),
            float(scores.p_noise[row]),
            KINDS[scores.kinds[row]],
            bool(kept[row]),
        )
        for row in most.tolist()
        if weights[row] > 0
    )
    return PageNote(result.page.id[:LINE_CHARS], (result.page.site or "")[:LINE_CHARS], len(text), gone, value, lines)
