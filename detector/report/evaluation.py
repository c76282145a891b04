"""The report on labelled pages: how good the verdicts are, and where they are worst."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from detector.cleaner import CleanPage
from detector.evaluate import FIGURES, PageResult, Report, judge
from detector.labels import KINDS, LabelledPage
from detector.report.curves import Bin, calibration, confusion, precision_recall
from detector.report.frequent import Tops
from detector.report.gather import LineNote
from detector.report.markup import LINE_CHARS, Content, Html, element, page_text, table
from detector.report.plots import Series, curves

_PAGES: Final = 20
_LINES_OF_PAGE: Final = 40


class Worst(NamedTuple):
    """A page that was cleaned badly: precision, recall and F1 of its words, and its lines judged wrong."""

    id: str
    words: tuple[float, float, float]
    wrong: int
    lines: tuple[LineNote, ...]


@dataclass(slots=True)
class Evaluation:
    """What is gathered from labelled pages: of each the numbers, of the worst the lines.

    Parameters
    ----------
    results
        As `detector.evaluate` has them, without the lines of the pages.
    worst
        Pages with the lowest F1 of words.
    """

    results: list[PageResult] = field(default_factory=list)
    worst: Tops[Worst] = field(default_factory=lambda: Tops(_PAGES))

    def add(self, page: LabelledPage, clean: CleanPage) -> None:
        """Judge a page."""
        result = judge(page, clean)
        if self.worst.wants(value := 1 - result.words[2]):
            self.worst.add(value, _worst(page, result))
        light = replace(page, lines=(), gold=None, meta={}, structure=None)
        self.results.append(result._replace(page=light))

    def figures(self, n_rounds: int = 200) -> dict[str, Any]:
        """All figures, the same as ``detector evaluate --json`` gives."""
        return Report(self.results, n_rounds).figures()


def _worst(page: LabelledPage, result: PageResult) -> Worst:
    numbered = [(number, part) for number, line in enumerate(page.lines, 1) for part in line]
    used = [(number, part) for number, part in numbered if part.label is not None and not part.unsure]
    wrong = (result.is_noise != result.removed).nonzero()[0].tolist()
    lines = tuple(
        LineNote(
            used[row][1].text.strip()[:LINE_CHARS],
            len(used[row][1].text.strip()),
            used[row][0],
            float(result.p_noise[row]),
            used[row][1].kind or KINDS[result.predicted_kind[row]],
            not result.removed[row],
        )
        for row in wrong[:_LINES_OF_PAGE]
    )
    return Worst(page.id[:LINE_CHARS], result.words, len(wrong), lines)


def evaluation_sections(evaluation: Evaluation) -> list[Content]:
    """Give the parts of the report on labelled pages."""
    results = evaluation.results
    if not any(len(result.is_noise) for result in results):
        return [element("p", "No line is labelled, so there is nothing to compare with.")]
    figures = evaluation.figures()
    return [
        element("h2", "How good the verdicts are"),
        _figures(figures),
        element("div", _precision_recall(evaluation), _calibration(calibration(results)), class_="plots"),
        element("h2", "Kinds of noise"),
        _kinds(figures),
        element("h3", "Which kind is taken for which"),
        _confusion(evaluation),
        element("h2", "The worst pages"),
        element(
            "p",
            "Pages by the F1 of their words, the lowest first, with the lines that were judged wrong: lost are lines "
            "of the article that were removed, left are lines of noise that were kept.",
        ),
        [_page(page) for page in evaluation.worst.sorted()] or element("p", "None.", class_="dim"),
    ]


def _figures(figures: dict[str, Any]) -> Html:
    rows: list[list[Content]] = [
        [name, f"{figures[key][0]:.4f}", f"{figures[key][1]:.4f} to {figures[key][2]:.4f}"]
        for key, name in FIGURES.items()
        if key in figures
    ]
    caption = (
        f"{figures['pages']:,} pages of {figures['sites']:,} site{'s' * (figures['sites'] != 1)}, "
        f"{figures['lines']:,} labelled lines, "
        f"{figures['noise_lines']:,} of them noise. They flatter a model on sites that it was trained on."
    )
    return table(["figure", "value", "95 % interval"], rows, caption, numbers=2)


def _precision_recall(evaluation: Evaluation) -> Html:
    curve = precision_recall(evaluation.results)
    if curve is None:
        return element("p", "No line is noise, so there is no precision-recall curve.")
    recall, precision = curve.chosen
    desc = (
        f"Average precision {curve.area:.4f}. The verdicts as they are: recall {recall:.4f}, precision {precision:.4f}."
    )
    some = curve.points[:: max(1, len(curve.points) // 20)]
    rows: list[list[Content]] = [[f"{x:.3f}", f"{y:.3f}"] for x, y in some]
    series = [Series("by threshold", curve.points), Series("the verdicts as they are", [curve.chosen], "mark")]
    plot = curves(
        "Precision and recall of noise lines", desc, series, "recall", "precision", table(["recall", "precision"], rows)
    )
    return element("div", plot, element("p", desc))


def _calibration(bins: list[Bin]) -> Html:
    points = [(one.predicted, one.actual) for one in bins]
    lines = sum(one.lines for one in bins)
    far = max(bins, key=lambda one: one.lines * abs(one.predicted - one.actual))
    desc = (
        f"Of {lines:,} lines in {len(bins)} bins; what weighs most are {far.lines:,} lines with a mean probability of "
        f"{far.predicted:.3f}, of which {far.actual:.3f} are noise."
    )
    rows: list[list[Content]] = [[f"{one.predicted:.3f}", f"{one.actual:.3f}", one.lines] for one in bins]
    numbers = table(["mean probability", "share of noise", "lines"], rows, numbers=2)
    even = Series("as it should be", [(0.0, 0.0), (1.0, 1.0)], "even")
    plot = curves(
        "Calibration", desc, [even, Series("lines", points, "dots")], "probability of noise", "share of noise", numbers
    )
    return element("div", plot, element("p", desc))


def _kinds(figures: dict[str, Any]) -> Html:
    rows: list[list[Content]] = [
        [kind, entry["lines"], f"{entry['removed']:.3f}", f"{entry['kind_f1']:.3f}"]
        for kind, entry in figures["kinds"].items()
    ]
    if not rows:
        return element("p", "No line has a kind.", class_="dim")
    return table(["kind", "lines", "removed", "F1 of the kind"], rows, numbers=3)


def _confusion(evaluation: Evaluation) -> Html:
    counts = confusion(evaluation.results)
    used = (counts.sum(0) + counts.sum(1)).nonzero()[0].tolist()
    rows: list[Html] = []
    for actual in used:
        total = max(int(counts[actual].sum()), 1)
        cells = [element("th", KINDS[actual], scope="row")]
        for predicted in used:
            count = int(counts[actual, predicted])
            shade = f"h{min(int(3 * count / total) + 1, 3)}" if count else ""
            right = "right" if actual == predicted else ""
            cells.append(element("td", count or "", class_=f"n {shade} {right}".strip()))
        rows.append(element("tr", cells))
    if not rows:
        return element("p", "No line has a kind.", class_="dim")
    head = element("tr", element("th", "actual \\ taken for", scope="col"), [_column(KINDS[at]) for at in used])
    caption = element("caption", "Lines of noise, removed or not; where row and column meet in one kind, it is right.")
    return element("div", element("table", caption, element("thead", head), element("tbody", rows)), class_="wide")


def _column(kind: str) -> Html:
    return element("th", kind.replace("_", " "), scope="col")


def _page(page: Worst) -> Html:
    precision, recall, score = page.words
    more = page.wrong - len(page.lines)
    rest = element("p", f"and {more:,} more lines", class_="dim") if more else ""
    return element(
        "details",
        element(
            "summary",
            page_text(page.id, 120),
            f" – F1 {score:.3f} (precision {precision:.3f}, recall {recall:.3f}), {page.wrong:,} lines wrong",
        ),
        element("ul", [_wrong(line) for line in page.lines], class_="lines"),
        rest,
    )


def _wrong(line: LineNote) -> Html:
    if line.kept:
        verdict = element("b", f"+ left: {line.kind}", class_="kept")
    else:
        verdict = element("b", "− lost", class_="gone")
    place = f" (line {line.number:,}, {line.p_noise:.2f}) "
    return element("li", verdict, place, page_text(line.text, length=line.chars))
