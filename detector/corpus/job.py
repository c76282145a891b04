"""What is done to the shards of a run, in whatever process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from detector.corpus.feed import Shard

CARELESS: Final = -1

Report = Callable[[int, int, int], None]
"""Called with pages done, bytes of input done, and the page that is being worked on or `CARELESS`."""


class ShardJob(Protocol):
    """What is the same for all shards; travels to other processes."""

    def load(self) -> Any:
        """Load what all shards need, once in each process."""

    def do(
        self, shard: Shard, loaded: Any, report: Report, *, careful: bool = False, skipped: frozenset[int]
    ) -> dict[str, Any]:
        """Deal with a shard.

        Parameters
        ----------
        shard
            The shard; one of the format ``"failure"`` has no pages, only a reason.
        loaded
            From `load`; None for a shard without pages.
        report
            Told how far the work is.
        careful
            Whether pages are dealt with one by one, each announced before.
        skipped
            Places of pages that are not to be touched.

        Returns
        -------
        dict
            What the run needs to know of it, as JSON values.
        """
