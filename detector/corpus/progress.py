"""How far a run is, in one line."""

from __future__ import annotations

from typing import NamedTuple

from detector.corpus.tally import Tally

_KINDS_SHOWN = 3


class Progress(NamedTuple):
    """How far a run is.

    Parameters
    ----------
    tally
        Counts of what is settled.
    pages, done
        Pages and bytes of input that were read.
    resumed
        Bytes of input that an earlier run had done.
    total
        Bytes of input in all, 0 where nobody knows.
    seconds
        Since the run began.
    """

    tally: Tally
    pages: int
    done: int
    resumed: int
    total: int
    seconds: float

    def __str__(self) -> str:
        seconds = max(self.seconds, 1e-9)
        fresh = max(self.done - self.resumed, 0)
        parts = [f"{self.pages:,} pages", f"{self.pages / seconds:,.0f}/s", f"{fresh / seconds / 1e6:.1f} MB/s"]
        if self.total and fresh:
            left = max(self.total - self.done, 0) * seconds / fresh
            parts = [f"{min(100 * self.done // self.total, 100)} %", *parts, f"{clock(left)} left"]
        return ", ".join(parts) + removed_share(self.tally)


def clock(seconds: float) -> str:
    """Give a time as hours, minutes and seconds.

    Examples
    --------
    >>> clock(3725)
    '1:02:05'
    >>> clock(5)
    '0:05'
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def removed_share(tally: Tally) -> str:
    """Say which share of the text was removed, and as what most of it."""
    if not tally.chars:
        return ""
    kinds = sorted(tally.chars_by_kind.items(), key=lambda item: -item[1])[:_KINDS_SHOWN]
    of_kinds = ", ".join(f"{kind} {100 * count / tally.chars:.1f}" for kind, count in kinds)
    return f"; removed {100 * tally.chars_removed / tally.chars:.1f} %" + (f" ({of_kinds})" if kinds else "")
