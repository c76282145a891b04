"""Cleaning one shard: from its pages to files of rows, removed lines and attributes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from detector.cleaner import Cleaner, CleanPage
from detector.corpus.attributes import attributes_record, removed_records
from detector.corpus.batch import Batch, PageFailure, select
from detector.corpus.feed import Shard, read_shard
from detector.corpus.job import CARELESS, Report
from detector.corpus.jsonl import dumps
from detector.corpus.names import Kind
from detector.corpus.options import Options
from detector.corpus.parts import Parts
from detector.corpus.tally import Tally
from detector.errors import DetectorError, OutputError
from detector.memory.sites import SiteMemory
from detector.page import Page

if TYPE_CHECKING:
    from detector.quality.score import Quality, Scorer


class Tools(NamedTuple):
    """What a worker loads once."""

    cleaner: Cleaner
    scorer: Scorer | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """What is the same for all shards.

    Parameters
    ----------
    options
        What the user asks for.
    model, quality
        The files of the line model and the quality model, None for those that ship.
    parts
        The folder for parts.
    key
        What the parts are parts of, see `detector.corpus.state`.
    kinds
        The format of the rows of each source.
    line_kinds
        The formats of removed lines and attributes of each source.
    folder
        Where pages that are a file each go.
    sites
        The file of a site memory, see `detector.memory`.
    profiles
        The file of profiles of sites, if there is one.
    """

    options: Options
    model: str | None
    parts: str
    key: str
    kinds: tuple[Kind, ...]
    line_kinds: dict[str, tuple[Kind, ...]]
    folder: str | None = None
    sites: str | None = None
    quality: str | None = None
    profiles: str | None = None

    def load(self) -> Tools:
        """Load the models and the site memory, whose checksums the run has looked at."""
        options = self.options
        memory = None if self.sites is None else SiteMemory.load(self.sites, verify=False)
        cleaner = Cleaner.load(
            self.model,
            threshold=options.threshold,
            keep=options.keep,
            mode=options.mode,
            memory=memory,
            profiles=self.profiles,
        )
        if not options.needs_score:
            return Tools(cleaner)
        from detector.quality.score import Scorer

        return Tools(cleaner, Scorer.load(self.quality, cleaner.model.tables))

    def do(
        self, shard: Shard, loaded: Tools, report: Report, *, careful: bool = False, skipped: frozenset[int]
    ) -> dict[str, Any]:
        """Clean a shard, see `clean_shard`."""
        return clean_shard(shard, self, loaded, report, careful=careful, skipped=skipped)


def clean_shard(
    shard: Shard,
    job: Job,
    tools: Tools,
    report: Report,
    *,
    careful: bool = False,
    skipped: frozenset[int],
) -> dict[str, Any]:
    """Clean a shard, and leave its parts and its marker.

    Parameters
    ----------
    shard, job, tools
        What, how and with what.
    report
        Told how far the work is.
    careful
        Whether pages are cleaned one by one, each announced before.
    skipped
        Places of pages that are not to be touched.

    Returns
    -------
    dict
        The marker: counts and failures.

    Raises
    ------
    OutputError
        A part cannot be written.
    """
    tally = Tally()
    failures: list[PageFailure] = []
    done = places = 0
    with Parts(shard, job) as parts:
        for batch in read_shard(shard, job.options):
            done += batch.n_bytes
            places += batch.n_places
            results = _cleaned(batch, tools.cleaner, report, tally.pages, done, careful, skipped)
            if job.kinds[shard.source].format == "parquet":
                _drop_surrogates(batch, results)
            scores = _scored(batch, results, tools.scorer)
            tally.unknown += sum(score.quality is None for score in scores if score is not None)
            low = _drop_low(results, scores, job.options.min_quality)
            tally.add_pages(low, [result.text for result in low])
            tally.below += len(low)
            kept = [index for index, result in enumerate(results) if result is not None]
            good = [result for result in results if result is not None]
            texts = [result.text for result in good]
            try:
                changes = [
                    _changes(result, text, batch.text_fields[index], job.options)
                    | _score_columns(scores[index], tools.scorer, job)
                    for index, result, text in zip(kept, good, texts, strict=True)
                ]
                parts.write_rows(select(batch.rows, kept), changes)
            except DetectorError as error:
                if isinstance(error, OutputError):
                    raise
                raise OutputError(str(error)) from None
            tally.add_pages(good, texts)
            tally.text_bytes += sum(len(result.page.text.encode("utf-8", "surrogatepass")) for result in (*good, *low))
            if job.options.removed:
                parts.write_lines("removed", b"".join(dumps(r) for result in good for r in removed_records(result)))
            if job.options.attributes:
                parts.write_lines("attributes", _attribute_lines(batch, results))
            tally.failed += len(batch.failures)
            failures += batch.failures
            report(tally.pages, done, CARELESS)
        marker = {"key": job.key, "places": places, "tally": tally.as_json(), "failures": failures}
        parts.finish(marker)
    return marker


def _cleaned(
    batch: Batch, cleaner: Cleaner, report: Report, pages: int, done: int, careful: bool, skipped: frozenset[int]
) -> list[CleanPage | None]:
    """Clean a batch; a page that fails becomes None and a failure of the batch."""
    if not careful:
        try:
            return list(cleaner.clean_many(batch.pages))
        except MemoryError:
            raise
        except Exception:  # whatever it is, it must not cost the other pages
            pass
    results: list[CleanPage | None] = []
    for page, place in zip(batch.pages, batch.places, strict=True):
        result = None
        if place in skipped:
            batch.failures.append(PageFailure(place, "the worker died while it cleaned this page", page.id))
        else:
            if careful:
                report(pages, done, place)
            result = _cleaned_alone(page, place, cleaner, batch.failures)
        results.append(result)
    return results


def _cleaned_alone(page: Page, place: int, cleaner: Cleaner, failures: list[PageFailure]) -> CleanPage | None:
    try:
        return next(iter(cleaner.clean_many([page])))
    except Exception as error:
        failures.append(PageFailure(place, f"cannot be cleaned: {type(error).__name__}: {error}", page.id))
        return None


def _scored(batch: Batch, results: list[CleanPage | None], scorer: Scorer | None) -> list[Quality | None]:
    """Score a batch; a page that cannot be scored becomes None and a failure of the batch."""
    scores: list[Quality | None] = [None] * len(results)
    if scorer is None:
        return scores
    there = [(index, result) for index, result in enumerate(results) if result is not None]
    try:
        found: list[Quality | None] = list(scorer.score_batch([result for _, result in there]))
    except MemoryError:
        raise
    except Exception:  # whatever it is, it must not cost the other pages
        found = [_scored_alone(batch, index, results, scorer) for index, _ in there]
    for (index, _), score in zip(there, found, strict=True):
        scores[index] = score
    return scores


def _scored_alone(batch: Batch, index: int, results: list[CleanPage | None], scorer: Scorer) -> Quality | None:
    result = results[index]
    assert result is not None
    try:
        return scorer.score(result)
    except Exception as error:
        reason = f"cannot be scored: {type(error).__name__}: {error}"
        batch.failures.append(PageFailure(batch.places[index], reason, batch.pages[index].id))
        results[index] = None
        return None


def _drop_low(
    results: list[CleanPage | None], scores: Sequence[Quality | None], least: float | None
) -> list[CleanPage]:
    """Take out the pages whose quality is known to be too low, and give them."""
    low: list[CleanPage] = []
    if least is None:
        return low
    for index, score in enumerate(scores):
        result = results[index]
        if result is not None and score is not None and score.quality is not None and score.quality < least:
            low.append(result)
            results[index] = None
    return low


def _score_columns(score: Quality | None, scorer: Scorer | None, job: Job) -> dict[str, Any]:
    options = job.options
    if score is None or scorer is None or not (options.score or options.only_score):
        return {}
    values = score.as_dict()
    return {"quality": values.pop("quality"), "percentile": scorer.percentile(score, options.reference), **values}


def _drop_surrogates(batch: Batch, results: list[CleanPage | None]) -> None:
    """Let pages fail that Parquet cannot hold; JSONL can."""
    for index, result in enumerate(results):
        try:
            if result is not None:
                result.page.text.encode()
        except UnicodeEncodeError:
            results[index] = None
            reason = "the text has lone surrogates, which Parquet cannot hold"
            batch.failures.append(PageFailure(batch.places[index], reason, batch.pages[index].id))


def _changes(result: CleanPage, text: str, text_field: str, options: Options) -> dict[str, Any]:
    changes: dict[str, Any] = {} if options.only_score else {options.clean_field or text_field: text}
    if options.columns:
        page, scores = result.page, result.scores
        words = int(scores.sizes.sum())
        article = float((scores.sizes * (1 - scores.p_noise)).sum())
        changes |= {
            "n_lines": len(scores.numbers),
            "n_removed": int((~result.is_kept).sum()),
            "removed_share": round(1 - len(text) / len(page.text), 4) if page.text else 0.0,
            "score": round(article / words, 4) if words else 0.0,
            "threshold": round(result.threshold, 4),
        }
    return changes


def _attribute_lines(batch: Batch, results: Sequence[CleanPage | None]) -> bytes:
    """A line for each document, so that documents and attributes can be read side by side."""
    lines = [
        (place, dumps(attributes_record(result)))
        for place, result in zip(batch.places, results, strict=True)
        if result is not None
    ]
    lines += [
        (failure.place, dumps({"id": failure.id, "attributes": {}})) for failure in batch.failures if failure.place
    ]
    return b"".join(line for _, line in sorted(lines, key=lambda item: item[0]))
