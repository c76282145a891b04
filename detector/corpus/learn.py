"""Learning what the sites of a corpus repeat: each shard is counted as a part, and the parts are put together."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from detector.corpus.batch import Batch, PageFailure
from detector.corpus.feed import Shard, SourceEnd, cut, read_shard
from detector.corpus.job import CARELESS, Report
from detector.corpus.names import STDIN, Kind
from detector.corpus.options import Options
from detector.corpus.outcome import MAX_ERRORS, Failed, TooManyFailedError, place_of_page
from detector.corpus.plan import Plan, check_output, make_plan
from detector.corpus.pool import Event, Pool, cores
from detector.corpus.progress import Progress
from detector.corpus.tally import Tally
from detector.errors import InputError, OutputError
from detector.memory.count import Counter, counter_to
from detector.memory.merge import MIN_PAGES, Merged, merge_parts

SHARD_BYTES: Final = 32 << 20
"""Inputs are counted in shards of about this many bytes."""


@dataclass(slots=True)
class Learned:
    """What was learnt, and what failed.

    Parameters
    ----------
    pages, siteless
        Pages read whose site is known, and those left out because it is not.
    failures
        What failed, in the order of the input.
    input_bytes, seconds
        Bytes of input, as they lie on the disk, and how long it took.
    merged
        What the file holds: a page that was read twice is there once, and lines of few pages are not.
    """

    pages: int = 0
    siteless: int = 0
    failures: list[Failed] = field(default_factory=list)
    input_bytes: int = 0
    seconds: float = 0.0
    merged: Merged = field(default_factory=lambda: Merged(0, 0, 0))


@dataclass(frozen=True, slots=True)
class CountJob:
    """Counts shards; each becomes parts of its own in a folder."""

    options: Options
    folder: str

    def load(self) -> None:
        """Load nothing: to count takes no model."""

    def do(
        self, shard: Shard, loaded: None, report: Report, *, careful: bool = False, skipped: frozenset[int]
    ) -> dict[str, Any]:
        """Count a shard, see `detector.corpus.job.ShardJob`."""
        failures: list[PageFailure] = []
        done = places = 0
        with counter_to(self.folder, str(shard.number)) as counter:
            for batch in read_shard(shard, self.options, carry=False):
                done += batch.n_bytes
                places += batch.n_places
                _count(batch, counter, report, done, careful, skipped)
                failures += batch.failures
                report(counter.n_pages, done, CARELESS)
        return {
            "parts": counter.paths,
            "pages": counter.n_pages,
            "siteless": counter.n_siteless,
            "places": places,
            "failures": failures,
        }


def _count(batch: Batch, counter: Counter, report: Report, done: int, careful: bool, skipped: frozenset[int]) -> None:
    """Count a batch; a page that fails becomes a failure of the batch."""
    if not careful:
        counter.add(batch.pages)
        return
    for page, place in zip(batch.pages, batch.places, strict=True):
        if place in skipped:
            batch.failures.append(PageFailure(place, "the worker died while it counted this page", page.id))
            continue
        report(counter.n_pages, done, place)
        counter.add([page])


def learn_sites(
    paths: Sequence[str],
    output: str,
    options: Options | None = None,
    *,
    workers: int | None = None,
    part: bool = False,
    min_pages: int = MIN_PAGES,
    max_errors: int = MAX_ERRORS,
    stdin: Kind | None = None,
    say: Callable[[str], None] = lambda text: None,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Learned:
    """Learn what the sites of a corpus repeat.

    The file is the same for any number of workers, any order of the inputs, and when parts of the corpus are
    learnt apart (`part`) and put together by `detector.memory.merge.merge_parts`.

    Parameters
    ----------
    paths
        Files, folders, patterns, URLs, and ``"-"`` for standard input.
    output
        The file to write.
    options
        Names of fields, the site of pages that name none, and limits.
    workers
        Processes, by default one for each core.
    part
        Whether to write a part, which keeps all lines, so that it can be put together with others.
    min_pages
        See `merge_parts`.
    max_errors
        The run stops when more pages than this have failed.
    stdin
        The format of standard input.
    say, watch
        Told of what the user should know, and of how far the work is.

    Raises
    ------
    InputError
        There is nothing to learn from.
    OutputError
        The file cannot be written; what was there before is still there.
    TooManyFailedError
        See `max_errors`.
    """
    options = options or Options(shard_bytes=SHARD_BYTES)
    plan = make_plan(paths, None, stdin=stdin)
    check_output(plan, output)
    started = time.monotonic()
    with _folder_beside(output) as folder:
        learned, parts = count_corpus(plan, options, folder, workers or cores(), max_errors, say, watch)
        if not parts and not part:
            reason = "no page has a site: --site names one for all, --site-field or --url-field where it stands"
            raise InputError(reason if learned.siteless else f"{paths[0]}: there is no page to learn from")
        learned.merged = merge_parts(parts, output, part=part, min_pages=min_pages, folder=folder)
    learned.seconds = time.monotonic() - started
    return learned


def learn_plan(plan: Plan, output: str, options: Options, workers: int, say: Callable[[str], None]) -> None:
    """Learn from the inputs of a run that cleans them afterwards, and reports what fails then.

    Raises
    ------
    InputError
        An input can be read only once.
    OutputError
        The file cannot be written.
    """
    if any(source.path == STDIN for source in plan.sources):
        raise InputError(
            "standard input cannot be read twice, first to learn and then to clean: name a file, "
            "or learn apart with `detector sites learn` and give the file with --sites"
        )
    with _folder_beside(output) as folder:
        _, parts = count_corpus(plan, options, folder, workers, None, say, lambda progress: None)
        merge_parts(parts, output, folder=folder)


@contextlib.contextmanager
def _folder_beside(output: str) -> Iterator[str]:
    parent = os.path.dirname(os.path.realpath(output))
    try:
        folder = tempfile.TemporaryDirectory(dir=parent, prefix=".detector-")
    except OSError as error:
        raise OutputError(f"{output}: cannot be written: {error.strerror or error}") from None
    with folder:
        yield folder.name


def count_corpus(
    plan: Plan,
    options: Options,
    folder: str,
    workers: int,
    max_errors: int | None,
    say: Callable[[str], None],
    watch: Callable[[Progress], None],
) -> tuple[Learned, list[str]]:
    """Count the inputs of a plan as parts in a folder.

    Returns
    -------
    learned : Learned
    parts : list of str
        In the order of the input.
    """
    learned = Learned(failures=[Failed(path, reason, "") for path, reason in plan.unreadable])
    job = CountJob(options, folder)
    pool = Pool(job, workers, say)
    total = sum(source.size for source in plan.sources)
    shards = cut(plan.sources, options)
    from_pipe = any(source.path == STDIN for source in plan.sources)
    alone = workers == 1 or (total <= options.shard_bytes and not from_pipe)
    events = _alone(shards, job) if alone else pool.run(shards, lambda shard: False)
    come: dict[int, tuple[Shard, dict[str, Any]]] = {}
    started = time.monotonic()
    n_failed = len(learned.failures)
    with contextlib.closing(events):
        for event in events:
            if event is not None and not isinstance(event, SourceEnd):
                shard, marker = event
                assert marker is not None, "no shard was done before"
                come[shard.number] = replace(shard, data=None), marker  # memory must not depend on the input
                learned.pages += marker["pages"]
                learned.siteless += marker["siteless"]
                learned.input_bytes += shard.size
                n_failed += len(marker["failures"])
                if max_errors is not None and n_failed > max_errors:
                    raise TooManyFailedError(f"more than {max_errors:,} pages failed (--max-errors allows more)")
            pages, size = pool.in_work
            watch(
                Progress(
                    Tally(), learned.pages + pages, learned.input_bytes + size, 0, total, time.monotonic() - started
                )
            )
    parts: list[str] = []
    lines_before: dict[int, int] = {}
    for _, (shard, marker) in sorted(come.items()):
        before = lines_before.get(shard.source, 0)
        lines_before[shard.source] = before + marker["places"]
        parts += marker["parts"]
        learned.failures += [
            Failed(place_of_page(shard, place, before), reason, id_) for place, reason, id_ in marker["failures"]
        ]
    return learned, parts


def _alone(shards: Iterator[Shard | SourceEnd], job: CountJob) -> Generator[Event | None, None, None]:
    """Count without processes."""
    for item in shards:
        if isinstance(item, Shard):
            yield item, job.do(item, None, lambda *_: None, skipped=frozenset())
        else:
            yield item
