"""Labels as people give them: what contradicts itself or its page is named and left out, the rest is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from detector.errors import InputError
from detector.labels import ARTICLE, NOISE, LabelledPage, LabelledSegment, page_from_dict, read_records
from detector.page import Page
from detector.segment.text import is_blank, split_lines

_SHOWN: Final = 40

Line = tuple[LabelledSegment, ...]


@dataclass(slots=True)
class _Draft:
    """A page whose labels are being put together; `labels` has the labels of each line that has any."""

    page: LabelledPage
    labels: dict[int, Line]
    torn: set[int]  # lines with two different labels


def gather_labels(
    paths: Iterable[Path | str], pages: Mapping[str, Page] | None = None
) -> tuple[list[LabelledPage], list[str]]:
    """Read labelled pages, and labels of single lines, and put those of one page together.

    A label of a single line is a record with ``page`` (the id of one of `pages`), ``line`` (its number, from 1),
    ``label``, and where known ``kind`` and ``text``.

    Parameters
    ----------
    paths
        JSONL files, or folders of them.
    pages
        The pages as they are, by id, where they are at hand: labels must fit them.

    Returns
    -------
    pages
        In the order in which they come.
    complaints
        One line for each label or record that was left out.

    Raises
    ------
    InputError
        A file cannot be read.
    """
    complaints: list[str] = []
    drafts: dict[tuple[str, str], _Draft] = {}
    for where, record in read_records(paths, lambda error: complaints.append(str(error))):
        try:
            if isinstance(record, dict) and "line" in record and "lines" not in record:
                _add_line(record, where, drafts, pages or {}, complaints)
            else:
                _add_page(page_from_dict(record, where), where, drafts, pages or {}, complaints)
        except InputError as error:
            complaints.append(str(error))
    return [_finished(draft) for draft in drafts.values()], complaints


def _add_page(
    page: LabelledPage,
    where: str,
    drafts: dict[tuple[str, str], _Draft],
    pages: Mapping[str, Page],
    complaints: list[str],
) -> None:
    name = (page.site, page.id or where)
    draft = drafts.get(name)
    if draft is None:
        bare = page if page.id not in pages else _bare(pages[page.id], page)
        draft = drafts[name] = _Draft(bare, {}, set())
    for number, line in enumerate(page.lines, 1):
        if any(part.label is not None for part in line):
            _add(draft, number, line, where, complaints)


def _add_line(
    record: Mapping[str, Any],
    where: str,
    drafts: dict[tuple[str, str], _Draft],
    pages: Mapping[str, Page],
    complaints: list[str],
) -> None:
    name, number, label = record.get("page"), record["line"], record.get("label")
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise InputError(f"{where}: 'line' must be the number of a line, from 1")
    if label not in (ARTICLE, NOISE):
        raise InputError(f"{where}: 'label' must be 'article' or 'noise', not {label!r}")
    if not isinstance(name, str) or name not in pages:
        raise InputError(f"{where}: there is no page {name!r} (--pages names the pages that single lines are of)")
    page = pages[name]
    draft = drafts.setdefault((page.site or "", name), _Draft(_bare(page), {}, set()))
    own = _text(draft.page.lines, number)
    kind = record.get("kind") if label == NOISE else None
    given = {"lines": [{"text": record.get("text", own or ""), "label": label, "kind": kind}]}
    _add(draft, number, page_from_dict(given, where).lines[0], where, complaints)


def _bare(page: Page, labelled: LabelledPage | None = None) -> LabelledPage:
    """A page without labels."""
    lines = tuple(() if is_blank(line) else (LabelledSegment(line, None),) for line in split_lines(page.text))
    if page.structure is not None:
        lines = lines[: len(page.structure.elements)]
    known = labelled or LabelledPage(page.id, (), site=page.site or "")
    return replace(known, lines=lines, structure=page.structure)


def _text(lines: tuple[Line, ...], number: int) -> str | None:
    """The text of a line; None past the end."""
    return "".join(part.text for part in lines[number - 1]) if number <= len(lines) else None


def _add(draft: _Draft, number: int, line: Line, where: str, complaints: list[str]) -> None:
    """Take in the labels of a line, unless they contradict the page or each other."""
    place = f"{where}: page {draft.page.id!r}, line {number}"
    own, given = _text(draft.page.lines, number), "".join(part.text for part in line)
    if own is None:
        complaints.append(f"{place}: the page has {len(draft.page.lines)} lines; the label is left out")
    elif own.strip() != given.strip():
        complaints.append(f"{place}: reads {own.strip()[:_SHOWN]!r}, not {given.strip()[:_SHOWN]!r}; left out")
    elif number in draft.labels and _verdicts(draft.labels[number]) != _verdicts(line):
        complaints.append(f"{place}: {own.strip()[:_SHOWN]!r} is labelled article and noise; left out")
        draft.torn.add(number)
    else:
        draft.labels[number] = line


def _verdicts(line: Line) -> list[tuple[str, str | None]]:
    return [(part.text.strip(), part.label) for part in line]


def _finished(draft: _Draft) -> LabelledPage:
    lines = list(draft.page.lines)
    for index, line in enumerate(lines):
        labels = None if index + 1 in draft.torn else draft.labels.get(index + 1)
        lines[index] = labels or tuple(replace(part, label=None, kind=None) for part in line)
    return replace(draft.page, lines=tuple(lines))
