"""The pages of corpora one batch after the other, cleaned."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Final

from detector.cleaner import Cleaner, CleanPage
from detector.corpus.feed import Shard, SourceEnd, cut, read_shard
from detector.corpus.names import STDIN, Kind
from detector.corpus.options import PAGE_CHARS, Fields, Options
from detector.corpus.outcome import place_of_page
from detector.corpus.plan import make_plan
from detector.files import refuse_input
from detector.page import Page
from detector.read import Failure, read_pages

_SHARD_BYTES: Final = 1 << 20

Fail = Callable[[str, str], None]
"""Told where a page is that cannot be read or cleaned, and why."""


def read_batches(
    paths: Sequence[str],
    fields: Fields,
    fail: Fail,
    *,
    stdin: Kind | None = None,
    output: str | None = None,
    page_chars: int = PAGE_CHARS,
) -> Iterator[list[Page]]:
    """Read all pages of files, folders, patterns and URLs, whatever their formats.

    Parameters
    ----------
    paths
        The inputs, as for `detector clean`.
    fields
        Names of the fields of records.
    fail
        Called for what cannot be read.
    stdin
        The format of standard input; without one, and alone, it is one page.
    output
        A file that must not be one of the inputs.
    page_chars
        A page with more characters is a failure.

    Yields
    ------
    list of Page

    Raises
    ------
    InputError
        There is nothing to read.
    OutputError
        The output is an input.
    """
    if stdin is not None and not stdin.format:
        if list(paths) == [STDIN]:
            yield from _one_page(fail)
            return
        stdin = None
    plan = make_plan(paths, None, stdin=stdin)
    refuse_input([path for s in plan.sources for path in [name for name, _, _ in s.files] or [s.path]], output)
    for path, reason in plan.unreadable:
        fail(path, reason)
    options = Options(fields, shard_bytes=_SHARD_BYTES, page_chars=page_chars)
    lines = 0
    for shard in cut(plan.sources, options):
        if isinstance(shard, SourceEnd):
            lines = 0
        else:
            lines += yield from _read_one(shard, options, lines, fail)


def _one_page(fail: Fail) -> Iterator[list[Page]]:
    for item in read_pages([STDIN]):
        if isinstance(item, Failure):
            fail(item.where, item.reason)
        else:
            yield [item.page]


def _read_one(shard: Shard, options: Options, lines_before: int, fail: Fail) -> Generator[list[Page], None, int]:
    """Read a shard; return how many places it has."""
    places = 0
    for batch in read_shard(shard, options):
        places += batch.n_places
        for failure in batch.failures:
            fail(place_of_page(shard, failure.place, lines_before), failure.reason)
        if batch.pages:
            yield batch.pages
    return places


def clean_batch(cleaner: Cleaner, pages: Sequence[Page], fail: Fail) -> list[CleanPage]:
    """Clean pages; one that cannot be cleaned does not cost the others."""
    try:
        return list(cleaner.clean_many(pages))
    except MemoryError:
        raise
    except Exception:  # whatever it is: one by one it is found
        pass
    results: list[CleanPage] = []
    for page in pages:
        try:
            results += cleaner.clean_many([page])
        except Exception as error:
            fail(page.id, f"cannot be cleaned: {type(error).__name__}: {error}")
    return results
