"""The report on labelled pages, its curves and its numbers."""

import json

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, confusion_matrix

from detector.evaluate import evaluate
from detector.labels import KINDS, LabelledPage, LabelledSegment, write_labelled
from detector.metrics import calibration_error
from detector.report.curves import calibration, confusion, precision_recall
from detector.report.evaluation import Evaluation
from detector.report.labelled import holds_labels, labelled_report
from detector.training.crossval import as_pages


@pytest.fixture
def judged(cleaner, labelled_pages):
    evaluation, pairs = Evaluation(), []
    for page, clean in zip(labelled_pages, cleaner.clean_many(as_pages(labelled_pages)), strict=True):
        evaluation.add(page, clean)
        pairs.append((page, clean))
    return evaluation, evaluate(pairs, 20)


def test_figures_are_those_of_evaluate(judged):
    evaluation, report = judged
    assert evaluation.figures(20) == report.figures()


def test_curves(judged):
    evaluation, report = judged
    p_noise = np.concatenate([result.p_noise for result in report.results])
    is_noise = np.concatenate([result.is_noise for result in report.results])
    curve = precision_recall(evaluation.results)
    assert curve.area == pytest.approx(average_precision_score(is_noise, p_noise))
    assert curve.points[-1][0] == 1
    assert len(curve.points) <= 200
    recall, precision = curve.chosen
    assert 2 * recall * precision / (recall + precision) == pytest.approx(
        report.figures()["noise_line_f1"][0], abs=1e-4
    )
    bins = calibration(evaluation.results)
    error = sum(one.lines * abs(one.predicted - one.actual) for one in bins) / len(p_noise)
    assert error == pytest.approx(calibration_error(p_noise, is_noise))
    known = np.concatenate([result.kind for result in report.results]) >= 0
    actual = np.concatenate([result.kind for result in report.results])[known]
    predicted = np.concatenate([result.predicted_kind for result in report.results])[known]
    expected = confusion_matrix(actual, predicted, labels=range(len(KINDS)))
    assert (confusion(evaluation.results) == expected).all()


def test_the_worst_pages_come_with_their_wrong_lines(judged):
    evaluation, report = judged
    scores = sorted(result.words[2] for result in report.results)
    worst = evaluation.worst.sorted()
    assert [page.words[2] for page in worst] == scores[:20]
    by_id = {result.page.id: result for result in report.results}
    for page in worst:
        result = by_id[page.id]
        segments = [part for part in result.page.segments if part.label is not None and not part.unsure]
        wrong = [
            (part.text.strip()[:240], not gone)
            for part, noise, gone in zip(segments, result.is_noise, result.removed, strict=True)
            if noise != gone
        ]
        assert [(line.text, line.kept) for line in page.lines] == wrong[:40]
        assert page.wrong == len(wrong)


def test_the_report(cleaner, labelled_pages, tmp_path, checked):
    path = tmp_path / "pages.jsonl"
    labelled_pages = labelled_pages[::3]
    write_labelled(path, labelled_pages)
    report, pages = labelled_report([path], cleaner, "Report")
    assert pages == len(labelled_pages)
    tree = checked(report)
    figures = evaluate(zip(labelled_pages, cleaner.clean_many(as_pages(labelled_pages)), strict=True)).figures()
    text = tree.body.text()
    for name in ("noise_line_f1", "page_word_f1", "calibration_error", "article_char_recall"):
        value, low, high = figures[name]
        assert f"{value:.4f}" in text
        assert f"{low:.4f} to {high:.4f}" in text
    titles = [node.text() for node in tree.css("figcaption")]
    assert titles[:2] == ["Precision and recall of noise lines", "Calibration"]
    assert labelled_report([path], cleaner, "Report")[0] == report


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [("", None, None)],
        [("Nobody has said.", None, None)],
        [("<script>alert(1)</script>", "article", None)],
        [("<script>alert(1)</script>", "noise", None)],
        [("[ad_1]", "noise", "ad_marker"), ("<b>Source link</b>", "noise", "source_link")],
    ],
)
def test_pages_with_little(cleaner, tmp_path, checked, lines):
    page = LabelledPage("<b>", tuple((LabelledSegment(*line),) if line[0] else () for line in lines))
    path = tmp_path / "pages.jsonl"
    write_labelled(path, [page])
    assert holds_labels(str(path))
    report, pages = labelled_report([path], cleaner, "Report")
    assert pages == 1
    labelled = any(line[1] for line in lines)
    assert ("No line is labelled" in checked(report).body.text()) == (not labelled)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", False),
        ("\n", False),
        ('{"text": "a", "lines": []}', False),
        ('{"text": "a"}', False),
        ("{", False),
        ("[" * 100_000, False),
        ("[]", False),
        ('\n{"id": "a", "lines": []}\n', True),
    ],
)
def test_labelled_pages_are_told_apart(tmp_path, content, expected):
    path = tmp_path / "a.jsonl"
    path.write_text(content)
    assert holds_labels(str(path)) is expected
    assert holds_labels(str(tmp_path)) is expected
    assert not holds_labels(str(tmp_path / "missing.jsonl"))
    (tmp_path / "a.txt").write_text(json.dumps({"lines": []}))
    assert not holds_labels(str(tmp_path / "a.txt"))
