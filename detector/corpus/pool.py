"""Worker processes, watched: one that dies is noticed at once, named, and its shard given to another."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from typing import Any, Final

from detector.corpus.feed import Shard, SourceEnd
from detector.corpus.job import CARELESS, ShardJob
from detector.corpus.worker import OUT_OF_MEMORY, work
from detector.errors import OutputError

_ONE_THREAD: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_MOST_STARTS: Final = 3  # of workers that die before they have loaded anything
_MOST_DEATHS: Final = 20  # over one shard

Event = tuple[Shard, dict[str, Any] | None] | SourceEnd
"""A shard and its marker, or None where it was done before; or the end of an input's shards."""


@dataclass(slots=True)
class _Task:
    shard: Shard
    deaths: int = 0
    skipped: frozenset[int] = frozenset()
    suspect: int = CARELESS


@dataclass(slots=True, eq=False)
class _Worker:
    process: Any
    connection: Connection[Any, Any]
    is_ready: bool = False
    task: _Task | None = None
    at: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class Pool:
    """Runs shards in processes.

    Parameters
    ----------
    job
        What is the same for all shards.
    n_workers
        Most processes at a time.
    say
        Told of workers that die.
    """

    job: ShardJob
    n_workers: int
    say: Callable[[str], None]
    _workers: list[_Worker] = field(default_factory=list)
    _waiting: deque[_Task] = field(default_factory=deque)
    _false_starts: int = 0

    def run(
        self, items: Iterable[Shard | SourceEnd], is_done: Callable[[Shard], bool]
    ) -> Generator[Event | None, None, None]:
        """Deal with shards.

        Parameters
        ----------
        items
            The shards; taken only as fast as they are dealt with.
        is_done
            Tells shards that are done already.

        Yields
        ------
        Event or None
            As they come, in no order; None where only the progress is another.

        Raises
        ------
        OutputError
            The run cannot go on.
        """
        feeder = _Feeder(items, is_done, self.n_workers)
        try:
            while True:
                hungry = len(self._waiting) + self._busy() < self.n_workers
                while hungry and (item := feeder.take()) is not None:
                    if isinstance(item, Shard) and not is_done(item):
                        self._waiting.append(_Task(item))
                        hungry = len(self._waiting) + self._busy() < self.n_workers
                    else:
                        yield (item, None) if isinstance(item, Shard) else item
                self._hand_out()
                if not self._busy() and not self._waiting and feeder.is_over:
                    return
                sources: list[Any] = [worker.connection for worker in self._workers]
                sources += [worker.process.sentinel for worker in self._workers]
                ready = wait([*sources, feeder.bell] if hungry and not feeder.is_over else sources)
                for worker in list(self._workers):
                    if worker.connection in ready or worker.process.sentinel in ready:
                        yield from self._listen(worker)
        finally:
            self._end()

    @property
    def in_work(self) -> tuple[int, int]:
        """Pages and bytes of input done of the shards that are being worked on."""
        busy = [worker.at for worker in self._workers if worker.task is not None]
        return sum(pages for pages, _ in busy), sum(size for _, size in busy)

    def _busy(self) -> int:
        return sum(worker.task is not None for worker in self._workers)

    def _hand_out(self) -> None:
        idle = [worker for worker in self._workers if worker.task is None]
        while self._waiting:
            worker = idle.pop() if idle else None
            if worker is None:
                if len(self._workers) >= self.n_workers:
                    return
                worker = self._start()
            task = self._waiting.popleft()
            worker.task, worker.at = task, (0, 0)
            with contextlib.suppress(OSError):  # of one that has died the sentinel tells
                worker.connection.send((task.shard, task.deaths > 0, task.skipped))

    def _start(self) -> _Worker:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(theirs, self.job), daemon=True)
        # A worker a core: numpy's own threads would fight over the cores.
        before = {name: os.environ.get(name) for name in _ONE_THREAD}
        os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
        try:
            process.start()
        except OSError as error:
            raise OutputError(f"a worker cannot be started: {error.strerror or error}") from None
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _listen(self, worker: _Worker) -> Iterator[Event | None]:
        """Hear what a worker has to say; one that can say nothing any more is dead."""
        try:
            while worker.connection.poll():
                yield from self._heed(worker, worker.connection.recv())
        except (EOFError, OSError):
            worker.process.join(5)
        if not worker.process.is_alive():
            yield from self._bury(worker)

    def _heed(self, worker: _Worker, message: tuple[Any, ...]) -> Iterator[Event | None]:
        kind, *rest = message
        if kind == "ready":
            worker.is_ready, self._false_starts = True, 0
        elif kind == "stop":
            raise OutputError(rest[0])
        elif worker.task is not None:
            if kind == "at":
                worker.at = (rest[0], rest[1])
                worker.task.suspect = rest[2]
                yield None
            else:
                shard, worker.task = worker.task.shard, None
                yield shard, rest[0] if kind == "done" else self._give_up(shard, rest[0])

    def _bury(self, worker: _Worker) -> Iterator[Event | None]:
        self._workers.remove(worker)
        worker.connection.close()
        task, worker.task = worker.task, None
        cause = _cause(worker.process.exitcode)
        if not worker.is_ready:
            self._false_starts += 1
            if self._false_starts >= _MOST_STARTS:
                raise OutputError(f"workers end as they start: the last one {cause}")
        if task is None:
            return
        if not worker.is_ready:
            self._waiting.appendleft(task)
            return
        task.deaths += 1
        told = f"worker {worker.process.pid} {cause} at {place_of(task.shard)}"
        if task.deaths == 1:
            self.say(f"{told}; the shard is tried once more, page by page")
        elif task.suspect == CARELESS or task.deaths >= _MOST_DEATHS:
            self.say(f"{told}; the shard is left out")
            yield task.shard, self._give_up(task.shard, f"the worker {cause} twice: {place_of(task.shard)} left out")
            return
        else:
            self.say(f"{told}; page {task.suspect} of it is left out")
            task.skipped |= {task.suspect}
        task.suspect = CARELESS
        self._waiting.appendleft(task)

    def _give_up(self, shard: Shard, reason: str) -> dict[str, Any]:
        """Leave the parts of a shard that has none, and the reason."""
        failure = replace(shard, format="failure", files=(), data=reason)
        return self.job.do(failure, None, lambda *_: None, skipped=frozenset())

    def _end(self) -> None:
        for worker in self._workers:
            if worker.task is None:
                with contextlib.suppress(OSError, ValueError):
                    worker.connection.send(None)
            else:
                worker.process.terminate()
        for worker in self._workers:
            worker.process.join(5)
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.connection.close()
        self._workers.clear()


def cores() -> int:
    """How many processes can work at the same time."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def place_of(shard: Shard) -> str:
    """Name a shard."""
    if shard.format == "jsonl" and shard.data is None:
        return f"{shard.path}, bytes {shard.start:,} to {shard.end:,}"
    if shard.format == "parquet":
        return f"{shard.path}, row groups {shard.start:,} to {shard.end - 1:,}"
    if shard.format == "files":
        return f"{shard.files[0][0]} and the {len(shard.files) - 1} files after it"
    return f"{shard.path}, shard {shard.number}"


def _cause(code: int | None) -> str:
    if code is None:
        return "does not answer"
    if code == OUT_OF_MEMORY:
        return "ran out of memory"
    if code >= 0:
        return f"ended with code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    return f"was killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")


class _Feeder:
    """Reads ahead in a thread of its own, so that a slow input does not hold up what is done."""

    def __init__(self, items: Iterable[Shard | SourceEnd], is_done: Callable[[Shard], bool], ahead: int) -> None:
        self._queue: queue.Queue[Any] = queue.Queue(maxsize=max(1, ahead // 2))
        self.bell, self._rope = multiprocessing.Pipe(duplex=False)
        self.is_over = False
        threading.Thread(target=self._feed, args=(items, is_done), daemon=True).start()

    def take(self) -> Shard | SourceEnd | None:
        """Take the next item, None where there is none yet."""
        if self.is_over or not self.bell.poll():
            return None
        self.bell.recv_bytes()
        item = self._queue.get()
        if item is None:
            self.is_over = True
        elif isinstance(item, BaseException):
            self.is_over = True
            raise item
        return item  # type: ignore[no-any-return]

    def _feed(self, items: Iterable[Shard | SourceEnd], is_done: Callable[[Shard], bool]) -> None:
        try:
            for item in items:
                done = isinstance(item, Shard) and is_done(item)
                self._put(replace(item, data=None) if isinstance(item, Shard) and done else item)
            self._put(None)
        except BaseException as error:
            self._put(error)

    def _put(self, item: Any) -> None:
        self._queue.put(item)
        with contextlib.suppress(OSError):
            self._rope.send_bytes(b".")
