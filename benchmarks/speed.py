"""Speed of scoring text on one core, beside fastText and jusText in the same run.

    python benchmarks/speed.py [--corpora PATH] [--megabytes 7]

Prints MB of UTF-8 text a second (after loading, best of several passes) and ratios: absolute times on a
shared machine mean little.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from detector import Cleaner
from detector.importers import import_wcxb
from detector.labels import LabelledPage, read_labelled

HERE = Path(__file__).parent


def pages_of(corpora: Path | None, megabytes: float) -> list[LabelledPage]:
    source = import_wcxb(corpora / "wcxb") if corpora else read_labelled([HERE.parent / "data" / "labelled"])
    pages: list[LabelledPage] = []
    size = 0
    for page in source:
        pages.append(page)
        size += len(page.text.encode())
        if size >= megabytes * 1e6:
            break
    while size < megabytes * 1e6:
        pages.append(pages[len(pages) % 97])
        size += len(pages[-1].text.encode())
    return pages


def best_of(passes: int, work: Callable[[], None]) -> float:
    times = []
    for _ in range(passes):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


def train_fasttext(pages: list[LabelledPage]) -> object:
    """The line classifier that fastText's users would train: dimension 16, word bigrams."""
    import fasttext

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        with path.open("w", encoding="utf-8") as stream:
            for page in pages:
                for segment in page.segments:
                    if segment.label:
                        stream.write(f"__label__{segment.label} {segment.text}\n")
        fasttext.FastText.eprint = lambda *args: None
        return fasttext.train_supervised(str(path), dim=16, wordNgrams=2, bucket=200_000, epoch=3, thread=1, verbose=0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpora", type=Path)
    parser.add_argument("--megabytes", type=float, default=7)
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    pages = pages_of(options.corpora, options.megabytes)
    texts = [page.text for page in pages]
    lines = [line for text in texts for line in text.split("\n") if line.strip()]
    size = sum(len(text.encode()) for text in texts) / 1e6
    print(f"{len(texts)} pages, {len(lines)} lines, {size:.1f} MB of text, one core")

    cleaner = Cleaner.load(options.model)

    def detector_scores() -> None:
        for page in cleaner.clean_many(texts):
            page.is_noise.any()

    def detector_cleans() -> None:
        for page in cleaner.clean_many(texts):
            len(page.text)

    speeds = {"detector, verdicts": size / best_of(options.passes, detector_scores)}
    speeds["detector, clean text"] = size / best_of(options.passes, detector_cleans)
    try:
        model = train_fasttext(pages[: len(pages) // 3])
        predict = model.predict  # type: ignore[attr-defined]
        speeds["fastText, lines in one call"] = size / best_of(options.passes, lambda: predict(lines))
    except ImportError:
        print("fastText is not installed: pip install 'detector-lines[bench]'")
    try:
        import justext
        from justext.core import classify_paragraphs, revise_paragraph_classification
        from justext.paragraph import Paragraph

        stoplist = justext.get_stoplist("English")
        share = max(len(texts) // 10, 1)
        sample = texts[:share]
        sample_size = sum(len(text.encode()) for text in sample) / 1e6

        class Block:
            def __init__(self) -> None:
                self.xpath, self.dom = "/p", "p"

        def justext_classifies() -> None:
            for text in sample:
                paragraphs = []
                for line in text.split("\n"):
                    if line.strip():
                        paragraph = Paragraph(Block())
                        paragraph.append_text(line)
                        paragraphs.append(paragraph)
                classify_paragraphs(paragraphs, stoplist)
                revise_paragraph_classification(paragraphs)

        speeds["jusText, paragraphs"] = sample_size / best_of(2, justext_classifies)
    except ImportError:
        print("jusText is not installed: pip install 'detector-lines[bench]'")

    own = speeds["detector, verdicts"]
    print("| tool | MB/s | detector is |\n|---|---|---|")
    for name, speed in speeds.items():
        print(f"| {name} | {speed:.2f} | {own / speed:.2f} times as fast |")


if __name__ == "__main__":
    main()
