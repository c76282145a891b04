"""How good a cleaner is on labelled pages: per line, per character, per page, by kind and by language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.align import word_f1
from detector.cleaner import CleanPage
from detector.labels import ARTICLE, KINDS, NOISE, LabelledPage
from detector.metrics import Interval, bootstrap, calibration_error, f1, shingle_counts, shingle_f1

LOST_SHARE: Final = 0.1
"""A page that loses more than this share of its gold words counts as harmed."""

FIGURES: Final = {
    "noise_line_f1": "F1 of noise lines",
    "article_char_recall": "article characters kept",
    "noise_char_removed": "noise characters removed",
    "page_word_f1": "word F1, mean of pages",
    "page_shingle_f1": "4-word shingle F1",
    "pages_harmed": "pages that lose over 10 % of their gold words",
    "calibration_error": "expected calibration error",
    "snippet_f1": "snippet F1",
}
"""What the figures of a report are called, in the order in which they are told."""

_N_KINDS: Final = len(KINDS)


class PageResult(NamedTuple):
    """What became of one labelled page.

    Parameters
    ----------
    page
        The labelled page.
    threshold
        The threshold it was decided by.
    is_noise, removed, p_noise
        Shape (n_lines,): truth, verdict and probability of each line that is labelled and not unsure.
    n_chars
        int64, shape (n_lines,): characters of each of those lines.
    kind, predicted_kind
        int64, shape (n_lines,): index into `KINDS`; -1 where the truth has none.
    words
        Precision, recall and F1 of the words kept against the gold words.
    shingles
        See `shingle_counts`; against the gold text.
    snippets
        Counts of wanted snippets kept and lost, unwanted ones kept and gone.
    """

    page: LabelledPage
    threshold: float
    is_noise: NDArray[np.bool_]
    removed: NDArray[np.bool_]
    p_noise: NDArray[np.float64]
    n_chars: NDArray[np.int64]
    kind: NDArray[np.int64]
    predicted_kind: NDArray[np.int64]
    words: tuple[float, float, float]
    shingles: tuple[float, float, float]
    snippets: tuple[int, int, int, int]


def judge(page: LabelledPage, clean: CleanPage) -> PageResult:
    """Compare a clean page with its labels.

    A labelled line (or segment) counts as removed when less than half of it is kept, so the verdicts
    need not be cut at the same places as the labels.
    """
    spans: list[tuple[int, int]] = []
    segments = []
    at = 0
    for line in page.lines:
        for segment in line:
            begin = at + len(segment.text) - len(segment.text.lstrip())
            spans.append((begin, at + len(segment.text.rstrip())))
            segments.append(segment)
            at += len(segment.text)
        at += 1
    keep = np.array([s.label is not None and not s.unsure for s in segments], np.bool_)
    bounds = np.array(spans, np.int64).reshape(-1, 2)[keep]
    used = [segment for segment, ok in zip(segments, keep, strict=True) if ok]
    scores, kept = clean.scores, clean.is_kept
    first = np.searchsorted(scores.ends, bounds[:, 0], "right")
    last = np.maximum(np.searchsorted(scores.starts, bounds[:, 1], "left"), first + 1)
    removed, row = _overlaps(bounds, first, last, scores.starts, scores.ends, kept)
    gold = page.gold
    if gold is None:
        gold = "\n".join(segment.text for segment in segments if segment.label == ARTICLE)
    text = clean.text
    wanted, unwanted = page.meta.get("with", ()), page.meta.get("without", ())
    kept_wanted = sum(snippet in text for snippet in wanted)
    kept_unwanted = sum(snippet in text for snippet in unwanted)
    return PageResult(
        page,
        clean.threshold,
        np.array([segment.label == NOISE for segment in used], np.bool_),
        removed,
        scores.p_noise[row],
        bounds[:, 1] - bounds[:, 0],
        np.array([KINDS.index(segment.kind) if segment.kind else -1 for segment in used], np.int64),
        scores.kinds[row],
        word_f1(text, gold),
        shingle_counts(text, gold),
        (kept_wanted, len(wanted) - kept_wanted, kept_unwanted, len(unwanted) - kept_unwanted),
    )


def _overlaps(
    bounds: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    kept: NDArray[np.bool_],
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Whether each span is removed, and the row that holds most of it."""
    row = np.minimum(first, max(len(starts) - 1, 0))
    removed = ~kept[row] if len(starts) else np.zeros(len(bounds), np.bool_)
    for index in np.flatnonzero(last - first > 1):
        rows = np.arange(first[index], min(last[index], len(starts)))
        covered = np.minimum(ends[rows], bounds[index, 1]) - np.maximum(starts[rows], bounds[index, 0])
        row[index] = rows[covered.argmax()]
        removed[index] = 2 * covered[kept[rows]].sum() < covered.sum()
    return removed, row


@dataclass(frozen=True)
class Report:
    """Figures of a set of judged pages.

    Parameters
    ----------
    results
        The pages.
    n_rounds
        Rounds of the bootstrap, see `drawn_groups`.
    """

    results: Sequence[PageResult]
    n_rounds: int = 200

    def figures(self) -> dict[str, Any]:
        """All figures, ready for JSON; those with an interval are ``[value, low, high]``."""
        results = self.results
        report: dict[str, Any] = {
            "pages": len(results),
            "sites": len({result.page.site or result.page.id for result in results}),
            "lines": sum(len(result.is_noise) for result in results),
            "noise_lines": int(sum(result.is_noise.sum() for result in results)),
        }
        for name, statistic in _STATISTICS.items():
            report[name] = [round(value, 4) for value in self._interval(statistic)]
        if any(sum(result.snippets) for result in results):
            report["snippet_f1"] = [round(value, 4) for value in self._interval(snippet_f1)]
        report["kinds"] = kind_figures(results)
        report["kind_macro_f1"] = macro_f1(report["kinds"])
        report["by_language"] = self._groups(lambda result: result.page.lang)
        report["by_page_type"] = self._groups(lambda result: result.page.page_type)
        return report

    def _interval(self, statistic: Callable[[Sequence[PageResult]], float]) -> Interval:
        groups = drawn_groups(self.results)

        def of(drawn: NDArray[np.int64]) -> float:
            return statistic([self.results[row] for group in drawn.tolist() for row in groups[group]])

        return bootstrap(len(groups), of, self.n_rounds)

    def _groups(self, key: Callable[[PageResult], str]) -> dict[str, dict[str, float]]:
        groups: dict[str, list[PageResult]] = {}
        for result in self.results:
            if name := key(result):
                groups.setdefault(name, []).append(result)
        return {
            name: {"pages": len(members)}
            | {statistic: round(function(members), 4) for statistic, function in _STATISTICS.items()}
            for name, members in sorted(groups.items(), key=lambda item: -len(item[1]))
        }


def rows_by_site(results: Sequence[PageResult]) -> list[list[int]]:
    """The indices of the pages of each site; a page without a site is one of its own."""
    sites: dict[str, list[int]] = {}
    for row, result in enumerate(results):
        sites.setdefault(result.page.site or result.page.id, []).append(row)
    return list(sites.values())


def drawn_groups(results: Sequence[PageResult]) -> list[list[int]]:
    """What a bootstrap draws: sites; where there is one site only, of which each draw would be the same, its pages."""
    sites = rows_by_site(results)
    return sites if len(sites) > 1 else [[row] for row in range(len(results))]


def noise_line_f1(results: Sequence[PageResult]) -> float:
    """F1 of the noise lines among all labelled lines."""
    found = sum((r.is_noise & r.removed).sum() for r in results)
    return f1(found, sum(r.removed.sum() for r in results), sum(r.is_noise.sum() for r in results))


def article_char_recall(results: Sequence[PageResult]) -> float:
    """Share of the characters of article lines that are kept."""
    kept = sum(r.n_chars[~r.is_noise & ~r.removed].sum() for r in results)
    return float(kept / max(sum(r.n_chars[~r.is_noise].sum() for r in results), 1))


def noise_char_removed(results: Sequence[PageResult]) -> float:
    """Share of the characters of noise lines that are removed."""
    gone = sum(r.n_chars[r.is_noise & r.removed].sum() for r in results)
    return float(gone / max(sum(r.n_chars[r.is_noise].sum() for r in results), 1))


def page_word_f1(results: Sequence[PageResult]) -> float:
    """Mean over pages of the F1 of words against the gold text."""
    return float(np.mean([r.words[2] for r in results])) if results else 0.0


def pages_harmed(results: Sequence[PageResult]) -> float:
    """Share of pages that lose more than `LOST_SHARE` of their gold words."""
    return float(np.mean([r.words[1] < 1 - LOST_SHARE for r in results])) if results else 0.0


def page_shingle_f1(results: Sequence[PageResult]) -> float:
    """F1 of four-word shingles against the gold text, Scrapinghub's metric."""
    return shingle_f1([r.shingles for r in results])[2] if results else 0.0


def line_calibration_error(results: Sequence[PageResult]) -> float:
    """Expected calibration error of the probabilities of labelled lines."""
    if not results:
        return 0.0
    return calibration_error(
        np.concatenate([r.p_noise for r in results]), np.concatenate([r.is_noise for r in results])
    )


def snippet_f1(results: Sequence[PageResult]) -> float:
    """F1 of wanted snippets: kept ones are right, unwanted ones kept are wrong."""
    kept, lost, wrong, _ = np.sum([r.snippets for r in results], axis=0).tolist()
    return f1(kept, kept + wrong, kept + lost)


_STATISTICS: Final[dict[str, Callable[[Sequence[PageResult]], float]]] = {
    "noise_line_f1": noise_line_f1,
    "article_char_recall": article_char_recall,
    "noise_char_removed": noise_char_removed,
    "page_word_f1": page_word_f1,
    "page_shingle_f1": page_shingle_f1,
    "pages_harmed": pages_harmed,
    "calibration_error": line_calibration_error,
}


def kind_figures(results: Sequence[PageResult]) -> dict[str, dict[str, float]]:
    """For each kind: noise lines of it, share removed, and how well it is told from the other kinds.

    Kinds are compared on all lines that are noise and whose kind is known, removed or not.
    """
    confusion = np.zeros((_N_KINDS, _N_KINDS), np.int64)
    removed = np.zeros(_N_KINDS, np.int64)
    for result in results:
        known = result.is_noise & (result.kind >= 0)
        np.add.at(confusion, (result.kind[known], result.predicted_kind[known]), 1)
        removed += np.bincount(result.kind[known & result.removed], minlength=_N_KINDS)
    actual, predicted, right = confusion.sum(1), confusion.sum(0), confusion.diagonal()
    return {
        kind: {
            "lines": int(actual[index]),
            "removed": round(float(removed[index] / actual[index]), 4),
            "kind_f1": round(f1(float(right[index]), float(predicted[index]), float(actual[index])), 4),
        }
        for index, kind in enumerate(KINDS)
        if actual[index]
    }


def macro_f1(kinds: dict[str, dict[str, float]]) -> float:
    """Mean of the F1 of the kinds that occur."""
    return round(float(np.mean([entry["kind_f1"] for entry in kinds.values()])), 4) if kinds else 0.0


def evaluate(pairs: Iterable[tuple[LabelledPage, CleanPage]], n_rounds: int = 200) -> Report:
    """Judge clean pages by their labels."""
    return Report([judge(page, clean) for page, clean in pairs], n_rounds)
