"""Start-up of the command, and cost as a page grows.

    python benchmarks/process.py

Prints the time of ``detector clean`` of a short page, whole process, as a multiple of ``python -c "import
numpy"`` in the same run (medians of interleaved runs), and the time of one page of ten thousand to a million
lines with the growth between them.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

from detector import Cleaner

HERE = Path(__file__).parent
PAGE = HERE.parent / "data" / "samples" / "repost.txt"
RUNS = 15
SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)


def seconds(command: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> None:
    clean, bare = [], []
    for _ in range(RUNS):
        bare.append(seconds([sys.executable, "-c", "import numpy"]))
        clean.append(seconds([sys.executable, "-m", "detector", "clean", str(PAGE)]))
    own, numpy = statistics.median(clean), statistics.median(bare)
    print("| whole process | seconds | times import numpy |\n|---|---|---|")
    print(f'| `python -c "import numpy"` | {numpy:.3f} | 1.00 |')
    print(f"| `detector clean` of a short page | {own:.3f} | {own / numpy:.2f} |\n")

    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line]
    cleaner = Cleaner.load()
    cleaner.clean("\n".join(lines))
    print("| lines of one page | seconds | microseconds a line |\n|---|---|---|")
    for size in SIZES:
        text = "\n".join(f"{lines[n % len(lines)]} {n}" if n % 3 else f"Item {n}" for n in range(size))
        started = time.perf_counter()
        cleaner.clean(text)
        elapsed = time.perf_counter() - started
        print(f"| {size:,} | {elapsed:.2f} | {elapsed / size * 1e6:.1f} |", flush=True)


if __name__ == "__main__":
    main()
