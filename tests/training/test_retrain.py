from dataclasses import replace

import pytest

from detector.classifier import LineClassifier
from detector.errors import InputError
from detector.labels import LabelledSegment
from detector.training.recipe import Corpus
from detector.training.retrain import retrain
from tests.adapt.conftest import NAMES, site_page


@pytest.fixture(scope="module")
def base(labelled_pages):
    return [Corpus("base", "", labelled_pages[:60:2])]


@pytest.fixture(scope="module")
def few(labelled_pages):
    return [Corpus("base", "", labelled_pages[:60:5])]


def classifier(epochs=6):
    return LineClassifier(n_networks=1, epochs=epochs, learning_rate=5e-3, n_folds=2, n_jobs=1)


@pytest.fixture(scope="module")
def own():
    return [site_page(name) for name in NAMES[:6]]


@pytest.fixture(scope="module")
def retrained(own, base, tiny_model):
    return retrain(own, base, classifier(), tiny_model, n_folds=2, margin=1)


def test_own_pages_are_learnt_and_every_figure_is_of_pages_held_out(retrained, own, base):
    compared = retrained.compared
    assert compared.base["pages"] == len(base[0].pages)
    assert compared.own["pages"] == compared.current["pages"] == len(own)
    assert compared.own["figures"]["noise_line_f1"]["difference"][0] > 0
    assert compared.held_out == "pages"
    assert any("pages were held out, not sites" in warning for warning in retrained.warnings)


def test_own_pages_weigh_more(retrained):
    assert [corpus.name for corpus in retrained.sources] == ["base", "own"]
    assert {page.weight for page in retrained.sources[1].pages} == {4.0}


def test_when_the_base_falls_nothing_is_trained(base, monkeypatch):
    monkeypatch.setattr("detector.training.stage_three._MIN_LINES", 1 << 15)  # enough to learn what is wrong
    # Own pages whose every label is wrong.
    swap = {"article": "noise", "noise": "article"}
    wrong = [
        replace(page, id=f"w{page.id}", site=f"{page.id}.own", lines=tuple(
            tuple(LabelledSegment(part.text, swap.get(part.label)) for part in line) for line in page.lines))
        for page in base[0].pages[:20]
    ]  # fmt: skip
    refused = retrain(wrong, base, classifier(), n_folds=2, own_weight=50)
    assert "noise_line_f1" in refused.falls
    assert refused.classifier is None


@pytest.mark.usefixtures("quick_training")
def test_a_base_that_falls_is_trained_where_it_may(few, own):
    sites = [replace(page, site=f"{page.id}.own") for page in own]
    allowed = retrain(sites, few, classifier(1), n_folds=2, margin=-1, allow_regression=True)
    assert allowed.falls
    assert allowed.classifier is not None
    assert allowed.compared.held_out == "sites"


@pytest.mark.usefixtures("quick_training")
def test_one_class_only_is_trained_with_a_warning(few):
    clean = [site_page(name, frame=False) for name in NAMES[:4]]
    found = retrain(clean, few, classifier(1), n_folds=2, margin=1)
    assert any("one class" in warning for warning in found.warnings)
    assert found.classifier is not None


def test_too_few_pages_are_refused(base, own):
    with pytest.raises(InputError, match="1 own pages have a labelled line; retraining needs at least 3"):
        retrain(own[:1], base, classifier())
