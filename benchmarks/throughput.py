"""Cleaning a corpus end to end, beside what bounds it and beside its peers, in one run.

    python benchmarks/throughput.py [--megabytes 1000] [--corpora PATH] [--memory-megabytes 100 2000]

Makes a JSONL corpus of real-shaped pages, then measures on it: the library's call on one core; reading and writing
without cleaning (orjson); the command with one and with two workers; fastText, jusText and datatrove's own filters
on a sample.  Prints ratios: absolute times on a shared machine mean little.  Memory is that of the largest process
that cleans, looked at five times a second; "then" is the most in the second half of the run.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from speed import best_of, pages_of, train_fasttext

from detector import Cleaner

SAMPLE = 7e6  # bytes of text for what is measured by library calls


def make_corpus(path: Path, texts: list[str], megabytes: float) -> None:
    """Write pages: the texts again and again, each time cut elsewhere and with other numbers."""
    rng = random.Random(1)
    size = number = 0
    with path.open("wb") as stream:
        while size < megabytes * 1e6:
            lines = rng.choice(texts).split("\n")
            at = rng.randrange(len(lines))
            text = "\n".join(lines[at:] + lines[:at]).replace("1", str(rng.randrange(10)))
            url = f"https://www.site{number % 997}.example/{number}"
            record = json.dumps({"id": number, "url": url, "text": text}, ensure_ascii=False).encode() + b"\n"
            stream.write(record)
            size += len(record)
            number += 1


class Run(NamedTuple):
    """A run of the command: seconds, the largest worker in MB, and the largest of the second half."""

    seconds: float
    peak: float
    then: float


def run_command(source: Path, target: Path, workers: int) -> Run:
    command = [sys.executable, "-m", "detector", "clean", str(source), "-o", str(target), "--workers", str(workers)]
    started = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    seen: list[tuple[float, float]] = []
    while process.poll() is None:
        seen.append((time.perf_counter() - started, max(resident(process.pid), default=0.0)))
        time.sleep(0.2)
    seconds = time.perf_counter() - started
    assert process.returncode == 0, process.returncode
    return Run(seconds, max(mb for _, mb in seen), max(mb for at, mb in seen if at >= seconds / 2))


def resident(pid: int) -> Iterator[float]:
    """MB that a process and its children hold."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        yield int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (OSError, IndexError):
        return
    for child in children:
        yield from resident(int(child))


def copy_with_orjson(source: Path, target: Path) -> None:
    import orjson

    with source.open("rb") as lines, target.open("wb") as out:
        for line in lines:
            out.write(orjson.dumps(orjson.loads(line)) + b"\n")


def score_seconds(texts: list[str]) -> float:
    """Seconds that one process takes to score texts, after loading."""
    cleaner = Cleaner.load()
    list(cleaner.clean_many(texts[:50]))
    return timed(lambda: [page.is_noise.any() for page in cleaner.clean_many(texts)])


def gain_of_two(texts: list[str]) -> float:
    """How much more two processes that share nothing get done than one: all that this machine's second core gives."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(score_seconds, [texts[:100]] * 2))
        alone = min(pool.submit(score_seconds, texts).result() for _ in range(2))
        return 2 * alone / max(pool.map(score_seconds, [texts] * 2))


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def peers(texts: list[str], labelled: list[object]) -> Iterator[tuple[str, float]]:
    """Names and MB a second of the tools that are installed."""
    size = sum(len(text.encode()) for text in texts) / 1e6
    lines = [line for text in texts for line in text.split("\n") if line.strip()]
    try:
        model = train_fasttext(labelled)  # type: ignore[arg-type]
        predict = model.predict  # type: ignore[attr-defined]
        yield "fastText, the same lines", size / best_of(3, lambda: predict(lines))
    except ImportError:
        print("fastText is not installed: pip install 'detector-lines[bench]'", file=sys.stderr)
    few = texts[: max(len(texts) // 10, 1)]
    few_size = sum(len(text.encode()) for text in few) / 1e6
    try:
        import justext

        stoplist = justext.get_stoplist("English")
        pages = ["".join(f"<p>{line}</p>" for line in text.split("\n")) for text in few]
        yield (
            "jusText, HTML of them",
            few_size / best_of(2, lambda: [justext.justext(page, stoplist) for page in pages]),
        )
    except ImportError:
        print("jusText is not installed: pip install 'detector-lines[bench]'", file=sys.stderr)
    try:
        from datatrove.data import Document
        from datatrove.pipeline.filters import C4QualityFilter, FineWebQualityFilter, GopherQualityFilter
    except ImportError:
        print("datatrove is not installed: pip install 'detector-lines[datatrove]'", file=sys.stderr)
        return
    for name, make in (
        ("datatrove, C4 lines", lambda: C4QualityFilter(filter_no_terminal_punct=True, min_num_sentences=-1)),
        ("datatrove, C4 with sentences", lambda: C4QualityFilter(filter_no_terminal_punct=True)),
        ("datatrove, Gopher quality", GopherQualityFilter),
        ("datatrove, FineWeb quality", FineWebQualityFilter),
    ):
        try:
            step = make()
            yield name, few_size / best_of(2, lambda step=step: [step.filter(Document(text, "")) for text in few])
        except Exception as error:  # what it needs besides, such as a tokenizer's data
            print(f"{name}: {type(error).__name__}: {str(error)[:80]}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=float, default=1000)
    parser.add_argument("--corpora", type=Path)
    parser.add_argument("--memory-megabytes", type=float, nargs="*", default=[])
    options = parser.parse_args()
    labelled = pages_of(options.corpora, SAMPLE / 1e6)
    texts = [page.text for page in labelled]
    size = sum(len(text.encode()) for text in texts) / 1e6
    cleaner = Cleaner.load()
    list(cleaner.clean_many(texts[:50]))
    scoring = size / best_of(3, lambda: [page.is_noise.any() for page in cleaner.clean_many(texts)])
    print("| on one core, in one run | MB/s | scoring is |\n|---|---|---|")
    print(f"| scoring, library call | {scoring:.2f} | 1 |", flush=True)
    for name, speed in peers(texts, labelled):  # type: ignore[arg-type]
        print(f"| {name} | {speed:.2f} | {scoring / speed:.2f} times as fast |", flush=True)

    folder = Path(tempfile.mkdtemp(prefix="throughput-"))
    try:
        source = folder / "pages.jsonl"
        make_corpus(source, texts, options.megabytes)
        megabytes = source.stat().st_size / 1e6
        print(
            f"\n{megabytes:.0f} MB of JSONL\n\n| end to end | seconds | MB/s | worker MB | then |\n" + "|---" * 5 + "|"
        )
        try:
            floor = timed(lambda: copy_with_orjson(source, folder / "copy.jsonl"))
            print(f"| orjson, read and write | {floor:.1f} | {megabytes / floor:.1f} | | |", flush=True)
        except ImportError:
            print("orjson is not installed", file=sys.stderr)
        (folder / "copy.jsonl").unlink(missing_ok=True)

        def score_all() -> None:
            with source.open("rb") as lines:
                for page in cleaner.clean_many(json.loads(line)["text"] for line in lines):
                    page.is_noise.any()

        alone = timed(score_all)
        print(f"| scoring alone | {alone:.1f} | {megabytes / alone:.2f} | | |", flush=True)
        runs = {}
        for workers in (1, 2):
            runs[workers] = run = run_command(source, folder / f"{workers}.jsonl", workers)
            print(
                f"| detector clean, {workers} worker{'s' * (workers > 1)} | {run.seconds:.1f} | "
                f"{megabytes / run.seconds:.2f} | {run.peak:.0f} | {run.then:.0f} |",
                flush=True,
            )
        same = (folder / "1.jsonl").read_bytes() == (folder / "2.jsonl").read_bytes()
        print(f"\none worker against scoring alone: {runs[1].seconds / alone:.2f} times its time")
        print(f"two workers against one: {runs[1].seconds / runs[2].seconds:.2f} times as fast; same bytes: {same}")
        print(f"two processes that share nothing against one: {gain_of_two(texts):.2f} times as fast")
        for wanted in options.memory_megabytes:
            make_corpus(source, texts, wanted)
            run = run_command(source, folder / "1.jsonl", 2)
            print(f"memory at {wanted:.0f} MB: {run.peak:.0f} MB, then {run.then:.0f} MB", flush=True)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
