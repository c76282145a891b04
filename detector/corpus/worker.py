"""What a worker process does: load once what all shards need, deal with shards until there are no more."""

from __future__ import annotations

import os
import signal
import sys
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, Final

from detector.errors import DetectorError

if TYPE_CHECKING:
    from detector.corpus.job import ShardJob

OUT_OF_MEMORY: Final = 77
"""The exit code of a worker that was refused memory."""


def work(connection: Connection[Any, Any], job: ShardJob) -> None:
    """Deal with the shards that come through a connection; the main function of a process.

    Parameters
    ----------
    connection
        Brings ``(shard, careful, skipped)``; takes ``("at", pages, bytes, place)``, ``("done", marker)``,
        ``("stop", reason)`` where none can be dealt with, and ``("failed", reason)`` where this one cannot.
    job
        What is the same for all shards.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal sends it to all; the run decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        _work(connection, job)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        os._exit(1)  # the run is gone
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


def _work(connection: Connection[Any, Any], job: ShardJob) -> None:
    try:
        loaded = job.load()
    except (DetectorError, ValueError) as error:
        connection.send(("stop", str(error)))
        return
    connection.send(("ready",))
    while True:
        task = connection.recv()
        if task is None:
            return
        shard, careful, skipped = task
        try:
            marker = job.do(shard, loaded, lambda *at: connection.send(("at", *at)), careful=careful, skipped=skipped)
        except DetectorError as error:
            connection.send(("stop", str(error)))
        except (MemoryError, BrokenPipeError, ConnectionResetError):
            raise
        except Exception as error:  # a defect must not cost the other shards
            connection.send(("failed", f"{type(error).__name__}: {error}"))
            if os.environ.get("DETECTOR_TRACEBACK"):
                sys.excepthook(type(error), error, error.__traceback__)
        else:
            connection.send(("done", marker))
