"""Published main-content extractors and this project: quality and speed in one run.

    python benchmarks/folds.py --corpora PATH --texts texts.jsonl
    python benchmarks/extractors.py --corpora PATH --ours texts.jsonl --docs

This project's texts are those of models that have not seen the page's site; without ``--ours`` such models
are trained first.  docs/extractors.md says what is measured.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import platform
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # the modules beside this one, run as a script or imported by tests

from threadpoolctl import threadpool_limits

from benchmarks import report
from benchmarks.peers import PEERS, Peer, load_peers
from benchmarks.scores import Judge, Score, figures, n_pages
from detector import Cleaner, __version__
from detector.importers import import_scrapinghub, import_snippets, import_wcxb
from detector.labels import LabelledPage

OWN: Final = "detector"
SINGLY: Final = "detector, one page a call"
SPEED_EVERY: Final = 10
ROUNDS: Final = 2
CHUNK: Final = 25

SOURCES: Final[Mapping[str, tuple[Callable[[Path], Iterator[LabelledPage]], str, str]]] = {
    "wcxb": (import_wcxb, "wcxb-", "dev/html"),
    "scrapinghub": (import_scrapinghub, "scrapinghub-", "html"),
    "trafilatura-eval": (import_snippets, "snippets-", "html"),
}
"""For each benchmark its importer, what that puts before a page's name, and the folder of the documents."""


def read_pages(corpora: Path, every: int) -> Iterator[tuple[int, LabelledPage, bytes]]:
    """Each benchmark's number, page and document, of every so many pages."""
    for source, (importer, prefix, folder) in SOURCES.items():
        root = corpora / source
        if not root.is_dir():
            continue
        for number, page in enumerate(importer(root)):
            if number % every == 0:
                path = root / folder / f"{page.id.removeprefix(prefix)}.html.gz"
                yield number, page, gzip.decompress(path.read_bytes())


def read_own(path: Path) -> dict[str, str]:
    """Clean texts by page, as benchmarks/folds.py writes them: of the HTML where there is one."""
    texts: dict[str, str] = {}
    by_html: set[str] = set()
    with path.open(encoding="utf-8") as stream:
        for record in map(json.loads, stream):
            if record["html"] or record["id"] not in by_html:
                texts[record["id"]] = record["text"]
            if record["html"]:
                by_html.add(record["id"])
    return texts


def make_own(corpora: Path, progress: Callable[[str], None]) -> dict[str, str]:
    """Clean texts by page from models that have not seen the page's site, as in benchmarks/folds.py."""
    from detector.classifier import LineClassifier
    from detector.training.crossval import out_of_fold
    from detector.training.recipe import load_corpora

    data = HERE.parent / "data"
    pages = [page for corpus in load_corpora(data, corpora, progress) for page in corpus.pages]
    other = list(import_scrapinghub(corpora / "scrapinghub")) if (corpora / "scrapinghub").is_dir() else []
    texts: dict[str, str] = {}
    # Each page comes as text and, where it has a structure, once more as HTML: the later one stays.
    for page, clean in out_of_fold(pages, LineClassifier(phrases=data / "phrases"), also=other, progress=progress):
        if clean.page.structure is not None or page.id not in texts:
            texts[page.id] = clean.text
    return texts


def time_chunks(
    chunks: Iterable[Sequence[bytes]], runs: Mapping[str, Callable[[Sequence[bytes]], object]], rounds: int = ROUNDS
) -> dict[str, float]:
    """Seconds of processor time of each run on all chunks.

    The runs take turns at each chunk, and the best of the rounds counts, so that a busy moment of the
    machine meets all of them or none.
    """
    seconds = dict.fromkeys(runs, 0.0)
    with threadpool_limits(1):
        for chunk in chunks:
            best = dict.fromkeys(runs, float("inf"))
            for _ in range(rounds):
                for name, run in runs.items():
                    started = time.process_time()
                    run(chunk)
                    best[name] = min(best[name], time.process_time() - started)
            for name, value in best.items():
                seconds[name] += value
    return seconds


def time_all(
    pages: Sequence[bytes], peers: Sequence[Peer], cleaner: Cleaner, progress: Callable[[str], None]
) -> dict[str, float]:
    """Milliseconds a page from bytes of HTML to clean text."""

    def calls(peer: Peer) -> Callable[[Sequence[bytes]], object]:
        return lambda chunk: [peer.text(html, "wcxb") for html in chunk]

    runs = {peer.name: calls(peer) for peer in peers}
    runs[OWN] = lambda chunk: [page.text for page in cleaner.clean_many(chunk, format="html")]
    runs[SINGLY] = lambda chunk: [cleaner.clean(html, format="html").text for html in chunk]
    for run in runs.values():  # what is loaded or compiled at the first call
        run(pages[:1])

    def chunks() -> Iterator[Sequence[bytes]]:
        for start in range(0, len(pages), CHUNK):
            progress(f"speed: page {start} of {len(pages)}")
            yield pages[start : start + CHUNK]

    return {name: 1000 * seconds / len(pages) for name, seconds in time_chunks(chunks(), runs).items()}


def summary(
    rows: Mapping[str, Mapping[str, float]],
    versions: Mapping[str, str],
    pages: Mapping[str, int],
    notes: Sequence[str],
) -> str:
    """What stands under the tables, and the tables."""
    counts = ", ".join(f"{count:,} of {source}" for source, count in pages.items())
    lines = [f"Pages: {counts}. Python {platform.python_version()}, {platform.machine()}.", *notes]
    return f"{report.tables(rows, versions, OWN)}\n\n" + "\n".join(f"* {line}" for line in lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--ours", type=Path, help="this project's texts, as benchmarks/folds.py --texts writes them")
    parser.add_argument("--model", type=Path, help="the model whose speed is measured, by default the shipped one")
    parser.add_argument("--every", type=int, default=1, help="only every so many pages")
    parser.add_argument("--only", nargs="+", choices=PEERS, default=(), help="only these peers, beside this project")
    parser.add_argument("--docs", action="store_true", help="write docs/extractors.md and docs/extractors.svg too")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    options = parser.parse_args()
    started = time.monotonic()

    def progress(message: str) -> None:
        print(f"[{time.monotonic() - started:7.1f} s] {message}", file=sys.stderr, flush=True)

    logging.disable()  # the peers log what they make of a page
    warnings.simplefilter("ignore")
    cleaner = Cleaner.load(options.model)
    peers, skipped = load_peers(options.only)
    for name, reason in skipped.items():
        progress(f"{name} skipped: {reason}")
    own = read_own(options.ours) if options.ours else make_own(options.corpora, progress)

    scores: dict[str, list[Score]] = {name: [] for name in (OWN, *(peer.name for peer in peers))}
    failed: Counter[str] = Counter()
    sample: list[bytes] = []
    for done, (number, page, html) in enumerate(read_pages(options.corpora, options.every)):
        if done % 50 == 0:
            progress(f"quality: page {done}, {page.id}")
        if page.source == "wcxb" and number % SPEED_EVERY == 0:
            sample.append(html)
        if page.id not in own:
            raise SystemExit(f"{options.ours}: has no text of {page.id}: run benchmarks/folds.py on all folds")
        judge = Judge(page)
        scores[OWN].append(judge.score(own[page.id]))
        for peer in peers:
            text = peer.text(html, page.source)
            failed[peer.name] += text is None
            scores[peer.name].append(judge.score(text or ""))
    if not scores[OWN]:
        raise SystemExit(f"{options.corpora}: holds none of {', '.join(SOURCES)}")

    rows = {name: figures(of_peer) for name, of_peer in scores.items()}
    notes = [f"{name} skipped: {reason}." for name, reason in skipped.items()]
    notes += [f"{name} failed on {count} pages, which count as empty." for name, count in failed.items() if count]
    if sample:
        times = time_all(sample, peers, cleaner, progress)
        singly = times.pop(SINGLY)
        notes.insert(0, f"Times: {len(sample)} pages of WCXB dev; {OWN} called page by page: {singly:.1f} ms.")
        for name, value in times.items():
            rows[name]["ms"] = value
    versions = {peer.name: peer.version for peer in peers} | {OWN: __version__}
    pages = n_pages(scores[OWN])
    text = summary(rows, versions, pages, notes)
    print(text)
    if options.json:
        options.json.write_text(json.dumps({"pages": pages, "versions": versions, "figures": rows}, indent=1), "utf-8")
    if options.docs:
        points = {name: (row["ms"], row["wcxb"]) for name, row in rows.items() if "ms" in row and "wcxb" in row}
        picture = "![Word F1 against milliseconds a page](extractors.svg)"
        report.write(HERE.parent / "docs", f"{picture}\n\n{text}", report.plot(points, OWN))
    progress("done")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
