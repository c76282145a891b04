"""Training beside a review: a command of this program in a process of its own, one at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Final

from detector.errors import InputError
from detector.review.offers import Offer, Result

PROGRAM: Final = (sys.executable, "-m", "detector")
_LINES: Final = 200
_LINE_CHARS: Final = 500
_PATIENCE: Final = 5.0


class Jobs:
    """The command that runs, if one does, and how the last one ended.

    What a command says on standard error is its progress; its result is the JSON that it writes to standard output.

    Parameters
    ----------
    offers
        The commands by name.
    """

    def __init__(self, offers: Mapping[str, Offer]) -> None:
        self._offers = offers
        self._lock = threading.Lock()
        self._run: _Run | None = None

    def offered(self) -> list[dict[str, Any]]:
        """Name the commands."""
        return [{"name": name, "title": offer.title, "purpose": offer.purpose} for name, offer in self._offers.items()]

    def start(self, name: str, labels: Path, site: str) -> None:
        """Run a command.

        Raises
        ------
        InputError
            There is no such command, one is running, there are no labels, or the site has no name.
        """
        offer = self._offers.get(name)
        if offer is None:
            raise InputError(f"there is no job {name!r}")
        if offer.needs_site and not site:
            raise InputError("the pages name no site: start the review with --site NAME")
        if not labels.is_file():
            raise InputError("there is no answer yet to learn from")
        with self._lock:
            if self._run is not None and self._run.is_running:
                raise InputError("a job is running; wait for its end or stop it")
            self._run = _Run(name, offer, offer.command(labels, site))

    def stop(self) -> None:
        """End the command that runs, if one does."""
        if self._run is not None:
            self._run.stop()

    def state(self) -> dict[str, Any] | None:
        """Tell how far the command is; None where none was started."""
        return None if self._run is None else self._run.state()


class _Run:
    """One command, from its start on."""

    def __init__(self, name: str, offer: Offer, words: list[str]) -> None:
        self._name = name
        self._offer = offer
        self._progress: deque[str] = deque(maxlen=_LINES)
        self._result: Result | None = None
        self._started = time.monotonic()
        self._seconds: float | None = None
        self._process = subprocess.Popen(
            [*PROGRAM, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # the interrupt that ends the review is not the command's, which is stopped
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    @property
    def is_running(self) -> bool:
        return self._seconds is None

    def state(self) -> dict[str, Any]:
        seconds = self._seconds
        return {
            "name": self._name,
            "is_running": seconds is None,
            "code": None if seconds is None else self._process.returncode,
            "seconds": round(time.monotonic() - self._started if seconds is None else seconds, 1),
            "progress": list(self._progress),
            "result": None if self._result is None else asdict(self._result),
        }

    def stop(self) -> None:
        if self.is_running:
            self._process.terminate()
            self._watcher.join(_PATIENCE)
            if self.is_running:
                self._process.kill()
            self._watcher.join(_PATIENCE)

    def _watch(self) -> None:
        with self._process as process:
            assert process.stdout is not None
            assert process.stderr is not None
            reader = threading.Thread(target=_gather, args=(process.stderr, self._progress), daemon=True)
            reader.start()
            output = process.stdout.read()
            reader.join()
        self._result = self._offer.result(output.decode("utf-8", "replace"))
        self._seconds = time.monotonic() - self._started


def _gather(stream: IO[bytes], lines: deque[str]) -> None:
    for raw in stream:
        text = raw.decode("utf-8", "replace").rpartition("\r")[2].strip("\n")
        if text.strip():
            lines.append(text[:_LINE_CHARS])
