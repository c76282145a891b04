"""The journal: each answer on the disk before the page is told that it is saved.

One JSON record a line, appended and synchronised, beside the labelled-page file.  A record says which
stretches of which pages are what, so that replaying records over labels that hold some of them
already gives the same labels: the last word on a line stands.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from detector.errors import InputError, OutputError


class Journal:
    """A file of records that is only appended to.

    Parameters
    ----------
    path
        The file; made when the first record is written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None
        self._size = 0

    def read(self) -> list[dict[str, Any]]:
        """Give the records that an interrupted review has left; one that was cut off is dropped.

        Raises
        ------
        InputError
            The file cannot be read, or is no journal.
        """
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise InputError(f"{self.path}: cannot be read: {error.strerror or error}") from None
        self._size = data.rfind(b"\n") + 1
        records = []
        for number, line in enumerate(data[: self._size].split(b"\n")[:-1], 1):
            try:
                record = json.loads(line)
            except ValueError:
                record = None
            if not isinstance(record, dict):
                raise InputError(f"{self.path}:{number}: not a record of a review; move the file away to go on without")
            records.append(record)
        return records

    def append(self, record: Mapping[str, Any]) -> None:
        """Write a record so that a crash of the machine cannot take it.

        Raises
        ------
        OutputError
            It cannot be written; then nothing of it is.
        """
        data = json.dumps(record).encode() + b"\n"
        try:
            if self._descriptor is None:
                self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
                os.ftruncate(self._descriptor, self._size)
            os.lseek(self._descriptor, self._size, os.SEEK_SET)
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
            os.fsync(self._descriptor)
        except OSError as error:
            if self._descriptor is not None:
                with contextlib.suppress(OSError):
                    os.ftruncate(self._descriptor, self._size)
            raise OutputError(f"{self.path}: cannot be written: {error.strerror or error}") from None
        self._size += len(data)

    def close(self, *, drop: bool) -> None:
        """Let the file go; `drop` it where all it holds is in the labelled-page file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        if drop:
            self._size = 0
            with contextlib.suppress(OSError):
                self.path.unlink()
