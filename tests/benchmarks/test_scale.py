"""The measure of growth itself: what is quadratic is seen, and each case runs."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def scale():
    spec = importlib.util.spec_from_file_location("scale", ROOT / "benchmarks" / "scale.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("power", [0, 0.5, 1, 2])
def test_the_slope_is_the_power(scale, power):
    sizes = [10, 30, 100, 300]
    assert scale.slope(sizes, [3 * size**power for size in sizes]) == pytest.approx(power)


@pytest.mark.parametrize("name", ["line", "lines", "pages"])
def test_a_case_gives_seconds_and_megabytes(scale, name, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    seconds, megabytes = scale.measure(name, 200)
    assert 0 <= seconds < 60
    assert 10 < megabytes < 2000
