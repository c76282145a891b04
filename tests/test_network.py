import os
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.network import INPUT_LIMIT, INPUT_UNIT, Committee, Network, quantise_inputs


def float_network(sizes, seed=0):
    rng = np.random.default_rng(seed)
    coefs = [rng.normal(0, (2 / a) ** 0.5, (a, b)) for a, b in pairwise(sizes)]
    return coefs, [rng.normal(0, 0.3, size) for size in sizes[1:]]


def float_predict(coefs, intercepts, values):
    for coef, intercept in zip(coefs[:-1], intercepts[:-1], strict=True):
        values = np.maximum(values @ coef + intercept, 0)
    return values @ coefs[-1] + intercepts[-1]


@pytest.fixture(scope="module")
def inputs():
    rng = np.random.default_rng(1)
    return np.clip(np.rint(rng.normal(0, INPUT_UNIT, (3000, 60))), -INPUT_LIMIT, INPUT_LIMIT).astype(np.float32)


@pytest.fixture(scope="module")
def network(inputs):
    return Network.from_floats(*float_network((60, 48, 24, 3)), inputs)


def test_every_line_gets_the_same_answer_in_any_order_and_any_batch(network, inputs):
    whole = network.predict(inputs)
    order = np.random.default_rng(2).permutation(len(inputs))
    assert np.array_equal(network.predict(inputs[order]), whole[order])
    for size in (1, 2, 3, 7, 16, 33, 500):
        split = [network.predict(inputs[at : at + size]) for at in range(0, 1000, size)]
        assert np.array_equal(np.concatenate(split)[:1000], whole[:1000])
    assert np.array_equal(network.predict(np.asfortranarray(inputs)), whole)


def test_sums_are_exact(network, inputs):
    """The sums of single precision are those of whole numbers of 64 bits."""
    layer = network.layers[0]
    exact = inputs.astype(np.int64) @ layer.weights.astype(np.int64)
    assert np.array_equal(inputs @ layer.weights.astype(np.float32), exact)


def test_the_number_of_threads_does_not_matter(network, inputs, tmp_path):
    np.savez(tmp_path / "net.npz", inputs=inputs, **network.to_arrays("net"))
    code = (
        "import sys, numpy as np; from detector.network import Network; data = np.load(sys.argv[1]);"
        "sys.stdout.buffer.write(Network.from_arrays(data, 'net').predict(data['inputs']).tobytes())"
    )
    for threads in ("1", "4"):
        limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), threads)
        command = [sys.executable, "-c", code, str(tmp_path / "net.npz")]
        done = subprocess.run(command, capture_output=True, check=True, env={**os.environ, **limits})
        assert done.stdout == network.predict(inputs).tobytes()


@pytest.mark.parametrize("sizes", [(60, 1), (60, 48, 24, 1), (60, 16, 13)])
def test_rounding_changes_little(inputs, sizes):
    coefs, intercepts = float_network(sizes, seed=3)
    ours = Network.from_floats(coefs, intercepts, inputs).predict(inputs)
    exact = float_predict(coefs, intercepts, inputs / INPUT_UNIT)
    assert np.corrcoef(ours.ravel(), exact.ravel())[0, 1] > 0.999
    assert np.quantile(np.abs(ours - exact), 0.999) < 0.15 * exact.std()
    assert np.abs(ours - exact).mean() < 0.03 * exact.std()


def test_arrays_hold_the_whole_network(network, inputs):
    arrays = network.to_arrays("a") | Network.from_floats(*float_network((60, 2), seed=9), inputs).to_arrays("ab")
    again = Network.from_arrays(arrays, "a")
    assert len(again.layers) == 3
    assert np.array_equal(again.predict(inputs), network.predict(inputs))
    for name in network.to_arrays("a"):
        part = {key: value for key, value in arrays.items() if key != name}
        if name in ("a.1.weights", "a.2.weights"):  # a network that ends early is for the model file to refuse
            assert len(Network.from_arrays(part, "a").layers) == int(name[2])
        else:
            with pytest.raises(KeyError):
                Network.from_arrays(part, "a")


def test_networks_judge_together_as_they_judge_alone(network, inputs):
    others = [Network.from_floats(*float_network(sizes, seed=4), inputs) for sizes in ((60, 1), (60, 7, 2))]
    together = Committee([others[0], network, others[1]]).predict(inputs)
    for ours, alone in zip(together, (others[0], network, others[1]), strict=True):
        assert np.array_equal(ours, alone.predict(inputs))


def test_a_network_too_wide_to_be_exact_is_refused():
    wide = np.ones((600, 2)), np.ones((2, 1))
    with pytest.raises(ValueError, match="too wide"):
        Network.from_floats([np.ones((2000, 1))], [np.zeros(1)], np.zeros((1, 2000), np.float32))
    assert Network.from_floats(wide, [np.zeros(2), np.zeros(1)], np.zeros((1, 600), np.float32)).layers


def test_all_zero_weights_and_dead_units_give_the_bias(inputs):
    coefs = [np.zeros((60, 4)), np.ones((4, 1))]
    network = Network.from_floats(coefs, [np.full(4, -1.0), np.array([0.7])], inputs)
    assert network.predict(inputs) == pytest.approx(0.7)


@given(st.floats(-1e3, 1e3), st.floats(-50, 50), st.floats(0.01, 100))
def test_quantised_inputs_are_whole_bounded_and_near(value, mean, deviation):
    column = np.array([[value]], np.float32)
    scale = np.array([1 / deviation], np.float32)
    (quantised,) = quantise_inputs(column, np.array([mean], np.float32), scale).ravel()
    assert quantised == round(float(quantised))
    assert abs(quantised) <= INPUT_LIMIT
    exact = np.clip((value - mean) / deviation * INPUT_UNIT, -INPUT_LIMIT, INPUT_LIMIT)
    assert quantised == pytest.approx(exact, abs=0.55)
    assert column[0, 0] == np.float32(value)  # the caller's columns stay as they are
