"""Kills runs and workers at random moments, takes them up, and compares every byte.

    python benchmarks/kills.py [--times 10] [--megabytes 20] [--seed 0]

Exits with 1 where an output is another than that of an undisturbed run.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from speed import pages_of
from throughput import make_corpus

OUTPUTS = ("clean.jsonl", "removed.jsonl", "attributes.jsonl.gz")


def command(source: Path, folder: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "detector", "clean", str(source), "-o", str(folder / OUTPUTS[0])),
        *("--removed", str(folder / OUTPUTS[1]), "--attributes", str(folder / OUTPUTS[2])),
        *("--workers", "2", "--shard-mb", "0.5"),
    ]


def start(source: Path, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command(source, folder), stderr=subprocess.PIPE)


def workers_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text()]


def kill_run(source: Path, folder: Path, moment: float) -> str:
    running = start(source, folder)
    time.sleep(moment)
    running.kill()
    running.communicate()
    again = start(source, folder)
    said = again.communicate()[1].decode()
    return said.strip().splitlines()[-1][-60:] if again.returncode == 0 else said


def kill_worker(source: Path, folder: Path, moment: float) -> str:
    running = start(source, folder)
    time.sleep(moment)
    victims = workers_of(running.pid) if running.poll() is None else []
    if victims:
        os.kill(random.choice(victims), signal.SIGKILL)
    said = running.communicate()[1].decode().strip()
    return said.splitlines()[0][:100] if running.returncode == 0 else said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        source = home / "pages.jsonl"
        make_corpus(source, [page.text for page in pages_of(None, 1)], options.megabytes)
        (home / "whole").mkdir()
        started = time.perf_counter()
        whole = start(source, home / "whole")
        whole.communicate()
        assert whole.returncode == 0
        seconds = time.perf_counter() - started
        expected = [(home / "whole" / output).read_bytes() for output in OUTPUTS]
        for title, kill in (("run", kill_run), ("worker", kill_worker)):
            for number in range(options.times):
                folder = home / f"{title}{number}"
                folder.mkdir()
                moment = rng.uniform(0.1, seconds * 0.95)
                said = kill(source, folder, moment)
                same = [(folder / output).read_bytes() for output in OUTPUTS if (folder / output).exists()] == expected
                left = sorted(path.name for path in folder.iterdir() if path.name not in OUTPUTS)
                failed += not same or bool(left)
                print(
                    f"{title} killed after {moment:5.2f} s of {seconds:.1f}: same {same}; {said}; {left or ''}",
                    flush=True,
                )
    print(f"{failed} of {2 * options.times} differ")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
