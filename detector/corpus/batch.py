"""Pages on their way from a reader through the cleaner to a writer, a batch at a time."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import urlsplit

from detector.corpus.options import Fields
from detector.errors import InputError
from detector.page import Page
from detector.sites import site_of

BATCH_CHARS: Final = 1 << 18
"""About so many characters are read, cleaned and written at a time."""


class PageFailure(NamedTuple):
    """A page that could not be read or cleaned.

    Parameters
    ----------
    place
        Its line, row, record or file in its shard, from 1; 0 for the shard as a whole.
    reason
        What is the matter, one line.
    id
        The page's name, where it has got one.
    """

    place: int
    reason: str
    id: str = ""


class Row(Protocol):
    """A record that is carried through."""

    def changed(self, changes: Mapping[str, Any]) -> bytes:
        """Give the record as a line of JSONL, with some fields changed or added."""

    def value(self) -> dict[str, Any]:
        """Give the record as JSON values."""


@dataclass(slots=True)
class Batch:
    """Pages that are cleaned together.

    Parameters
    ----------
    pages
        The pages.
    places
        Where each stands in its shard, see `PageFailure`.
    text_fields
        The field that holds each page's text, or shall hold it.
    rows
        What is carried through: for each page a `Row` or `detector.corpus.files.FileRow`, or an Arrow table with
        a row a page.
    failures
        Pages that could not be read.
    n_bytes
        Bytes of input that the batch stands for.
    n_places
        Lines, rows or records passed, blank and failed ones too.
    """

    pages: list[Page] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    text_fields: list[str] = field(default_factory=list)
    rows: Any = field(default_factory=list)
    failures: list[PageFailure] = field(default_factory=list)
    n_bytes: int = 0
    n_places: int = 0
    n_chars: int = 0

    @property
    def is_full(self) -> bool:
        """Whether it is time to clean it."""
        return self.n_chars >= BATCH_CHARS or self.n_bytes >= 8 * BATCH_CHARS

    def add(self, page: Page, place: int, text_field: str, row: Any = None) -> None:
        """Take in a page."""
        self.pages.append(page)
        self.places.append(place)
        self.text_fields.append(text_field)
        if row is not None:
            self.rows.append(row)
        self.n_chars += len(page.text)


def page_of(record: Mapping[str, Any], fields: Fields, name: str, limit: int | None = None) -> tuple[Page, str]:
    """Make a page of a record.

    Parameters
    ----------
    record
        Its fields.
    fields
        Which are which.
    name
        The page's name where the record has no id.
    limit
        Most characters.

    Returns
    -------
    page : Page
    text_field : str
        Where its clean text goes.

    Raises
    ------
    InputError
        There is no text, or it is none, or too long.
    """
    content, is_html, text_field = _content(record, fields)
    url = _named(record, fields.url, "url")
    site = _named(record, fields.site, "site") or (url and _site(url)) or None
    page = make_page(content, is_html, _named(record, fields.id, "id") or name, url, site)
    check_length(page.text, limit)
    if page.title is None and (title := _named(record, None, "title")):
        page = replace(page, title=title)
    return page, text_field


def make_page(content: str | bytes, is_html: bool, name: str, url: str | None = None, site: str | None = None) -> Page:
    """Make a page of text or HTML."""
    if is_html:
        return Page.from_html(content, id=name, url=url, site=site)
    return Page.read(content, format="text", id=name, url=url, site=site)


def with_site(page: Page, site: str | None) -> Page:
    """Give a page that names none a site, where one is given."""
    return page if page.site or site is None else replace(page, site=site)


def check_length(text: str, limit: int | None) -> None:
    """Refuse a page that would take too much memory.

    Raises
    ------
    InputError
        It is too long.
    """
    if limit is not None and len(text) > limit:
        raise InputError(f"the page has over {limit / 1e6:g} million characters: left out (--max-page-mb allows more)")


def _content(record: Mapping[str, Any], fields: Fields) -> tuple[str | bytes, bool, str]:
    """The page, whether it is HTML, and where its clean text goes."""
    html = fields.html
    if html is None and fields.text is None and record.get("text") is None and isinstance(record.get("html"), str):
        html = "html"
    name = html or fields.text or "text"
    value = record.get(name)
    if isinstance(value, bytes):
        value = value if html else value.decode("utf-8", "surrogateescape")
    elif not isinstance(value, str):
        if name not in record:
            known = ", ".join(field if field.isprintable() else repr(field) for field in list(record)[:12]) or "none"
            raise InputError(f"{name!r} is missing; the fields are: {known} (--text-field names another)")
        raise InputError(f"{name!r} must be a string, not {'null' if value is None else type(value).__name__}")
    if html:
        return value, True, fields.text or "text"
    return value, False, name


def _named(record: Mapping[str, Any], wanted: str | None, name: str) -> str | None:
    """Look a field up; what was found by its name alone may be anything."""
    value = record.get(wanted or name)
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str) or (name == "id" and isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    if wanted is not None and value is not None:
        raise InputError(f"{wanted!r} must be a string")
    return None


_HOST: Final = re.compile(r"https?://([a-z0-9.:-]+)(?=[/?#]|$)")
"""The host of most URLs; to take all of a URL apart takes longer than to read the record."""


def _site(url: str) -> str:
    if plain := _HOST.match(url):
        return _site_of_host(plain[1])
    try:
        return _site_of_host(urlsplit(url).netloc)
    except ValueError:
        return ""


@functools.lru_cache(maxsize=1 << 14)
def _site_of_host(host: str) -> str:
    return site_of(host)


def select(rows: Any, kept: Sequence[int]) -> Any:
    """Some of a batch's rows."""
    if len(kept) == len(rows):
        return rows
    if isinstance(rows, list):
        return [rows[index] for index in kept]
    return rows.take(list(kept)) if kept else rows.slice(0, 0)
