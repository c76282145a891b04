"""Stage three sees few pages many times over."""

import pytest

from detector.classifier import LineClassifier
from detector.training import stage_three


class TrainedError(Exception):
    """Ends a training at its last stage."""


@pytest.mark.parametrize("pages", [2, 40])
def test_few_pages_are_learnt_from_many_times_over(labelled_pages, monkeypatch, pages):
    few = labelled_pages[:pages]
    lines = 2 * sum(part.label is not None and not part.unsure for page in few for part in page.segments)
    asked = []  # how often each of them is seen, once with and once without what its site repeats

    def fit_network(inputs, target, weights, settings):
        asked.append(settings.epochs)
        raise TrainedError

    monkeypatch.setattr(stage_three, "fit_network", fit_network)
    classifier = LineClassifier(n_networks=1, epochs=1, n_folds=2, n_jobs=1)
    with pytest.raises(TrainedError):
        classifier.fit(few)
    assert 120_000 < lines * asked[0] < 140_000
