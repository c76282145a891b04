"""The pages that the shipped model is trained on, and how much each corpus weighs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from joblib import Parallel, delayed

from detector.errors import InputError
from detector.importers import import_reposts, import_snippets, import_wcxb
from detector.labels import LabelledPage, read_labelled

AUTHORED_WEIGHT: Final = 2.0
REPOSTS_WEIGHT: Final = 2.0


_SOURCE_DATA: Final = Path(__file__).parent.parent.parent / "data"
_SHIPPED_DATA: Final = Path(__file__).parent.parent / "data"


def data_folder() -> Path:
    """Where the project's own labelled pages and phrases are: in the installed package, or in a source tree."""
    return _SHIPPED_DATA if _SHIPPED_DATA.is_dir() else _SOURCE_DATA


class Corpus(NamedTuple):
    """Pages of one source and what a model card says of them."""

    name: str
    licence: str
    pages: list[LabelledPage]

    def summary(self) -> dict[str, Any]:
        """Name, licence, sizes and a fingerprint of text and labels."""
        digest = hashlib.sha256()
        for page in self.pages:
            digest.update(repr((page.id, page.lines)).encode("utf-8", "surrogatepass"))
        return {
            "name": self.name,
            "licence": self.licence,
            "pages": len(self.pages),
            "sites": len({page.site for page in self.pages}),
            "lines": sum(len(page.segments) for page in self.pages),
            "sha256": digest.hexdigest()[:16],
        }


def extract_with_peer(html: bytes) -> str:
    """The main text as trafilatura sees it: silver labels where a corpus has only snippets.

    Raises
    ------
    InputError
        trafilatura is not installed.
    """
    try:
        import trafilatura
    except ImportError as error:
        raise InputError(f"this corpus needs trafilatura: pip install 'detector-lines[train]' ({error})") from None
    return trafilatura.extract(html, include_comments=False) or ""


def _import_with_silver(root: Path) -> Iterator[LabelledPage]:
    return import_snippets(root, extract_with_peer)


class _Source(NamedTuple):
    name: str
    licence: str
    weight: float
    reader: Callable[[Path], Iterable[LabelledPage]]

    def read(self, root: Path) -> list[LabelledPage]:
        """Its pages, weighed."""
        return [replace(page, weight=self.weight) for page in self.reader(root)]


_SOURCES: Final = (
    _Source(
        "wcxb",
        "CC-BY-4.0, Murrough Foley, WCXB: Web Content Extraction Benchmark, development split",
        1.0,
        import_wcxb,
    ),
    _Source("reposts", "third-party text, labels free", REPOSTS_WEIGHT, import_reposts),
    _Source(
        "trafilatura-eval",
        "annotations Apache-2.0, pages third-party; unlabelled lines labelled by trafilatura",
        1.0,
        _import_with_silver,
    ),
)


def load_corpora(
    data: Path, corpora: Path | None, progress: Callable[[str], None] = lambda message: None, *, n_jobs: int = 2
) -> list[Corpus]:
    """Read the training pages.

    Parameters
    ----------
    data
        The project's ``data`` folder.
    corpora
        Folder with ``wcxb``, ``reposts`` and ``trafilatura-eval``; those that are there are used.
    progress
        Called with a line of text at each step.
    n_jobs
        Processes, each of which reads a corpus.

    Raises
    ------
    InputError
        `corpora` holds none of them, or a file of theirs cannot be read.
    """
    authored = [replace(page, weight=AUTHORED_WEIGHT) for page in read_labelled([data / "labelled"])]
    found = [Corpus("authored", "Apache-2.0, written for this project", authored)]
    if corpora is None:
        return found
    there = [source for source in _SOURCES if (corpora / source.name).is_dir()]
    if not there:
        raise InputError(f"{corpora}: holds none of {', '.join(source.name for source in _SOURCES)}")
    progress(f"reading {', '.join(source.name for source in there)}")
    pages = Parallel(n_jobs)(delayed(source.read)(corpora / source.name) for source in there)
    return found + [Corpus(source.name, source.licence, read) for source, read in zip(there, pages, strict=True)]
