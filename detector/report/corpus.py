"""The report on a corpus: what was removed where, how pages are spread, and which are worth a look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from detector.labels import KINDS
from detector.report.document import document
from detector.report.frequent import Entry, Frequent
from detector.report.gather import BINS, LENGTH_EDGES, Corpus, LineNote, PageNote, Repeated, Site
from detector.report.markup import Content, Html, element, joined, page_text, table
from detector.report.plots import histogram, short

_SITES_SHOWN: Final = 100
_SITES_OPENED: Final = 40
_LINES_SHOWN: Final = 10
_LINES_OF_CORPUS: Final = 40
_EXAMPLE_CHARS: Final = 160
_PERCENTILES: Final = (5, 10, 25, 50, 75, 90, 95)
_EDGES: Final = [f"{step / BINS:.2f}" for step in range(BINS + 1)]


def corpus_report(corpus: Corpus, title: str) -> bytes:
    """Make the report on a corpus."""
    return document(title, corpus_sections(corpus))


def corpus_sections(corpus: Corpus) -> list[Content]:
    """Give the parts of the report on a corpus."""
    if not corpus.tally.pages:
        return [_totals(corpus), element("p", "There are no pages, so there is nothing to show.")]
    return [
        _totals(corpus),
        element("h2", "Removed, by kind"),
        _kinds(corpus),
        element("h2", "Removed, by site"),
        _sites(corpus.sites),
        element("h2", "How pages are spread"),
        element("div", _plots(corpus), class_="plots"),
        *_quality(corpus),
        element("h2", "Lines that repeat"),
        element(
            "p",
            "Lines are the same where their normal forms are: lower case, each number 0, no punctuation, the first "
            "200 characters. Shown is the first example.",
        ),
        element("h3", "Removed most often"),
        _repeated(corpus.removed, _LINES_OF_CORPUS),
        element("h3", "Kept most often"),
        _repeated(corpus.kept, _LINES_OF_CORPUS),
        element("h2", "Lines that repeat, by site"),
        _lines_of_sites(corpus.sites),
        element("h2", "Pages on the border"),
        element(
            "p",
            "Pages with the most uncertain characters: so many are expected to be judged wrong whatever the verdict, "
            "the sum over lines of their length times the lesser of their two probabilities.",
        ),
        _pages(corpus.unsure.sorted(), "uncertain characters"),
        element("h2", "The biggest losses"),
        element(
            "p",
            "Pages by the characters of the article expected to have been removed: the sum over removed lines of their "
            "length times their probability of being article.",
        ),
        _pages(corpus.losses.sorted(), "expected loss"),
    ]


def _totals(corpus: Corpus) -> Html:
    tally = corpus.tally
    share = f" ({100 * tally.chars_removed / tally.chars:.1f} %)" if tally.chars else ""
    rows: list[list[Content]] = [
        ["pages", tally.pages],
        ["pages without text", corpus.empty],
        ["pages that failed", tally.failed],
        ["lines", tally.lines],
        ["lines removed", tally.removed],
        ["characters", tally.chars],
        ["characters removed", f"{tally.chars_removed:,}{share}"],
    ]
    return table(["figure", "all pages"], rows, numbers=1)


def _kinds(corpus: Corpus) -> Html:
    tally = corpus.tally
    if not tally.removed:
        return element("p", "Nothing was removed.")
    rows: list[list[Content]] = []
    for kind, lines in sorted(tally.removed_by_kind.items(), key=lambda item: -item[1]):
        rows.append([kind, lines, f"{100 * lines / tally.removed:.1f} %", tally.chars_by_kind[kind]])
    return table(["kind", "lines", "of all removed", "characters"], rows, numbers=3)


def _sites(sites: Frequent[Site]) -> Html:
    rows: list[list[Content]] = []
    for name, entry in sites.top(_SITES_SHOWN):
        site = entry.note
        kinds = sorted(((count, -at) for at, count in enumerate(site.by_kind) if count), reverse=True)
        removed = sum(site.by_kind)
        rows.append(
            [
                _site_name(name),
                site.pages,
                site.lines,
                removed,
                f"{100 * site.chars_removed / site.chars:.1f} %" if site.chars else "–",
                ", ".join(f"{KINDS[-at]} {count:,}" for count, at in kinds[:4]),
            ]
        )
    note = f"The {len(rows)} sites with the most lines." if len(sites) > len(rows) else ""
    if sites.missed:
        note += f" There are more sites than are held at once: of a site up to {sites.missed:,} lines are not counted."
    heads = ["site", "pages", "lines", "removed", "of its characters", "most often removed"]
    return table(heads, rows, note.strip(), numbers=4)


def _site_name(name: str) -> Html:
    return page_text(name, 80) if name else element("span", "(not known)", class_="dim")


def _plots(corpus: Corpus) -> Html:
    pages = [("pages", corpus.scores.tolist())]
    lengths = corpus.lengths.tolist()
    edges = [short(edge) for edge in LENGTH_EDGES] + ["more"]
    edges[0] = "0"
    kept, gone = corpus.line_chars.tolist()
    lines = [("characters kept", kept), ("characters removed", gone)]
    return joined(
        [
            histogram("Score", _EDGES, pages, "share of words expected to be article", "pages"),
            histogram("Removed share", _EDGES, [("pages", corpus.shares.tolist())], "share of characters", "pages"),
            histogram("Threshold", _EDGES, [("pages", corpus.thresholds.tolist())], "probability of noise", "pages"),
            histogram("Page length", edges, [("pages", lengths)], "characters", "pages"),
            histogram("Probabilities", _EDGES, lines, "probability of noise of a line", "characters"),
        ]
    )


def _quality(corpus: Corpus) -> list[Content]:
    """Show how the quality of pages is spread, and what each least quality would leave."""
    counts = corpus.qualities
    known = int(counts.sum())
    if not known and not corpus.unknown:
        return []
    step = len(counts) // BINS
    bins = counts.reshape(BINS, step).sum(1).tolist()
    rows: list[list[Content]] = []
    for percent in _PERCENTILES:
        at = int(np.searchsorted(np.cumsum(counts), percent / 100 * known))
        rows.append([f"{percent} %", f"{min(at, len(counts) - 1) / len(counts):.2f}"])
    note = f"The quality of {corpus.unknown:,} pages is unknown." if corpus.unknown else ""
    return [
        element("h2", "Quality"),
        element("div", histogram("Quality", _EDGES, [("pages", bins)], "quality", "pages"), class_="plots"),
        table(["of the pages have less than", "quality"], rows, note, numbers=1),
    ]


def _repeated(counts: Frequent[Repeated], shown: int) -> Html:
    rows: list[list[Content]] = [_repeated_row(entry) for _, entry in counts.top(shown)]
    if not rows:
        return element("p", "None.", class_="dim")
    note = f"A count may be too low by up to {counts.missed:,}." if counts.missed else ""
    return table(["times", "line", "kind", "such as in"], rows, note)


def _repeated_row(entry: Entry[Repeated]) -> list[Content]:
    note = entry.note
    return [
        f"{entry.count + 1:,}",
        page_text(note.text, _EXAMPLE_CHARS, note.chars),
        note.kind or "kept",
        page_text(note.page, 80),
    ]


def _lines_of_sites(sites: Frequent[Site]) -> Html:
    parts: list[Html] = []
    for name, entry in sites.top(_SITES_OPENED):
        site = entry.note
        if not len(site.removed) and not len(site.kept):
            continue
        parts.append(
            element(
                "details",
                element("summary", _site_name(name), f" – {site.pages:,} pages"),
                element("h3", "Removed most often"),
                _repeated(site.removed, _LINES_SHOWN),
                element("h3", "Kept most often"),
                _repeated(site.kept, _LINES_SHOWN),
            )
        )
    return joined(parts) if parts else element("p", "No line repeats.", class_="dim")


def _pages(notes: Sequence[PageNote], value: str) -> Html:
    if not notes:
        return element("p", "None.", class_="dim")
    return joined([_page(note, value) for note in notes])


def _page(note: PageNote, value: str) -> Html:
    share = 100 * note.chars_removed / note.chars if note.chars else 0.0
    return element(
        "details",
        element(
            "summary",
            page_text(note.id, 120),
            f" – {note.value:,.0f} {value} of {note.chars:,}, {share:.0f} % removed",
        ),
        element("ul", [line_item(line) for line in note.lines], class_="lines"),
    )


def line_item(line: LineNote) -> Html:
    """Show a line of a page as an item of a list."""
    verdict = element("b", "kept", class_="kept") if line.kept else element("b", f"removed: {line.kind}", class_="gone")
    place = f" (line {line.number:,}, {line.p_noise:.2f}) "
    return element("li", verdict, place, page_text(line.text, length=line.chars))
