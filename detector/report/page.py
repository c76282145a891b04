"""The report on one page: its lines, kept and removed side by side, with what each verdict rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from detector.cleaner import Cleaner, CleanPage, Line
from detector.explain import Reason, Reasons, explain_page
from detector.labels import KINDS
from detector.report.document import document
from detector.report.markup import LINE_CHARS, Content, Html, element, page_text, table

_SHOWN_CHARS: Final = 1000
_SHOWN_LINES: Final = 2000
_EXPLAINED_LINES: Final = 5000
_EXPLAINED_CHARS: Final = 500_000


def page_report(cleaner: Cleaner, result: CleanPage, top: int = 5) -> bytes:
    """Make the report on a page.

    Parameters
    ----------
    cleaner
        What judged it, asked for reasons.
    result
        The page with its verdicts.
    top
        How many reasons to name for each line at most.
    """
    page, lines = result.page, result.lines
    reasons: Sequence[Reasons | None] = [None] * len(lines)
    notes: list[Content] = []
    if top and lines:
        if len(lines) <= _EXPLAINED_LINES and len(page.text) <= _EXPLAINED_CHARS:
            reasons = explain_page(cleaner, result, top)
        else:
            notes.append(element("p", "The page is too long for reasons to be given.", class_="dim"))
    if len(lines) > _SHOWN_LINES:
        notes.append(element("p", f"Only the first {_SHOWN_LINES:,} of {len(lines):,} lines are shown.", class_="dim"))
    name = page.id[-LINE_CHARS:] or "page"
    if not lines:
        body: list[Content] = [_totals(result), element("p", "The page has no visible text, so there is no verdict.")]
        return document(f"Report on {name}", body)
    shown = list(zip(lines, reasons, strict=True))[:_SHOWN_LINES]
    body = [
        _totals(result),
        element("h2", "Removed, by kind"),
        _kinds(result),
        element("h2", "Its lines"),
        element(
            "p",
            "Left what is kept, right what is removed. Each line ends with its probability of noise; shaded are those "
            "whose verdict is in doubt. A line opens to show its reasons.",
        ),
        notes,
        element("div", class_="tools"),
        element("ol", _heads(), [_row(line, why, result.threshold) for line, why in shown], class_="sides"),
    ]
    return document(f"Report on {name}", body)


def _totals(result: CleanPage) -> Html:
    lines, chars = len(result.scores.starts), len(result.page.text)
    gone = chars - len(result.text)
    share = f"{100 * gone / chars:.1f} %" if chars else "nothing"
    rows: list[list[Content]] = [
        ["lines", lines],
        ["lines removed", int((~result.is_kept).sum())],
        ["characters", chars],
        ["characters removed", f"{gone:,} ({share})"],
    ]
    if lines:
        rows += [["threshold", f"{result.threshold:.3f}"], ["seems to be", result.page_type]]
    return table(["figure", "this page"], rows, numbers=1)


def _kinds(result: CleanPage) -> Html:
    counts: dict[str, list[int]] = {}
    for line in result.removed:
        count = counts.setdefault(line.kind or "article", [0, 0])
        count[0] += 1
        count[1] += len(line.text)
    if not counts:
        return element("p", "Nothing was removed.")
    order = [kind for kind in (*KINDS, "article") if kind in counts]
    return table(["kind", "lines", "characters"], [[kind, *counts[kind]] for kind in order], numbers=2)


def _heads() -> Html:
    return element(
        "li",
        element("b", "line", class_="no"),
        element("b", "kept", class_="kept none-g"),
        element("b", "removed", class_="gone none-k"),
    )


def _row(line: Line, why: Reasons | None, threshold: float) -> Html:
    side = "k" if line.kept else "g"
    verdict = "kept" if line.kept else f"removed: {line.kind or 'article'}"
    if line.kept and line.kind:
        verdict = f"kept, though noise: {line.kind}"
    label = element("span", f" {verdict} {line.p_noise:.2f}", class_="p")
    # How near the verdict is to the other one: 4 is next to the threshold.
    doubt = line.p_noise / threshold if line.kept and threshold else (1 - line.p_noise) / max(1 - threshold, 1e-9)
    summary = element("summary", page_text(line.text, _SHOWN_CHARS), label)
    facts = element("div", f"Probability of noise: {line.p_line:.3f} by itself, {line.p_noise:.3f} in its context.")
    more = [] if why is None else [_reasons("In its context", why.features), _reasons("Its words", why.words)]
    details = element(
        "details",
        summary,
        element("div", facts, more, class_="why"),
        class_=f"line {side} p{min(max(int(doubt * 5), 0), 4)}",
    )
    return element("li", element("span", str(line.number), class_="no"), details, class_=side)


def _reasons(title: str, reasons: Sequence[Reason]) -> Html:
    if not reasons:
        return Html()
    parts = [
        [", " if index else "", page_text(name, 60), f" {weight:+.2f}"] for index, (name, weight) in enumerate(reasons)
    ]
    return element("div", f"{title} (+ speaks for noise, − for article): ", parts)
