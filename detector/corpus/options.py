"""What the user asks of a run over a corpus."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from detector.decide import Mode

SHARD_BYTES: Final = 8 << 20
"""Inputs are split into shards of about this many bytes: what a kill costs at most, for each worker."""

RECORD_BYTES: Final = 32 << 20
"""A record with more bytes is reported, not read: memory must not depend on the input."""

PAGE_CHARS: Final = 6_000_000
"""A page with more characters is reported, not cleaned: cleaning takes about 60 bytes for each."""

MAX_RATIO: Final = 500
"""A compressed file that grows to more than this many times its size is a bomb."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The names of a record's fields; None where they are to be detected.

    Parameters
    ----------
    text, html
        What holds the page: by default ``text``, and where there is none, ``html``.
    id, url, site
        By default the fields of that name, where there are any.
    """

    text: str | None = None
    html: str | None = None
    id: str | None = None
    url: str | None = None
    site: str | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """What decides the bytes of the output; two runs with equal options and inputs write the same.

    Parameters
    ----------
    fields
        Names of fields.
    clean_field
        Where the clean text goes; by default in the place of the text.
    columns
        Whether counts, score and removed share are added.
    removed, attributes
        Whether these are written as well.
    threshold, keep, mode
        As for `detector.Cleaner`.
    score
        Whether the quality of each page and its parts are added, see `detector.quality`.
    only_score
        Whether they are all that is added, and the text stays as it came.
    min_quality
        Pages of a lower quality are left out; those whose quality is unknown stay.
    reference
        Percentiles of quality to which pages are compared, those of the training pages by default.
    shard_bytes, record_bytes, page_chars, max_ratio
        See `SHARD_BYTES`, `RECORD_BYTES`, `PAGE_CHARS` and `MAX_RATIO`.
    site
        The site of pages that name none.
    """

    fields: Fields = field(default_factory=Fields)
    clean_field: str | None = None
    columns: bool = False
    removed: bool = False
    attributes: bool = False
    threshold: float | None = None
    keep: tuple[str, ...] = ()
    mode: Mode = "filter"
    score: bool = False
    only_score: bool = False
    min_quality: float | None = None
    reference: tuple[float, ...] = ()
    shard_bytes: int = SHARD_BYTES
    record_bytes: int = RECORD_BYTES
    page_chars: int = PAGE_CHARS
    max_ratio: int = MAX_RATIO
    site: str | None = None

    @property
    def needs_score(self) -> bool:
        """Whether pages have to be scored."""
        return self.score or self.only_score or self.min_quality is not None

    def as_json(self) -> dict[str, Any]:
        """The options as JSON values."""
        return {**asdict(self), "keep": sorted(self.keep), "reference": list(self.reference)}
