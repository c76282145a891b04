import numpy as np
import pytest

from detector.labels import KINDS
from detector.training.dataset import make_dataset, site_folds
from detector.training.kinds import fit_kind_model, kind_tasks, no_kinds
from detector.training.perceptron import Settings

SETTINGS = Settings(1, (16,), 4, 2e-3, 1e-3, 0.0, 0)


@pytest.fixture(scope="module")
def data(labelled_pages, tables):
    return make_dataset(labelled_pages, tables)


@pytest.fixture(scope="module")
def fold(data):
    return site_folds(data.pages, 3)[data.page]


def test_kinds_of_unseen_sites_are_told_far_better_than_by_chance(data, fold):
    model, known = fit_kind_model(data, data.weights(), fold, seed=0, n_jobs=1)
    assert np.array_equal(known.rows, (data.kind >= 0) & (data.target == 0))  # of authored pages all are by hand
    kind = data.kind[known.rows]
    share = np.bincount(kind).max() / len(kind)
    assert (known.inputs[known.rows].argmax(1) == kind).mean() > share + 0.3
    assert not known.inputs[~known.rows].any()
    rows = np.flatnonzero(known.rows)
    assert (model.inputs(data.batch, data.tokens, rows).argmax(1) == kind).mean() > 0.8  # seen in training


def test_the_same_seed_gives_the_same_model(data, fold):
    one, other = (fit_kind_model(data, data.weights(), fold, seed=1, n_jobs=jobs) for jobs in (1, 2))
    assert np.array_equal(one[0].weights, other[0].weights)
    assert np.array_equal(one[1].inputs, other[1].inputs)


def test_a_kind_without_an_example_gets_no_chance(data, fold):
    only = data._replace(kind=np.where(data.kind == KINDS.index("caption"), data.kind, -1))
    model, known = fit_kind_model(only, data.weights(), fold, seed=0, n_jobs=1)
    assert known.inputs[known.rows].argmax(1).tolist() == [KINDS.index("caption")] * int(known.rows.sum())
    inputs = np.zeros((len(data.page), 3), np.int8)
    assert not list(kind_tasks(inputs, known, only, data.weights(), SETTINGS))
    network = no_kinds(only, known, inputs.shape[1])
    both = np.hstack((inputs, model.inputs(data.batch, data.tokens, np.arange(len(inputs))))).astype(np.float32)
    assert set(network.predict(both).argmax(1).tolist()) == {KINDS.index("caption")}


def test_pages_without_kinds_are_trained_without(data, fold):
    none = data._replace(kind=np.full(len(data.kind), -1))
    model, known = fit_kind_model(none, data.weights(), fold, seed=0, n_jobs=1)
    assert not known.rows.any()
    assert not model.weights.any()
