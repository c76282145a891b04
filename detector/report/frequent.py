"""Counting what is frequent in a stream without holding all of it.

`Frequent` is the algorithm of Misra and Gries ("Finding repeated elements", 1982) with many counters
dropped at once (Anderson et al., "A high-performance algorithm for identifying frequent items in data
streams", IMC 2017).  `SeenBefore` keeps what occurs once out of it, as the doorkeeper of TinyLFU does
(Einziger, Friedman and Manes, 2017): else the many lines that occur once would push out the few that repeat.
"""

from __future__ import annotations

import heapq
import zlib
from typing import Final, Generic, TypeVar

Note = TypeVar("Note")

_BITS: Final = 28


class Entry(Generic[Note]):
    """A key's count since it is held, and what is known of it."""

    __slots__ = ("count", "note", "order")

    def __init__(self, note: Note, order: int) -> None:
        self.count = 0
        self.note = note
        self.order = order


class Frequent(Generic[Note]):
    """The frequent keys of a stream.

    At most twice `size` keys are held.  When they are more, the count of the one in the middle is taken
    from all, and those left with nothing go.  So a count is never too high, and too low by at most
    `missed`, which is at most the total of all counts over `size`.

    Parameters
    ----------
    size
        How many keys are sure to be held.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: dict[str, Entry[Note]] = {}
        self._order = 0
        self.missed = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: str) -> Entry[Note] | None:
        """Give the entry of a key, if it is held."""
        return self._entries.get(key)

    def insert(self, key: str, note: Note) -> Entry[Note]:
        """Begin to hold a key; the caller adds to its count."""
        if len(self._entries) >= 2 * self._size:
            self._drop()
        self._order += 1
        entry = self._entries[key] = Entry(note, self._order)
        return entry

    def top(self, n: int) -> list[tuple[str, Entry[Note]]]:
        """Give the keys with the highest counts; of equal ones, those that came first."""
        return heapq.nsmallest(n, self._entries.items(), key=lambda item: (-item[1].count, item[1].order))

    def _drop(self) -> None:
        counts = sorted((entry.count for entry in self._entries.values()), reverse=True)
        middle = max(counts[self._size], 1)
        self.missed += middle
        for entry in self._entries.values():
            entry.count -= middle
        self._entries = {key: entry for key, entry in self._entries.items() if entry.count > 0}


class SeenBefore:
    """Tells whether a key has come before; rarely it says so of one that has not."""

    def __init__(self) -> None:
        self._bits = bytearray(1 << (_BITS - 3))

    def __call__(self, key: str, group: int = 0) -> bool:
        """Tell, and remember the key; the same key in another group is another one."""
        place = zlib.crc32(key.encode("utf-8", "surrogatepass"), group) >> (32 - _BITS)
        byte, bit = place >> 3, 1 << (place & 7)
        if self._bits[byte] & bit:
            return True
        self._bits[byte] |= bit
        return False


class Tops(Generic[Note]):
    """The notes with the highest values; of equal ones, those that came first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._heap: list[tuple[float, int, Note]] = []
        self._order = 0

    def wants(self, value: float) -> bool:
        """Whether a value would be among the highest."""
        return value > 0 and (len(self._heap) < self._size or value > self._heap[0][0])

    def add(self, value: float, note: Note) -> None:
        """Take a note in."""
        self._order -= 1
        item = (value, self._order, note)
        if len(self._heap) < self._size:
            heapq.heappush(self._heap, item)
        else:
            heapq.heappushpop(self._heap, item)

    def sorted(self) -> list[Note]:
        """Give the notes, the highest first."""
        return [note for _, _, note in sorted(self._heap, key=lambda item: item[:2], reverse=True)]
