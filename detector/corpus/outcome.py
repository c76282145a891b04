"""What a run has done, and what failed in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from detector.corpus.feed import Shard
from detector.corpus.tally import Tally
from detector.errors import DetectorError

MAX_ERRORS: Final = 1000
"""A run stops when more pages than this have failed, unless the user allows more."""


class TooManyFailedError(DetectorError):
    """More pages failed than the user allows."""


class Failed(NamedTuple):
    """A page that failed: where, why, and its name if it has one."""

    where: str
    reason: str
    id: str


@dataclass(slots=True)
class Outcome:
    """What a run has done.

    Parameters
    ----------
    tally
        Counts.
    failures
        What failed, in the order of the input.
    shards, resumed
        Shards in all, and those that an earlier run had done.
    input_bytes
        Bytes of input, as they lie on the disk.
    seconds
        How long it took.
    workers
        Processes.
    """

    tally: Tally = field(default_factory=Tally)
    failures: list[Failed] = field(default_factory=list)
    shards: int = 0
    resumed: int = 0
    input_bytes: int = 0
    seconds: float = 0.0
    workers: int = 1


def place_of_page(shard: Shard, place: int, lines_before: int) -> str:
    """Name a page by what an editor shows: file and line, row or record."""
    if not place:
        return shard.path
    if shard.format == "files":
        return shard.files[place - 1][0]
    if shard.format == "parquet":
        return f"{shard.path}: row {shard.offset + place}"
    if shard.format == "warc":
        return f"{shard.path}: record {place}"
    return f"{shard.path}:{lines_before + place}"
