"""The run over a corpus: plan, clean what is not done, put the files together."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from detector.corpus.assemble import assemble, copy_part
from detector.corpus.feed import Shard, SourceEnd, cut
from detector.corpus.inputs import Input, find_inputs
from detector.corpus.learn import learn_plan
from detector.corpus.names import STDIN, Kind, is_remote
from detector.corpus.options import Options
from detector.corpus.outcome import MAX_ERRORS, Failed, Outcome, TooManyFailedError, place_of_page
from detector.corpus.parts import MARKER, part_path
from detector.corpus.plan import Plan, Product, check_output, make_plan
from detector.corpus.pool import Event, Pool, cores
from detector.corpus.progress import Progress
from detector.corpus.state import State, describe, work_folder
from detector.corpus.work import Job
from detector.errors import InputError, ModelError, OutputError
from detector.memory.sites import SiteMemory
from detector.model_file import default_path
from detector.quality.paths import default_quality_path

LEARNT: Final = "learnt.sites"
"""The name of a site memory among the parts, and what stands for its content: it follows from the inputs."""


def clean_corpus(
    paths: Sequence[str],
    output: str | None,
    options: Options | None = None,
    *,
    workers: int | None = None,
    model: str | None = None,
    quality: str | None = None,
    sites: str | None = None,
    learn: bool = False,
    profiles: str | None = None,
    removed: str | None = None,
    attributes: str | None = None,
    max_errors: int = MAX_ERRORS,
    restart: bool = False,
    stdin: Kind | None = None,
    write: Callable[[bytes], object] | None = None,
    say: Callable[[str], None] = lambda text: None,
    watch: Callable[[Progress], None] = lambda progress: None,
    outcome: Outcome | None = None,
    reports: Sequence[str] = (),
) -> Outcome:
    """Clean a corpus.

    The output is the same for any number of workers, and for a run that was interrupted and taken up.

    Parameters
    ----------
    paths
        Files, folders, patterns, URLs, and ``"-"`` for standard input.
    output
        A file named ``.jsonl`` (also ``.gz``, ``.zst``, ``.xz``, ``.bz2``) or ``.parquet``; a folder, in which each
        input gets a file of its own; None for standard output.
    options
        What decides the bytes of the output.
    workers
        Processes, by default one for each core.
    model, quality
        The files of the line model and of the quality model, by default those that ship.
    sites
        The file of a site memory.
    learn
        Whether to learn a site memory from these inputs before they are cleaned.
    profiles
        A file of profiles of sites, as `detector adapt` makes them.
    removed, attributes
        Where removed lines and Dolma's attributes go.
    max_errors
        The run stops when more pages than this have failed.
    restart
        Whether to drop what an unfinished run has left.
    stdin
        The format of standard input.
    write
        Takes the output where that is standard output.
    say, watch
        Told of what the user should know, and of how far the work is.
    outcome
        Filled as the work goes on, so that it says something of a run that raises, too.
    reports
        Files that the caller will write of the run: refused now where one is an input.

    Returns
    -------
    Outcome

    Raises
    ------
    InputError, OutputError, ModelError
        The run cannot begin or go on.  What is done is kept, and the same call goes on.
    TooManyFailedError
        Likewise.
    """
    options = options or Options()
    plan = make_plan(paths, output, removed, attributes, stdin, (model, quality, sites, profiles))
    for path in reports:
        check_output(plan, path)
    workers = workers or cores()
    outcome = outcome or Outcome()
    outcome.workers = workers
    model_path = default_path() if model is None else Path(model)
    quality_path = (default_quality_path() if quality is None else Path(quality)) if options.needs_score else None
    with contextlib.ExitStack() as stack:
        job = Job(options, model, "", "", plan.kinds, _line_kinds(plan), plan.folder, sites, quality, profiles)
        if options.only_score and any(kind.format == "text" for kind in plan.kinds):
            raise OutputError(f"{output}: scores of single pages need one output, named .jsonl or .parquet")
        try:
            job.load()  # a model or option that is none is told before anything is made
        except ValueError as error:
            raise InputError(str(error)) from None
        known = LEARNT if learn else sites and SiteMemory.load(sites).digest
        folder = work_folder(plan)
        state = None
        if folder is not None:
            described = describe(plan, options, model_path, known, quality_path, profiles)
            state = stack.enter_context(State(folder, described, restart=restart))
            parts, key = state.parts, state.key
        else:
            parts = tempfile.mkdtemp(prefix="detector-")
            key = ""
            stack.callback(shutil.rmtree, parts, ignore_errors=True)
        if learn:
            sites = os.path.join(parts, LEARNT)
            _learn_once(plan, sites, options, workers, say)
        job = replace(job, parts=parts, key=key, sites=sites)
        run = _Run(plan, job, state, max_errors, write, say, watch, outcome)
        started = time.monotonic()
        try:
            run.go(workers)
        finally:
            outcome.seconds = time.monotonic() - started
    return outcome


def _learn_once(plan: Plan, path: str, options: Options, workers: int, say: Callable[[str], None]) -> None:
    """Learn a site memory, unless an interrupted run has: the same inputs and options give the same one."""
    with contextlib.suppress(ModelError):
        SiteMemory.load(path)
        return
    learn_plan(plan, path, options, workers, say)


def _line_kinds(plan: Plan) -> dict[str, tuple[Kind, ...]]:
    """The formats of removed lines and attributes, for each source."""
    kinds = {}
    for stream in ("removed", "attributes"):
        products = [product for product in plan.products if product.stream == stream]
        if products:
            one = products[0].kind if products[0].source is None else None
            kinds[stream] = tuple(one or products[index].kind for index in range(len(plan.sources)))
    return kinds


class _Run:
    """A run under way: takes the shards as they come and deals with them in order."""

    def __init__(
        self,
        plan: Plan,
        job: Job,
        state: State | None,
        max_errors: int,
        write: Callable[[bytes], object] | None,
        say: Callable[[str], None],
        watch: Callable[[Progress], None],
        outcome: Outcome,
    ) -> None:
        self._plan, self._job, self._state = plan, job, state
        self._max_errors, self._write, self._say, self._watch = max_errors, write, say, watch
        self._outcome = outcome
        self._next = 0  # the shard that is dealt with next
        self._come: dict[int, tuple[Shard, dict[str, Any]]] = {}
        self._ends: list[SourceEnd] = []
        self._lines_before: dict[int, int] = {}
        self._good: dict[int, int] = {}  # pages of each source
        self._bad: dict[int, int] = {}
        self._started = time.monotonic()
        self._resumed_bytes = 0
        self._total = sum(source.size for source in plan.sources)
        self._to_stdout = any(product.path is None for product in plan.products)

    def go(self, workers: int) -> None:
        """Do all of it."""
        for path, reason in self._plan.unreadable:
            self._fail(Failed(path, reason, ""))
        shards = cut(self._plan.sources, self._job.options, eager=self._to_stdout)
        pool = Pool(self._job, workers, self._say)
        from_pipe = any(source.path == STDIN for source in self._plan.sources)
        small = self._total <= self._job.options.shard_bytes and (not from_pipe or workers == 1)
        events = self._alone(shards) if small else pool.run(shards, self._is_done)
        with contextlib.closing(events):
            for event in events:
                if isinstance(event, SourceEnd):
                    self._ends.append(event)
                elif event is not None:
                    self._take(*event)
                self._settle()
                self._watch(self._progress(*pool.in_work))
        self._check_inputs()
        if self._outcome.tally.pages or not self._outcome.tally.failed:
            self._assemble(None, range(self._next))
        if self._state is not None:
            self._state.drop()

    def _alone(self, shards: Iterator[Shard | SourceEnd]) -> Generator[Event | None, None, None]:
        """Clean without processes: what is small would wait for them."""
        tools = self._job.load()
        for item in shards:
            if isinstance(item, Shard):
                done = self._is_done(item)
                yield item, None if done else self._job.do(item, tools, lambda *_: None, skipped=frozenset())
            else:
                yield item

    def _is_done(self, shard: Shard) -> bool:
        return self._state is not None and self._state.marker(shard.number) is not None

    def _take(self, shard: Shard, marker: dict[str, Any] | None) -> None:
        if marker is None:
            marker = self._state.marker(shard.number) if self._state is not None else None
            assert marker is not None, "a shard that is done has a marker"
            self._outcome.resumed += 1
            self._resumed_bytes += shard.size
        self._come[shard.number] = (shard, marker)

    def _settle(self) -> None:
        """Deal with the shards whose turn it is, in the order of the input."""
        while self._next in self._come:
            shard, marker = self._come.pop(self._next)
            self._next += 1
            outcome = self._outcome
            outcome.shards += 1
            outcome.input_bytes += shard.size
            failures = marker["failures"]
            self._good[shard.source] = self._good.get(shard.source, 0) + marker["tally"]["pages"]
            self._bad[shard.source] = self._bad.get(shard.source, 0) + len(failures)
            outcome.tally.add({**marker["tally"], "failed": 0})
            before = self._lines_before.get(shard.source, 0)
            self._lines_before[shard.source] = before + marker["places"]
            for place, reason, id_ in failures:
                self._fail(Failed(place_of_page(shard, place, before), reason, id_))
            if self._to_stdout:
                path = part_path(self._job.parts, shard.number, "rows")
                copy_part(path, self._write or sys.stdout.buffer.write)
                self._drop_parts(shard.number, "rows")
        while self._ends and self._next >= self._ends[0].last:
            end = self._ends.pop(0)
            if self._good.get(end.source) or not self._bad.get(end.source):
                self._assemble(end.source, range(end.first, end.last))

    def _fail(self, failure: Failed) -> None:
        outcome = self._outcome
        outcome.failures.append(failure)
        outcome.tally.failed += 1
        if outcome.tally.failed > self._max_errors:
            raise TooManyFailedError(
                f"more than {self._max_errors:,} pages failed, the last one {failure.where}: {failure.reason} "
                "(--max-errors allows more)"
            )

    def _assemble(self, source: int | None, numbers: range) -> None:
        """Put the files together that are made of these shards."""
        work = None if self._state is None else self._state.folder
        for product in self._plan.products:
            if product.source == source and product.path is not None and not self._is_assembled(product):
                assemble(product, self._job.parts, numbers, work)
                self._note_assembled(product)

    def _is_assembled(self, product: Product) -> bool:
        """Tell whether an earlier run has put a file together, and it is still there."""
        try:
            with open(self._note_path(product), encoding="ascii") as stream:
                return stream.read() == str(os.path.getsize(str(product.path)))
        except OSError:
            return False

    def _note_assembled(self, product: Product) -> None:
        if self._state is not None and not is_remote(str(product.path)):
            with open(self._note_path(product), "w", encoding="ascii") as stream:
                stream.write(str(os.path.getsize(str(product.path))))

    def _note_path(self, product: Product) -> str:
        return os.path.join(self._job.parts, f"{product.stream}-{product.source}.assembled")

    def _drop_parts(self, number: int, *streams: str) -> None:
        for stream in (*streams, MARKER):
            with contextlib.suppress(OSError):
                os.unlink(part_path(self._job.parts, number, stream))

    def _check_inputs(self) -> None:
        """Put nothing together of an input that has changed while it was read."""
        for source in self._plan.sources:
            if source.path != STDIN and not source.files:
                now = next(find_inputs([source.path]))
                if not isinstance(now, Input) or (now.size, now.version) != (source.size, source.version):
                    raise InputError(f"{source.path}: has changed while it was read; begin anew with --restart")

    def _progress(self, pages: int, size: int) -> Progress:
        outcome = self._outcome
        held = sum(shard.size for shard, _ in self._come.values())
        return Progress(
            outcome.tally,
            outcome.tally.pages + pages + sum(marker["tally"]["pages"] for _, marker in self._come.values()),
            outcome.input_bytes + size + held,
            self._resumed_bytes,
            self._total,
            time.monotonic() - self._started,
        )
