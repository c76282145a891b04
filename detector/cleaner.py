"""The library's entrance: pages in, clean pages out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from detector.decide import Mode, kept_lines, kept_spans, page_threshold
from detector.features.heads import PAGE_TYPES
from detector.features.memory import Memory
from detector.headline import HEADLINE, find_headline
from detector.labels import ARTICLE, KINDS, NOISE
from detector.model import LineModel, Verdicts
from detector.model_file import fingerprint, load
from detector.page import Format, Page
from detector.sites import site_of

if TYPE_CHECKING:
    from detector.adapt.file import Profiles

BATCH_CHARS: Final = 1 << 18
"""Pages are scored together in batches of about this many characters."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page, or a segment of one where noise is glued to text, and the verdict.

    Parameters
    ----------
    text
        The characters, as they stand in the page, white space at the borders left out.
    number
        The line's number in the page, from 1, blank lines counted.
    start, end
        Where it stands in the page: ``page.text[start:end] == text``.
    p_line
        Probability of noise before context: of the line by itself.
    p_noise
        Calibrated probability of noise, context considered.
    label
        ``"article"`` or ``"noise"``.
    kind
        The kind of noise, None for article.
    kept
        Whether it is in the clean text.
    """

    text: str
    number: int
    start: int
    end: int
    p_line: float
    p_noise: float
    label: str
    kind: str | None
    kept: bool


@dataclass(frozen=True, slots=True)
class Scores:
    """The verdicts on the lines of one page as arrays, each of shape (n_lines,).

    Parameters
    ----------
    starts, ends, line_starts
        int64: as in `Batch`, relative to the page.
    numbers
        int64: line numbers.
    sizes
        int64: words of each line.
    p_line, p_noise
        float64: probabilities of noise before and after context.
    kinds
        int64: index into `KINDS` of the likeliest kind.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    line_starts: NDArray[np.int64]
    numbers: NDArray[np.int64]
    sizes: NDArray[np.int64]
    p_line: NDArray[np.float64]
    p_noise: NDArray[np.float64]
    kinds: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CleanPage:
    """A page with the verdict on each of its lines.

    Parameters
    ----------
    page
        The page as it came.
    scores
        What the model says.
    threshold
        Lines with a probability of noise from this on are noise.
    keep
        Kinds of noise that stay, and `HEADLINE`.
    mode
        See `detector.decide.Mode`.
    page_type
        What the page seems to be, one of `PAGE_TYPES`.
    """

    page: Page
    scores: Scores
    threshold: float
    keep: frozenset[str] = frozenset()
    mode: Mode = "filter"
    page_type: str = PAGE_TYPES[0]

    @property
    def is_noise(self) -> NDArray[np.bool_]:
        """bool, shape (n_lines,): the verdict on each line."""
        return np.asarray(self.scores.p_noise >= self.threshold)

    @property
    def is_kept(self) -> NDArray[np.bool_]:
        """bool, shape (n_lines,): which lines are in the clean text."""
        is_noise = self.is_noise
        if not self.keep and self.mode == "filter":
            return ~is_noise
        spared = np.isin(self.scores.kinds, [KINDS.index(kind) for kind in self.keep if kind != HEADLINE])
        if HEADLINE in self.keep and (headline := self.headline) is not None:
            spared[headline] = True
        return kept_lines(is_noise, spared, self.mode)

    @property
    def headline(self) -> int | None:
        """Which of the lines is the page's headline, by what the page calls itself; None where none is known."""
        page, scores = self.page, self.scores
        if not page.title:
            return None
        lines = [page.text[start:end] for start, end in zip(scores.starts.tolist(), scores.ends.tolist(), strict=True)]
        found = find_headline(lines, page.title, page.structure, scores.numbers.tolist())
        return None if found < 0 else found

    @property
    def spans(self) -> list[tuple[int, int]]:
        """The stretches of the page's text that make up the clean text."""
        scores = self.scores
        if not len(scores.starts):
            return [(0, len(self.page.text))]
        return kept_spans(scores.starts, scores.ends, scores.line_starts, self.is_kept, self.page.text)

    @property
    def text(self) -> str:
        """The clean text: what is kept is identical to the input, character for character, and in order."""
        return "".join([self.page.text[start:end] for start, end in self.spans])

    def markdown(self, *, links: bool = False) -> str:
        """The clean page as Markdown (CommonMark and GitHub's tables), see `detector.render.markdown`.

        Parameters
        ----------
        links
            Whether links stay; they are resolved against the page's url where it is known.
        """
        from detector.render.markdown import to_markdown

        return to_markdown(self, links=links)

    def html(self) -> str:
        """The page's own HTML reduced to what is kept, safe to show, see `detector.render.html`."""
        from detector.render.html import to_html

        return to_html(self)

    @property
    def lines(self) -> list[Line]:
        """All non-blank lines, in order."""
        scores, text = self.scores, self.page.text
        columns = zip(
            scores.numbers.tolist(),
            scores.starts.tolist(),
            scores.ends.tolist(),
            scores.p_line.tolist(),
            scores.p_noise.tolist(),
            self.is_noise.tolist(),
            scores.kinds.tolist(),
            self.is_kept.tolist(),
            strict=True,
        )
        return [
            Line(
                text[start:end],
                number,
                start,
                end,
                p_line,
                p_noise,
                NOISE if noise else ARTICLE,
                KINDS[kind] if noise else None,
                kept,
            )
            for number, start, end, p_line, p_noise, noise, kind, kept in columns
        ]

    @property
    def kept(self) -> list[Line]:
        """The lines that stay."""
        return [line for line in self.lines if line.kept]

    @property
    def removed(self) -> list[Line]:
        """The lines that go."""
        return [line for line in self.lines if not line.kept]

    def rethreshold(self, threshold: float) -> CleanPage:
        """The same page decided by another threshold, without scoring it again."""
        return replace(self, threshold=_checked(threshold))


class Cleaner:
    """Separates the article from the noise.

    Parameters
    ----------
    model
        The model; `Cleaner.load` reads one from a file.
    threshold
        Lines with a probability of noise from this on are noise.  By default each page gets the
        threshold that maximises its expected F-beta, see `page_threshold`.
    keep
        Kinds of noise to leave in, such as ``["caption"]``; ``"headline"`` keeps the line that says the page's title.
    mode
        ``"filter"`` or ``"trim"``, see `detector.decide.Mode`.
    memory
        What sites repeat, looked up by the `site` of each page.
    profiles
        Profiles by site, which move the verdicts on pages of these sites; see `detector.adapt`.

    Examples
    --------
    >>> from detector import Cleaner
    >>> page = Cleaner.load().clean("[ad_1]\\n\\nThe ferry sank at dawn, the coast guard said on Friday.\\n")
    >>> [line.kind for line in page.removed]
    ['ad_marker']
    """

    def __init__(
        self,
        model: LineModel,
        *,
        threshold: float | None = None,
        keep: Iterable[str] = (),
        mode: Mode = "filter",
        memory: Memory | None = None,
        profiles: Profiles | None = None,
    ) -> None:
        self.model = model
        self.memory = memory
        self.profiles: Profiles = profiles or {}
        self.threshold = None if threshold is None else _checked(threshold)
        self.keep = frozenset(keep)
        if unknown := self.keep.difference(KINDS, [HEADLINE]):
            raise ValueError(f"unknown kind {sorted(unknown)[0]!r}; the kinds are {', '.join((*KINDS, HEADLINE))}")
        if mode not in ("filter", "trim"):
            raise ValueError(f"mode must be 'filter' or 'trim', not {mode!r}")
        self.mode: Mode = mode

    @classmethod
    def load(
        cls,
        path: Path | str | None = None,
        *,
        threshold: float | None = None,
        keep: Iterable[str] = (),
        mode: Mode = "filter",
        memory: Memory | None = None,
        profiles: Path | str | None = None,
    ) -> Cleaner:
        """Read a model file, by default the one that ships with the package, and profiles made for it.

        Raises
        ------
        ModelError
            A file is missing, damaged, too new, or not what it should be; or a profile was made for another model.
        """
        model, manifest = load(path)
        by_site = None
        if profiles is not None:
            from detector.adapt.file import load_profiles

            by_site = load_profiles(profiles, fingerprint(manifest))
        return cls(model, threshold=threshold, keep=keep, mode=mode, memory=memory, profiles=by_site)

    def clean(
        self, text: str | bytes, *, url: str | None = None, site: str | None = None, format: Format = "auto"
    ) -> CleanPage:
        """Judge the lines of one page; for many pages `clean_many` is far faster.

        Parameters
        ----------
        text
            The page, text or HTML.
        url, site
            Where it came from, and the site it belongs to.
        format
            ``"auto"`` takes for HTML what begins as HTML does.

        Raises
        ------
        InputError
            The page is to be read as HTML and cannot be.
        """
        return next(self.clean_many([Page.read(text, url=url, site=site, format=format)]))

    def clean_many(self, pages: Iterable[str | bytes | Page], *, format: Format = "auto") -> Iterator[CleanPage]:
        """Judge the lines of many pages.

        Parameters
        ----------
        pages
            Pages of text or HTML, or `Page` records; read lazily, a batch at a time.
        format
            See `clean`; `Page` records are what they are.

        Yields
        ------
        CleanPage
            One for each page, in order.  What a page gets does not depend on the other pages.

        Raises
        ------
        TypeError
            A single page instead of several, or what is no page.
        """
        if isinstance(pages, (str, bytes, Page)):
            raise TypeError("clean_many takes several pages; clean takes one")
        for batch in _batches(page if isinstance(page, Page) else Page.read(page, format=format) for page in pages):
            yield from self._clean_batch(batch)

    def _clean_batch(self, pages: Sequence[Page]) -> Iterator[CleanPage]:
        structures = [page.structure for page in pages if page.structure is not None]
        sites = None if self.memory is None else [known_site(page) for page in pages]
        verdicts = self.model.predict([page.text for page in pages], structures or None, sites, self.memory)
        for index, page in enumerate(pages):
            scores = _page_scores(verdicts, index)
            threshold = self.threshold
            profile = self.profiles.get(known_site(page) or "") if self.profiles else None
            if profile is not None:
                scores = profile.adjust(page, scores, self.model.tables)
                threshold = profile.threshold if threshold is None else threshold
            if threshold is None:
                threshold = page_threshold(scores.p_noise, scores.sizes)
            page_type = PAGE_TYPES[verdicts.page_type[index]]
            yield CleanPage(page, scores, threshold, self.keep, self.mode, page_type)


def _page_scores(verdicts: Verdicts, index: int) -> Scores:
    batch = verdicts.batch
    rows = slice(int(batch.page_rows[index]), int(batch.page_rows[index + 1]))
    begin = batch.page_chars[index]
    return Scores(
        batch.starts[rows] - begin,
        batch.ends[rows] - begin,
        batch.line_starts[rows] - begin,
        batch.numbers[rows],
        verdicts.n_words[rows],
        verdicts.p_line[rows],
        verdicts.p_noise[rows],
        verdicts.kind[rows],
    )


def _batches(pages: Iterable[Page]) -> Iterator[list[Page]]:
    """Runs of pages that are all text or all HTML."""
    group: list[Page] = []
    size = 0
    for page in pages:
        if group and (page.structure is None) != (group[0].structure is None):
            yield group
            group, size = [], 0
        group.append(page)
        size += len(page.text) + 1
        if size >= BATCH_CHARS:
            yield group
            group, size = [], 0
    if group:
        yield group


def known_site(page: Page) -> str | None:
    """Give the site that a page names, else that of its URL."""
    return page.site or (site_of(page.url) if page.url else None)


def _checked(threshold: float) -> float:
    if not 0 <= threshold <= 1:
        raise ValueError(f"a threshold is a probability from 0 to 1, not {threshold}")
    return threshold
