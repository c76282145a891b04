"""Each harness on its seeds, and a short run of the fuzzer; CI sets how many seconds each may take."""

import importlib.util
import os

import pytest

from tests.fuzz.harness import TARGETS, fuzz, target

_NEEDS = {"html": "selectolax", "parquet": "pyarrow", "warc": "fastwarc", "compression": "zstandard"}
SECONDS = int(os.environ.get("FUZZ_SECONDS", "1"))


def harness(name):
    if name in _NEEDS:
        pytest.importorskip(_NEEDS[name])
    return target(name)


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_keep_every_promise(name):
    module = harness(name)
    for seed in module.SEEDS:
        module.check(seed)
        module.check(seed[: len(seed) // 2])


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris is not installed (pip install atheris)"
)
@pytest.mark.parametrize("name", TARGETS)
def test_a_short_run_of_the_fuzzer_finds_nothing(name):
    harness(name)
    for seconds in (SECONDS, 10 * SECONDS):
        result = fuzz(name, seconds, None)
        if result["told"] or result["executions"] > len(target(name).SEEDS):
            break  # else a busy machine had no time for more than the seeds
    assert result["told"] == ""
    assert not result["findings"]
    assert result["executions"] > len(target(name).SEEDS)
