"""Training beside a review: a command of this program in a process of its own, one at a time."""

from __future__ import annotations

import contextlib
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
        self._process: subprocess.Popen[bytes] | None = None
        self._name = ""
        self._started = self._seconds = 0.0
        self._progress: deque[str] = deque(maxlen=_LINES)
        self._result: Result | None = None
        self._code: int | None = None

    def offered(self) -> list[dict[str, Any]]:
        """Name the commands."""
        return [
            {"name": name, "title": offer.title, "purpose": offer.purpose, "needs_site": offer.needs_site}
            for name, offer in self._offers.items()
        ]

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
            if self._process is not None and self._process.poll() is None:
                raise InputError("a job is running; wait for its end or stop it")
            command = [sys.executable, "-m", "detector", *offer.command(labels, site)]
            # A session of its own: the interrupt that ends the review is not the job's, which is stopped by `stop`.
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )
            self._name, self._code, self._started = name, None, time.monotonic()
            self._progress.clear()
            self._result = None
            threading.Thread(target=self._watch, args=(self._process, offer), daemon=True).start()

    def stop(self) -> None:
        """End the command that runs, if one does."""
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_PATIENCE)
                return
            process.kill()
            process.wait()

    def state(self) -> dict[str, Any] | None:
        """Tell how far the command is; None where none was started."""
        if self._process is None:
            return None
        seconds = self._seconds if self._code is not None else time.monotonic() - self._started
        return {
            "name": self._name,
            "is_running": self._code is None,
            "code": self._code,
            "seconds": round(seconds, 1),
            "progress": list(self._progress),
            "result": None if self._result is None else asdict(self._result),
        }

    def _watch(self, process: subprocess.Popen[bytes], offer: Offer) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        reader = threading.Thread(target=_gather, args=(process.stderr, self._progress), daemon=True)
        reader.start()
        output = process.stdout.read()
        reader.join()
        code = process.wait()
        self._result = offer.result(output.decode("utf-8", "replace"))
        self._seconds = time.monotonic() - self._started
        self._code = code


def _gather(stream: IO[bytes], lines: deque[str]) -> None:
    for raw in stream:
        text = raw.decode("utf-8", "replace").rpartition("\r")[2].strip("\n")
        if text.strip():
            lines.append(text[:_LINE_CHARS])
