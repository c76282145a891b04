"""What a line can be, and the labelled-page file that says so.

A labelled-page file is JSONL in UTF-8, one page a line; ``docs/labelled-pages.md`` describes the
schema.  Lines carry their own text, so labels can never slip against the page they belong to.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from detector.errors import InputError
from detector.files import atomic_writer
from detector.sealed import parse_json
from detector.segment.structure import Structure
from detector.segment.text import is_blank

ARTICLE: Final = "article"
NOISE: Final = "noise"

_MOST_BYTES: Final = 64 << 20  # of one page with all its labels

KINDS: Final = (
    "ad_marker",
    "caption",
    "related_link",
    "share",
    "subscribe",
    "comment_prompt",
    "source_link",
    "copyright",
    "author_box",
    "navigation",
    "promo_spam",
    "cookie",
    "other",
)
"""The kinds of noise, in the order in which models number them."""


@dataclass(frozen=True, slots=True)
class LabelledSegment:
    """A part of a line and what it is.

    Parameters
    ----------
    text
        The characters of the segment, without line ending.
    label
        ``"article"``, ``"noise"``, or None where nobody has said.
    kind
        One of `KINDS` for noise whose kind is known, else None.
    unsure
        The labeller was in doubt: left out of training and of scoring.
    """

    text: str
    label: str | None
    kind: str | None = None
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class LabelledPage:
    """A page with the label of each of its lines.

    ``lines`` holds, for each line of the page in order, its segments: one for most lines, several
    where noise is glued to text, none for a blank line.
    """

    id: str
    lines: tuple[tuple[LabelledSegment, ...], ...]
    site: str = ""
    lang: str = ""
    page_type: str = ""
    source: str = ""
    gold: str | None = None
    weight: float = 1.0
    meta: Mapping[str, Any] = field(default_factory=dict)
    structure: Structure | None = None

    @property
    def text(self) -> str:
        """The page as one text, its lines joined by ``\\n``."""
        return "\n".join("".join(part.text for part in line) for line in self.lines)

    @property
    def segments(self) -> list[LabelledSegment]:
        """The segments of all lines, in order."""
        return [part for line in self.lines for part in line]


def _segment(raw: object, where: str) -> LabelledSegment:
    if not isinstance(raw, dict):
        raise InputError(f"{where}: a line must be an object with a 'text', not {type(raw).__name__}")
    text, label, kind = raw.get("text"), raw.get("label"), raw.get("kind")
    if not isinstance(text, str):
        raise InputError(f"{where}: 'text' must be a string")
    if "\n" in text or "\r" in text:
        raise InputError(f"{where}: 'text' holds a line break; make it two lines")
    if label not in (None, ARTICLE, NOISE):
        raise InputError(f"{where}: 'label' must be 'article', 'noise' or null, not {label!r}")
    if kind == ARTICLE:
        kind = None
    if kind is not None and kind not in KINDS:
        raise InputError(f"{where}: unknown kind {kind!r}; the kinds are {', '.join(KINDS)}")
    if kind is not None and label != NOISE:
        raise InputError(f"{where}: kind {kind!r} on a line that is not labelled 'noise'")
    return LabelledSegment(text, label, kind, bool(raw.get("unsure", False)))


def page_from_dict(raw: object, where: str) -> LabelledPage:
    """Check one parsed JSON record and make it a `LabelledPage`.

    Parameters
    ----------
    raw
        The parsed JSON value.
    where
        Place for error messages, such as ``"pages.jsonl:12"``.

    Raises
    ------
    InputError
        The record does not follow the schema; the message names the place and the reason.
    """
    if not isinstance(raw, dict):
        raise InputError(f"{where}: a page must be a JSON object, not {type(raw).__name__}")
    raw_lines = raw.get("lines")
    if not isinstance(raw_lines, list):
        raise InputError(f"{where}: 'lines' must be a list")
    lines = []
    for number, item in enumerate(raw_lines, 1):
        place = f"{where}, line {number} of the page"
        if isinstance(item, dict) and "parts" in item:
            parts = item["parts"]
            if not isinstance(parts, list):
                raise InputError(f"{place}: 'parts' must be a list")
            segments = tuple(_segment(part, place) for part in parts)
            if any(is_blank(segment.text) for segment in segments):
                raise InputError(f"{place}: a part without visible text; join it to its neighbour")
            lines.append(segments)
        else:
            segment = _segment(item, place)
            lines.append(() if is_blank(segment.text) else (segment,))
    strings = {}
    for name in ("id", "site", "lang", "page_type", "source"):
        value = raw.get(name, "")
        if not isinstance(value, (str, int)):
            raise InputError(f"{where}: {name!r} must be a string")
        strings[name] = str(value)
    gold = raw.get("gold")
    if gold is not None and not isinstance(gold, str):
        raise InputError(f"{where}: 'gold' must be a string")
    weight = raw.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight < 1e6:
        raise InputError(f"{where}: 'weight' must be a number from 0")
    meta = raw.get("meta", {})
    if not isinstance(meta, dict):
        raise InputError(f"{where}: 'meta' must be an object")
    structure = None
    if raw.get("structure") is not None:
        try:
            structure = Structure.from_dict(raw["structure"])
        except ValueError as error:
            raise InputError(f"{where}: 'structure': {error}") from None
        if len(structure.elements) != len(lines):
            raise InputError(f"{where}: 'structure' is of {len(structure.elements)} lines, the page has {len(lines)}")
    return LabelledPage(lines=tuple(lines), gold=gold, weight=float(weight), meta=meta, structure=structure, **strings)


def page_to_dict(page: LabelledPage) -> dict[str, Any]:
    """The JSON record of a page, the inverse of `page_from_dict`; empty fields are left out."""
    record: dict[str, Any] = {"id": page.id}
    for name in ("site", "lang", "page_type", "source"):
        if value := getattr(page, name):
            record[name] = value
    if page.gold is not None:  # an empty one says that nothing on the page is article
        record["gold"] = page.gold
    if page.weight != 1.0:
        record["weight"] = page.weight
    if page.meta:
        record["meta"] = dict(page.meta)
    record["lines"] = [_line_to_dict(line) for line in page.lines]
    if page.structure is not None:
        record["structure"] = page.structure.to_dict()
    return record


def _line_to_dict(line: tuple[LabelledSegment, ...]) -> dict[str, Any]:
    parts = []
    for segment in line:
        part: dict[str, Any] = {"text": segment.text}
        if segment.label:
            part["label"] = segment.label
        if segment.kind:
            part["kind"] = segment.kind
        if segment.unsure:
            part["unsure"] = True
        parts.append(part)
    if not parts:
        return {"text": ""}
    return parts[0] if len(parts) == 1 else {"parts": parts}


def read_labelled(paths: Iterable[Path | str]) -> Iterator[LabelledPage]:
    """Read labelled pages from JSONL files, or from folders of them, in sorted order.

    Raises
    ------
    InputError
        A file cannot be read, or a record is malformed; the message names file, line and reason.
    """
    for where, record in read_records(paths):
        yield page_from_dict(record, where)


def labelled_files(paths: Iterable[Path | str]) -> Iterator[Path]:
    """Find JSONL files, or those of folders, in sorted order.

    Raises
    ------
    InputError
        A folder holds none.
    """
    for path in map(Path, paths):
        files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
        if not files:
            raise InputError(f"{path}: the folder holds no .jsonl file")
        yield from files


def read_records(
    paths: Iterable[Path | str], complain: Callable[[InputError], None] | None = None
) -> Iterator[tuple[str, Any]]:
    """Read the records of JSONL files, or of folders of them, in sorted order.

    Parameters
    ----------
    paths
        Files and folders.
    complain
        Told of lines that are no JSON; by default they raise.

    Yields
    ------
    where, record
        File and line, and the parsed value.

    Raises
    ------
    InputError
        A file cannot be read, or a line is no JSON.
    """
    for file in labelled_files(paths):
        yield from _read_file(file, complain)


def _read_file(path: Path, complain: Callable[[InputError], None] | None) -> Iterator[tuple[str, Any]]:
    try:
        with path.open("rb") as stream:
            for number, raw in enumerate(iter(lambda: stream.readline(_MOST_BYTES + 1), b""), 1):
                if not raw.strip():
                    continue
                where = f"{path}:{number}"
                if len(raw) > _MOST_BYTES:  # what comes next is the rest of it, and no line of its own
                    raise InputError(f"{where}: has more than {_MOST_BYTES >> 20} MB")
                try:
                    record = parse_json(raw, _MOST_BYTES)
                except ValueError as error:
                    failure = InputError(f"{where}: not a JSON record: {error}")
                    if complain is None:
                        raise failure from None
                    complain(failure)
                    continue
                yield where, record
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None


def write_labelled(path: Path | str, pages: Iterable[LabelledPage]) -> int:
    """Write labelled pages as JSONL, atomically; return how many."""
    count = 0
    with atomic_writer(Path(path)) as stream:
        for page in pages:
            line = json.dumps(page_to_dict(page), ensure_ascii=False) + "\n"
            stream.write(line.encode("utf-8", "surrogatepass"))
            count += 1
    return count
