"""Labelled pages from the layouts in which people have them.

Gold text is aligned to lines (`detector.align`), so nobody has to label lines by hand.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from detector.align import align
from detector.errors import InputError
from detector.labels import ARTICLE, KINDS, NOISE, LabelledPage, LabelledSegment
from detector.segment.html import HtmlText, read_html
from detector.segment.structure import Structure
from detector.segment.text import is_blank, split_lines
from detector.sites import site_of
from detector.training.weak import weak_kind

MAX_PAGE_BYTES: Final = 64 << 20
"""A compressed page that unpacks to more than this is refused."""

_PAGE_SUFFIXES: Final = (".html.gz", ".htm.gz", ".html", ".htm", ".txt", ".md")


def _load_json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON: {error}") from None


def _load_bytes(path: Path) -> bytes:
    try:
        if path.suffix != ".gz":
            return path.read_bytes()
        with gzip.open(path) as stream:
            data = stream.read(MAX_PAGE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read: {error}") from None
    if len(data) > MAX_PAGE_BYTES:
        raise InputError(f"{path}: unpacks to more than {MAX_PAGE_BYTES >> 20} MB")
    return data


def _load_text(path: Path) -> str:
    return _load_bytes(path).decode("utf-8-sig", "replace")


def _read_page(path: Path) -> HtmlText:
    """The lines of a page, with their structure where it is HTML."""
    if any(path.name.endswith(suffix) for suffix in (".html", ".htm", ".html.gz", ".htm.gz")):
        data = _load_bytes(path)
        try:
            return read_html(data)
        except InputError as error:
            raise InputError(f"{path}: {error}") from None
    return HtmlText(tuple(split_lines(_load_text(path))), Structure())


class _Aligned(NamedTuple):
    lines: tuple[tuple[LabelledSegment, ...], ...]
    oracle_f1: float
    structure: Structure | None


def _aligned(page: HtmlText, gold: str) -> _Aligned:
    alignment = align(page.lines, gold)
    structure = page.structure if page.structure.elements else None
    labelled: list[tuple[LabelledSegment, ...]] = []
    for row, (line, article) in enumerate(zip(page.lines, alignment.is_article, strict=True)):
        if is_blank(line):
            labelled.append(())
        elif article:
            labelled.append((LabelledSegment(line, ARTICLE),))
        else:
            kind = weak_kind(line, structure, row) if structure else None
            labelled.append((LabelledSegment(line, NOISE, kind),))
    return _Aligned(tuple(labelled), round(alignment.oracle_f1, 4), structure)


def import_wcxb(root: Path, split: str = "dev") -> Iterator[LabelledPage]:
    """Pages of WCXB's layout: ``metadata.json``, ``<split>/html/*.html.gz``, ``<split>/ground-truth/*.json``.

    ``meta["oracle_f1"]`` says how well the labels rebuild the gold text.
    """
    metadata = _load_json(root / "metadata.json")
    files = metadata.get("files") if isinstance(metadata, dict) else None
    if not isinstance(files, dict) or not all(isinstance(entry, dict) for entry in files.values()):
        raise InputError(f"{root / 'metadata.json'}: has no 'files' as WCXB's has")
    names = sorted(name for name, entry in files.items() if entry.get("split") == split)
    if not names:
        raise InputError(f"{root / 'metadata.json'}: lists no page of the split {split!r}")
    for name in names:
        truth = _load_json(root / split / "ground-truth" / f"{name}.json")
        gold = truth.get("ground_truth", {}).get("main_content") or ""
        aligned = _aligned(_read_page(root / split / "html" / f"{name}.html.gz"), gold)
        site = site_of(truth.get("url") or "") or files[name].get("domain") or name
        yield LabelledPage(
            id=f"wcxb-{name}",
            lines=aligned.lines,
            site=site,
            page_type=files[name].get("page_type", ""),
            source="wcxb",
            gold=gold,
            meta={"oracle_f1": aligned.oracle_f1},
            structure=aligned.structure,
        )


def import_reposts(root: Path) -> Iterator[LabelledPage]:
    """Pages with hand labels beside them: ``raw/<id>.txt`` and ``labels/<id>.json``.

    The labels go with the non-blank lines in order.
    """
    paths = sorted((root / "labels").glob("*.json"))
    if not paths:
        raise InputError(f"{root / 'labels'}: holds no .json file")
    for path in paths:
        record = _load_json(path)
        text = _load_bytes(root / "raw" / f"{path.stem}.txt").decode("utf-8", "replace")
        labels = iter(record.get("lines", []))
        lines: list[tuple[LabelledSegment, ...]] = []
        for line in split_lines(text):
            if not line.strip():
                lines.append(())
                continue
            label = next(labels, None)
            if label is None:
                raise InputError(f"{path}: fewer labels than the page has non-blank lines")
            kind = label.get("kind")
            kind = kind if kind in KINDS and label.get("label") == NOISE else None
            segment = LabelledSegment(line, label.get("label"), kind, bool(label.get("unsure")))
            lines.append(() if is_blank(line) else (segment,))
        if next(labels, None) is not None:
            raise InputError(f"{path}: more labels than the page has non-blank lines")
        yield LabelledPage(
            id=f"reposts-{path.stem}",
            lines=tuple(lines),
            site=record.get("site", ""),
            lang=record.get("lang", ""),
            page_type="article",
            source="reposts",
        )


def import_gold_folder(
    pages: Path, gold: Path | None = None, source: str = "", site: str | None = None
) -> Iterator[LabelledPage]:
    """Pages with their gold text in a file of the same stem.

    Parameters
    ----------
    pages
        Folder of ``.html`` (also ``.html.gz``), ``.txt`` or ``.md`` pages.
    gold
        Folder of ``<stem>.txt`` gold texts; by default the pages' own folder, where the gold text of
        ``page.html`` is ``page.txt`` or ``page.gold.txt``.
    source
        Name kept with each page.
    site
        The site of all pages; by default each is one of its own.
    """
    if not pages.is_dir():
        raise InputError(f"{pages}: is not a folder of pages")
    count = 0
    for path in sorted(pages.iterdir()):
        suffix = next((suffix for suffix in _PAGE_SUFFIXES if path.name.endswith(suffix)), None)
        if suffix is None or not path.is_file() or path.name.endswith(".gold.txt"):
            continue
        stem = path.name.removesuffix(suffix)
        candidates = [(gold or pages) / f"{stem}.gold.txt"]
        if gold is not None or suffix != ".txt":
            candidates.append((gold or pages) / f"{stem}.txt")
        truth = next((candidate for candidate in candidates if candidate.is_file()), None)
        if truth is None:
            if gold is None and suffix == ".txt":
                continue  # the gold text of a page beside it
            raise InputError(f"{path}: no gold text beside it (looked for {' and '.join(map(str, candidates))})")
        gold_text = _load_text(truth)
        aligned = _aligned(_read_page(path), gold_text)
        count += 1
        yield LabelledPage(
            id=stem,
            lines=aligned.lines,
            site=stem if site is None else site,
            source=source or pages.name,
            gold=gold_text,
            meta={"oracle_f1": aligned.oracle_f1},
            structure=aligned.structure,
        )
    if not count:
        raise InputError(f"{pages}: no page with a gold text beside it")


_SPACE: Final = re.compile(r"\s+")
_MIN_SILVER_LINES: Final = 3


def import_snippets(root: Path, extract: Callable[[bytes], str] | None = None) -> Iterator[LabelledPage]:
    """Pages of trafilatura's evaluation set: ``evaldata.json`` and ``html/*.html.gz``.

    Lines that hold a snippet are labelled: ``with`` is article, ``without`` is noise.  ``meta`` keeps
    the snippets, by which the set is scored.

    Parameters
    ----------
    root
        Folder of the set.
    extract
        Makes a clean text of a page's HTML, to which the other lines are aligned for silver labels;
        by default they stay unlabelled.
    """
    records = _load_json(root / "evaldata.json")
    for url, record in sorted(records.items(), key=lambda item: str(item[1].get("file"))):
        path = root / "html" / f"{record['file']}.gz"
        if not path.is_file():
            continue
        wanted = [_SPACE.sub(" ", snippet) for snippet in record.get("with") or []]
        unwanted = [_SPACE.sub(" ", snippet) for snippet in record.get("without") or []]
        page = _read_page(path)
        silver = _silver_labels(page.lines, extract(_load_bytes(path)) if extract else "")
        lines: list[tuple[LabelledSegment, ...]] = []
        for row, (line, guess) in enumerate(zip(page.lines, silver, strict=True)):
            label = _snippet_label(line, wanted, unwanted) or guess
            kind = weak_kind(line, page.structure, row) if label == NOISE else None
            lines.append(() if is_blank(line) else (LabelledSegment(line, label, kind),))
        yield LabelledPage(
            id=f"snippets-{path.name.removesuffix('.html.gz')}",
            lines=tuple(lines),
            site=site_of(url) or (urlsplit(url).hostname or ""),
            page_type="article",
            source="trafilatura-eval",
            meta={"with": wanted, "without": unwanted},
            structure=page.structure,
        )


def _silver_labels(lines: Sequence[str], text: str) -> list[str | None]:
    """Labels by the text that an extractor found, none when it found next to nothing."""
    article = align(lines, text).is_article if text else []
    if sum(article) < _MIN_SILVER_LINES:
        return [None] * len(lines)
    return [ARTICLE if found else NOISE for found in article]


def _snippet_label(text: str, wanted: list[str], unwanted: list[str]) -> str | None:
    holds_wanted = any(snippet in text for snippet in wanted)
    holds_unwanted = any(snippet in text for snippet in unwanted)
    if holds_wanted == holds_unwanted:
        return None
    return ARTICLE if holds_wanted else NOISE


def import_scrapinghub(root: Path) -> Iterator[LabelledPage]:
    """Pages of Scrapinghub's article-extraction-benchmark: ``ground-truth.json`` and ``html/*.html.gz``."""
    for name, record in sorted(_load_json(root / "ground-truth.json").items()):
        gold = record.get("articleBody") or ""
        aligned = _aligned(_read_page(root / "html" / f"{name}.html.gz"), gold)
        yield LabelledPage(
            id=f"scrapinghub-{name}",
            lines=aligned.lines,
            site=site_of(record.get("url") or "") or name,
            page_type="article",
            source="scrapinghub",
            gold=gold,
            meta={"oracle_f1": aligned.oracle_f1},
            structure=aligned.structure,
        )


LAYOUTS: Final[dict[str, Callable[[Path], Iterator[LabelledPage]]]] = {
    "wcxb": import_wcxb,
    "reposts": import_reposts,
    "snippets": import_snippets,
    "scrapinghub": import_scrapinghub,
    "gold": import_gold_folder,
}
"""Importer of each known layout, by the name the command line gives it."""
