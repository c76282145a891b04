"""Time and memory as inputs grow, each to the largest that one machine is promised to take.

    python benchmarks/scale.py [--largest 1] [--only lines] [--check]

Each measurement is a process of its own; processor time and peak memory are those above what start-up takes.
The slope is that of the regression line through the logarithms: 1 is linear.  ``--check`` exits with 1 where a
slope of time, or of memory where it may grow at all, is over 1.1.  ``--largest 0.1`` takes a tenth of all sizes.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

STEPS = (0.01, 0.03, 0.1, 0.3, 1.0)
MOST = 1.1
_SENTENCE = "The ferry sank at dawn, the coast guard said on Friday."


def lines(count: int) -> Callable[[], object]:
    """One page of so many lines."""
    from detector import Cleaner

    cleaner, text = Cleaner.load(), "".join(f"{_SENTENCE} {n}\n" if n % 3 else f"Item {n}\n" for n in range(count))
    cleaner.clean("warm")
    return lambda: cleaner.clean(text).text


def line(count: int) -> Callable[[], object]:
    """One line of so many characters."""
    from detector import Cleaner

    cleaner, text = Cleaner.load(), (f"{_SENTENCE} " * (count // len(_SENTENCE) + 1))[:count]
    cleaner.clean("warm")
    return lambda: cleaner.clean(text).text


def elements(count: int) -> Callable[[], object]:
    """One document of HTML of so many elements."""
    from detector import Cleaner

    cleaner, text = Cleaner.load(), "<!doctype html>" + "".join(f"<p class=a>{_SENTENCE} {n}" for n in range(count))
    cleaner.clean("<!doctype html><p>warm")
    return lambda: cleaner.clean(text).text


def pages(count: int) -> Callable[[], object]:
    """A corpus of so many small pages, from JSONL to JSONL."""
    from detector.corpus.run import clean_corpus

    folder = Path(tempfile.mkdtemp())
    with (folder / "in.jsonl").open("w") as stream:
        stream.writelines(json.dumps({"id": n, "text": f"[ad_1]\n{_SENTENCE} {n}\nShare"}) + "\n" for n in range(count))
    return lambda: clean_corpus([str(folder / "in.jsonl")], str(folder / "out.jsonl"), workers=1)


def site(count: int) -> Callable[[], object]:
    """A site of so many distinct lines, a hundred a page, learnt and looked up once."""
    from detector.corpus.learn import learn_sites

    folder = Path(tempfile.mkdtemp())
    names = [f"{a}{b}{c}" for a in "bcdfghklmn" for b in "aeiou" for c in "bdfgklmnprst"]
    with (folder / "in.jsonl").open("w") as stream:
        for page in range(0, count, 100):
            words = (
                " ".join((names[n % 600], names[n // 600 % 600], names[n // 360_000]))
                for n in range(page, min(page + 100, count))
            )
            stream.write(json.dumps({"site": "a", "text": "\n".join(words)}) + "\n")
    return lambda: learn_sites([str(folder / "in.jsonl")], str(folder / "out.sites"), workers=1)


CASES: dict[str, tuple[Callable[[int], Callable[[], object]], int, str]] = {
    "lines": (lines, 1_000_000, "lines of a page"),
    "line": (line, 10_000_000, "characters of a line"),
    "elements": (elements, 200_000, "elements of a document"),
    "pages": (pages, 1_000_000, "pages of a corpus"),
    "site": (site, 1_000_000, "distinct lines of a site"),
}


def slope(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The slope of the regression line through the logarithms."""
    xs, ys = [math.log(size) for size in sizes], [math.log(max(value, 1e-9)) for value in values]
    x, y = sum(xs) / len(xs), sum(ys) / len(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys, strict=True)) / sum((a - x) ** 2 for a in xs)


def measure(name: str, size: int) -> tuple[float, float]:
    """Seconds and megabytes of one case, in a process of its own; those of its workers count."""
    command = [sys.executable, __file__, "--case", name, "--size", str(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    took, peak = map(float, done.stdout.split())
    return took, peak


def _case(name: str, size: int) -> None:
    run = CASES[name][0](size)
    before = _spent()
    started = time.process_time()
    run()
    took = time.process_time() - started + _spent()[0] - before[0]
    print(took, max(_spent()[1:]) / 1024)


def _spent() -> tuple[float, float, float]:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = resource.getrusage(resource.RUSAGE_SELF)
    return children.ru_utime + children.ru_stime, children.ru_maxrss, own.ru_maxrss


def main() -> None:
    """Print a table for each case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--largest", type=float, default=1.0)
    parser.add_argument("--only", choices=CASES)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        _case(options.case, options.size)
        return
    steep = False
    for name in [options.only] if options.only else CASES:
        _, largest, what = CASES[name]
        sizes = [max(1, round(step * largest * options.largest)) for step in STEPS]
        found = []
        print(f"| {what} | seconds | peak MB |\n|---|---|---|")
        for size in sizes:
            found.append(measure(name, size))
            print(f"| {size:,} | {found[-1][0]:.2f} | {found[-1][1]:.0f} |", flush=True)
        of_time, of_memory = (slope(sizes, column) for column in zip(*found, strict=True))
        print(f"| slope | {of_time:.2f} | {of_memory:.2f} |\n", flush=True)
        steep |= of_time > MOST or of_memory > MOST
    if options.check and steep:
        sys.exit(f"a slope is over {MOST}")


if __name__ == "__main__":
    main()
