from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from detector import LineClassifier, model_file
from detector.cleaner import Cleaner
from detector.errors import InputError
from detector.features import COLUMNS, HTML_COLUMNS
from detector.features.tree import STRUCTURE_BITS
from detector.labels import LabelledPage, LabelledSegment
from detector.page import Page
from detector.segment.text import is_blank
from tests.conftest import LABELLED, html_of

QUICK = {"n_networks": 1, "epochs": 2, "learning_rate": 5e-3, "n_folds": 3, "n_jobs": 1}


@pytest.fixture(scope="module")
def some_pages(labelled_pages):
    return labelled_pages[::3]


@pytest.fixture(scope="module")
def fitted(some_pages):
    return LineClassifier(**QUICK).fit(some_pages)


def page(site, *labels):
    lines = tuple((LabelledSegment(f"Some {label} line number {n}.", label),) for n, label in enumerate(labels))
    return LabelledPage(site, lines, site=site)


def test_parameters_are_set_read_and_cloned():
    classifier = LineClassifier(**QUICK, seed=7, threshold=0.3)
    assert classifier.get_params().items() >= {**QUICK, "seed": 7, "threshold": 0.3}.items()
    copy = clone(classifier)
    assert copy is not classifier
    assert copy.get_params() == classifier.get_params()
    assert copy.set_params(seed=8, alpha=0.5).get_params()["seed"] == 8
    assert classifier.seed == 7
    with pytest.raises(ValueError, match="no_such"):
        classifier.set_params(no_such=1)


def test_a_clone_of_a_fitted_classifier_is_not_fitted(fitted):
    copy = clone(fitted)
    with pytest.raises(NotFittedError):
        copy.predict(["text"])
    assert fitted.predict(["text"]).shape == (1,)


@pytest.mark.usefixtures("quick_training")
def test_the_same_seed_gives_the_same_model_to_the_last_byte(some_pages, tmp_path):
    first = LineClassifier(**QUICK).fit(some_pages[:20])
    for name, seed in (("again", 0), ("other", 1)):
        model_file.save(tmp_path / name, clone(first).set_params(seed=seed).fit(some_pages[:20]).model_)
    model_file.save(tmp_path / "first", first.model_)
    assert (tmp_path / "again").read_bytes() == (tmp_path / "first").read_bytes()
    assert (tmp_path / "other").read_bytes() != (tmp_path / "first").read_bytes()


def test_probabilities_are_of_the_classes_and_of_every_line(fitted, nasty_pages):
    assert fitted.classes_.tolist() == ["article", "noise"]
    found = fitted.predict_proba(nasty_pages)
    assert found.sum(1) == pytest.approx(1)
    assert found.min() >= 0
    cleaned = [line for page in Cleaner(fitted.model_).clean_many(nasty_pages) for line in page.lines]
    assert found[:, 1].tolist() == [line.p_noise for line in cleaned]
    labels = fitted.predict(nasty_pages)
    assert set(labels) == {"article", "noise"}
    assert ((labels == "noise") == (found[:, 1] >= fitted.threshold)).all()


def test_texts_pages_and_labelled_pages_are_judged_alike(fitted, some_pages):
    texts = [page.text for page in some_pages[:5]]
    expected = fitted.predict_proba(texts)
    assert np.array_equal(fitted.predict_proba([Page(text) for text in texts]), expected)
    assert np.array_equal(fitted.predict_proba(some_pages[:5]), expected)
    assert fitted.predict_proba([]).shape == (0, 2)
    assert fitted.predict_proba(["", "\n"]).shape == (0, 2)


def test_a_trained_model_is_better_than_chance(fitted, labelled_pages, tiny_model):
    unseen = [page for index, page in enumerate(labelled_pages) if index % 3]
    score = fitted.score(unseen)
    assert score > 0.7
    target = np.array([segment.label == "noise" for page in unseen for segment in page.segments])
    assert score > max(target.mean(), 1 - target.mean()) + 0.05


def test_texts_with_labels_train_like_labelled_pages(some_pages):
    texts, labels = [], []
    for labelled in some_pages:
        lines = [line[0] for line in labelled.lines if len(line) == 1 and not line[0].unsure]
        texts.append("\r\n\r\n".join(segment.text for segment in lines))
        labels.append([segment.label for segment in lines])
    classifier = LineClassifier(**QUICK).fit(texts, labels)
    assert classifier.score(texts, labels) > 0.7
    assert len(classifier.predict(texts[:1])) >= len(labels[0])
    assert not any(is_blank(text) for text in texts)


def test_labels_that_do_not_go_with_the_lines_are_refused():
    for labels, reason in (
        (["article"], "page 1: fewer labels"),
        (["article", "noise", "noise"], "page 1: more labels"),
    ):
        with pytest.raises(InputError, match=reason):
            LineClassifier(**QUICK).fit(["one", "one\n\ntwo\n"], [["article"], labels])
    with pytest.raises(InputError, match="labels in y"):
        LineClassifier(**QUICK).fit(["one", "two"])
    with pytest.raises(ValueError, match="zip"):
        LineClassifier(**QUICK).fit(["one", "two"], [["article"]])


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        ([], "at least two sites"),
        ([page("a.example", "article", "noise")], "at least two sites"),
        ([page("a.example", "article", "noise")] * 5, "at least two sites"),
        ([page(f"{n}.example", "article", "article") for n in range(9)], "lines of article and lines of noise"),
        ([page(f"{n}.example", "noise") for n in range(9)], "lines of article and lines of noise"),
        ([page(f"{n}.example", None) for n in range(9)], "lines of article and lines of noise"),
    ],
)
def test_data_that_cannot_be_learnt_from_is_refused(pages, reason):
    with pytest.raises(InputError, match=reason):
        LineClassifier(**QUICK).fit(pages)


def test_pages_without_html_give_a_model_of_text(fitted, tiny_model):
    for model in (fitted.model_, tiny_model):
        assert model.html is None
        assert model.structure is None
    assert not any("HTML" in name for name in fitted.figures_)


def test_pages_of_html_give_a_model_of_both(html_model):
    assert len(html_model.text.two.mean) == len(COLUMNS)
    assert len(html_model.html.two.mean) == len(HTML_COLUMNS)
    assert len(html_model.structure.weights) == 1 << STRUCTURE_BITS
    assert html_model.structure.weights.any()


def test_trees_are_learnt_from(html_model, html_pages, labelled_pages):
    """In these pages the tree tells article and noise apart."""
    unseen = [page for index, page in enumerate(labelled_pages) if index % 6 == 3][:20]
    right = {"html": [], "text": []}
    for page in unseen:
        rendered = Page.from_html(html_of(page))
        is_noise = np.array([segment.label == "noise" for segment in page.segments])
        for name, trees in (("html", [rendered.structure]), ("text", None)):
            found = html_model.predict([rendered.text], trees)
            rows = found.batch.numbers - 1
            right[name] += ((found.p_noise >= 0.5) == is_noise[rows]).tolist()
    assert np.mean(right["html"]) > max(np.mean(right["text"]), 0.9)


@pytest.mark.usefixtures("quick_training")
def test_text_is_learnt_from_html_and_text_alike_and_trees_where_they_are(html_pages):
    plain = [replace(page, structure=None) for page in html_pages]
    mixed = [page if index % 2 else plain[index] for index, page in enumerate(html_pages)]
    without, some = (LineClassifier(**QUICK).fit(pages) for pages in (plain, mixed))
    assert without.model_.html is None
    assert some.model_.html is not None
    texts = [page.text for page in html_pages[:4]]
    assert np.array_equal(without.predict_proba(texts), some.predict_proba(texts))
    assert some.figures_["lines out of fold, HTML"] < some.figures_["lines out of fold"]


@pytest.mark.usefixtures("quick_training")
def test_html_of_one_site_is_too_little_to_learn_from(html_pages):
    plain = [replace(page, structure=None) for page in html_pages]
    fitted = LineClassifier(**QUICK).fit([html_pages[0], *plain[1:]])
    assert fitted.model_.html is None


@pytest.mark.usefixtures("quick_training")
def test_noise_added_in_training_leaves_the_trees_as_they_are(html_pages):
    classifier = LineClassifier(**QUICK, phrases=LABELLED.parent / "phrases").fit(html_pages[:12])
    trees = sum(len(page.segments) for page in html_pages[:12])
    assert classifier.figures_["lines out of fold, HTML"] <= trees
    assert classifier.model_.html is not None


@pytest.mark.usefixtures("quick_training")
def test_progress_is_told(some_pages):
    told = []
    LineClassifier(**QUICK).fit(some_pages[:12], progress=told.append)
    assert len(told) >= 4
    assert all(isinstance(line, str) and line and "\n" not in line for line in told)
