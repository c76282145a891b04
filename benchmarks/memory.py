"""Learning what sites repeat: speed beside plain reading of the same JSON, and memory as the corpus grows.

    python benchmarks/memory.py [--pages 50000 200000 1000000] [--lines 30] [--corpora PATH]

Writes corpora of pages made of real lines, a frame of each site's own around lines of anywhere, and runs `detector
sites learn` on them with one worker.  Times are those of the processor, as absolute times on a shared machine mean
little; memory is that of the run and its worker together, looked at twenty times a second.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from speed import pages_of
from throughput import resident

from detector.memory.sites import SiteMemory

FRAME = 12


def make_corpus(path: Path, lines: list[str], n_pages: int, n_lines: int) -> None:
    """Write pages of sites that have from one page to hundreds."""
    rng = random.Random(1)
    n_sites = max(n_pages // 40, 1)
    frames: dict[int, list[str]] = {}
    with path.open("w", encoding="utf-8") as stream:
        for number in range(n_pages):
            site = int(n_sites * rng.random() ** 3)
            frame = frames.setdefault(site, rng.sample(lines, FRAME))
            at = rng.randrange(len(lines) - n_lines)
            # Letters, as digits do not make a line another.
            mark = f"{number:x}".translate(str.maketrans("0123456789", "ghijklmnop"))
            body = [f"{line} {mark}" for line in lines[at : at + n_lines - FRAME]]
            text = "\n".join([*frame[: FRAME // 2], *body, *frame[FRAME // 2 :]])
            record = {"id": number, "url": f"https://www.site{site}.example/{number}", "text": text}
            stream.write(json.dumps(record, ensure_ascii=False) + "\n")


class Run(NamedTuple):
    """A run of the command: seconds of the processor, seconds on the clock, and the most memory in MB."""

    cpu: float
    seconds: float
    peak: float


def learn(source: Path, target: Path) -> Run:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    command = [sys.executable, "-m", "detector", "sites", "learn", str(source), "-o", str(target), "--workers", "1"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, sum(resident(process.pid)))
        time.sleep(0.05)
    assert process.returncode == 0, process.returncode
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(cpu, time.perf_counter() - started, peak)


def reading(source: Path) -> tuple[str, float]:
    """The name of the JSON library and the seconds of the processor that it takes to read the corpus."""
    try:
        import orjson as library
    except ImportError:
        import json as library
    started = time.process_time()
    with source.open("rb") as lines:
        for line in lines:
            library.loads(line)
    return library.__name__, time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, nargs="+", default=[50_000, 200_000])
    parser.add_argument("--lines", type=int, default=30, help="lines of a page")
    parser.add_argument("--corpora", type=Path)
    options = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    texts = [page.text for page in pages_of(options.corpora, 7)]
    lines = [line for text in texts for line in text.split("\n") if line.strip()]
    folder = Path(tempfile.mkdtemp(prefix="memory-"))
    print("| pages | MB | MB/s | reading alone | is faster by | MB of memory | file, MB | sites |\n" + "|---" * 8 + "|")
    try:
        for n_pages in options.pages:
            source, target = folder / "pages.jsonl", folder / "pages.sites"
            make_corpus(source, lines, n_pages, options.lines)
            size = source.stat().st_size / 1e6
            run = learn(source, target)
            library, alone = reading(source)
            print(
                f"| {n_pages:,} | {size:.0f} | {size / run.cpu:.1f} | {library} {size / alone:.0f} | "
                f"{run.cpu / alone:.1f} | {run.peak:.0f} | {target.stat().st_size / 1e6:.1f} | "
                f"{len(SiteMemory.load(target).sites):,} |",
                flush=True,
            )
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
