import numpy as np
import pytest

from detector.training import perceptron
from detector.training.perceptron import Settings, Task, fit_network, fit_networks


@pytest.fixture
def tasks():
    rng = np.random.default_rng(0)
    inputs = rng.integers(-100, 100, (400, 6), dtype=np.int8)
    target = (inputs[:, 0] > inputs[:, 1]).astype(np.int8)
    settings = Settings(1, (8,), 100, 1e-2, 1e-3, 0.0, 0)
    return [Task(inputs, target, np.ones(400), settings._replace(seed=seed)) for seed in range(3)]


def test_what_two_columns_say_is_learnt(tasks):
    network = fit_network(tasks[0])
    said = network.predict(tasks[0].inputs.astype(np.float32))[:, 0] > 0
    assert (said == tasks[0].target).mean() > 0.9


def test_networks_come_in_order_and_are_the_same_from_other_processes(tasks, monkeypatch):
    alone = list(fit_networks(tasks, 1, 400))
    monkeypatch.setattr(perceptron, "_WORTH_A_PROCESS", 0)
    inputs = tasks[0].inputs.astype(np.float32)
    for one, other, task in zip(alone, fit_networks(tasks, 2, 400), tasks, strict=True):
        assert np.array_equal(one.predict(inputs), other.predict(inputs))
        assert np.array_equal(one.predict(inputs), fit_network(task).predict(inputs))
