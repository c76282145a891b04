"""kill -9 at random moments in every command that writes."""

import random
import sys
import time

import pytest

from tests.faults.conftest import SLOW, WRITERS, content, finishes_as

MOMENTS = 3
KILLED = (*WRITERS, *SLOW)
_KILL = """
import resource, signal
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, ({half}, {half}))
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
"""


@pytest.mark.parametrize("name", KILLED)
def test_killed_at_any_moment_no_file_is_half_and_the_same_command_ends_the_same(name, bench, whole, tmp_path):
    rng = random.Random(name)
    out = tmp_path / "out"
    out.mkdir()
    for _ in range(MOMENTS):
        process = bench.start(name, out)
        # Importing takes half of the time; what matters comes after.
        time.sleep(bench.seconds[name] * rng.uniform(0.3, 1.0))
        process.kill()
        process.communicate()
        for path, data in content(out).items():
            assert data == whole[name][path], "half a file under a final name"
    finishes_as(bench, name, out, whole[name])
    assert list(out.rglob("*.unfinished")) == []


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
@pytest.mark.parametrize("name", KILLED)
def test_killed_in_the_middle_of_a_write_no_file_is_half(name, bench, whole, tmp_path):
    """Random moments seldom fall into a write; here the system kills what writes more than half of the largest file."""
    half = max(map(len, whole[name].values())) // 2
    code, said = bench.run(name, tmp_path, before=_KILL.format(half=half))
    assert code != 0, said
    for path, data in content(tmp_path).items():
        assert data == whole[name][path], "half a file under a final name"
    finishes_as(bench, name, tmp_path, whole[name])
