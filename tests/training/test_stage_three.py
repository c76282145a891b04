"""Stage three sees few pages many times over."""

import pytest

from detector.classifier import LineClassifier
from detector.training import stage_three


class TrainedError(Exception):
    """Ends a training at its last stage."""


@pytest.mark.parametrize("pages", [2, 40])
def test_few_pages_are_learnt_from_many_times_over(labelled_pages, monkeypatch, pages):
    seen = []  # how many lines are learnt from, each of them once with and once without what its site repeats

    def fit_networks(tasks, n_jobs, n_lines):
        *_, last = tasks
        seen.append(last.settings.epochs * len(last.inputs))
        assert len(last.inputs) == len(last.target) == len(last.weights)
        raise TrainedError

    monkeypatch.setattr(stage_three, "fit_networks", fit_networks)
    classifier = LineClassifier(n_networks=1, epochs=1, n_folds=2, n_jobs=1)
    with pytest.raises(TrainedError):
        classifier.fit(labelled_pages[:pages])
    assert 120_000 < seen[0] < 140_000
