"""A step for datatrove's pipelines, with its local, Slurm and Ray executors.

>>> pipeline = [JsonlReader("crawl/"), LineCleaner(), JsonlWriter("clean/")]  # doctest: +SKIP
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from detector.cleaner import BATCH_CHARS, Cleaner, CleanPage
from detector.corpus.attributes import removed_records
from detector.corpus.batch import page_of, with_site
from detector.corpus.extras import need
from detector.corpus.options import Fields
from detector.corpus.tally import Tally
from detector.decide import Mode
from detector.memory.count import counter_to
from detector.memory.sites import SiteMemory
from detector.quality.score import Quality, Scorer

if TYPE_CHECKING:
    from datatrove.data import Document
    from datatrove.pipeline.base import PipelineStep
else:
    try:
        from datatrove.pipeline.base import PipelineStep
    except ImportError:  # the class says so when it is used
        PipelineStep = object


class SiteCounter(PipelineStep):
    """Counts the lines of documents by site; each task leaves parts, for ``detector sites merge``.

    Documents go on unchanged.  Those without ``site`` or ``url`` in their metadata are not counted.

    Parameters
    ----------
    folder
        Where the parts go; a task that is run again writes over its own.
    site
        The site of documents that name none.
    """

    name = "detector sites"
    type = "🔢 - COUNT"

    def __init__(self, folder: str, *, site: str | None = None) -> None:
        need("datatrove", "datatrove", "this step")
        super().__init__()
        self.folder, self.site = folder, site

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Iterator[Document]:
        """Count the documents of a task, see `LineCleaner.run`."""
        with counter_to(self.folder, f"{rank:05}") as counter:
            for documents in _batches(data):
                with self.track_time("batch"):
                    counter.add([with_site(_page(document), self.site) for document in documents])
                yield from documents
        self.stat_update("counted", value=counter.n_pages, unit="doc")
        self.stat_update("without_a_site", value=counter.n_siteless, unit="doc")


class LineCleaner(PipelineStep):
    """Removes the noise from documents, line by line.

    The text of each document is replaced by the clean text; what was removed is counted by kind in the step's
    statistics, as ``removed_caption`` and the like.

    Parameters
    ----------
    model
        The model file, by default the one that ships.  A path must be there on every machine.
    sites
        The file of a site memory, see `detector.memory`; likewise.
    threshold, keep, mode
        As for `detector.Cleaner`.
    exclusion_writer
        A datatrove writer for removed lines: each is a document with the line as its text and, as metadata,
        ``page``, ``line``, ``start``, ``end``, ``p_noise`` and, as filters have it, ``filter_reason``: the kind.
        Documents that are empty when they are clean go there, too, with the reason ``empty``.
    drop_empty
        Whether documents of which nothing stays are dropped, as filters do.
    columns
        Whether ``n_lines``, ``n_removed`` and ``removed_share`` are added to the metadata.
    profiles
        A file of profiles of sites; like the model it must be there on every machine.
    score
        Whether the quality of each document and its parts are added to the metadata, see `detector.quality`.
    min_quality
        Documents of a lower quality are dropped, with the reason ``quality``; those of an unknown one stay.
    """

    name = "detector"
    type = "🔻 - FILTER"

    def __init__(
        self,
        model: str | None = None,
        *,
        sites: str | None = None,
        threshold: float | None = None,
        keep: Iterable[str] = (),
        mode: Mode = "filter",
        exclusion_writer: Any = None,
        drop_empty: bool = True,
        columns: bool = False,
        profiles: str | None = None,
        score: bool = False,
        min_quality: float | None = None,
    ) -> None:
        need("datatrove", "datatrove", "this step")
        super().__init__()
        self.model, self.sites, self.profiles = model, sites, profiles
        self.threshold, self.keep, self.mode = threshold, tuple(keep), mode
        self.exclusion_writer = exclusion_writer
        self.drop_empty, self.columns = drop_empty, columns
        self.score, self.min_quality = score, min_quality

    def run(self, data: Any, rank: int = 0, world_size: int = 1) -> Iterator[Document]:
        """Clean the documents of a task.

        Parameters
        ----------
        data
            Documents.
        rank, world_size
            As datatrove gives them.

        Yields
        ------
        Document
            In order.
        """
        # Loaded here, in the worker: steps travel to other processes and machines.
        memory = None if self.sites is None else SiteMemory.load(self.sites)
        cleaner = Cleaner.load(
            self.model,
            threshold=self.threshold,
            keep=self.keep,
            mode=self.mode,
            memory=memory,
            profiles=self.profiles,
        )
        scorer = Scorer.load(tables=cleaner.model.tables) if self.score or self.min_quality is not None else None
        with self.exclusion_writer or contextlib.nullcontext() as writer:
            for documents in _batches(data):
                with self.track_time("batch"):
                    pages = [_page(document) for document in documents]
                    results = list(cleaner.clean_many(pages))
                    texts = [result.text for result in results]
                    scores = [None] * len(results) if scorer is None else scorer.score_batch(results)
                exclude = None if writer is None else (lambda document, to=writer: to.write(document, rank))
                for document, result, text, score in zip(documents, results, texts, scores, strict=True):
                    if score is not None and self._is_low(document, score, exclude):
                        continue
                    yield from self._finished(document, result, text, exclude)

    def _is_low(self, document: Document, score: Quality, exclude: Callable[[Document], object] | None) -> bool:
        """Take note of a document's score; tell whether the document goes for it."""
        if self.score:
            document.metadata |= score.as_dict()
        if self.min_quality is None or score.quality is None or score.quality >= self.min_quality:
            return False
        self.stat_update("total")
        self.stat_update("dropped", "dropped_quality")
        if exclude is not None:
            document.metadata["filter_reason"] = "quality"
            exclude(document)
        return True

    def _finished(
        self, document: Document, result: CleanPage, text: str, exclude: Callable[[Document], object] | None
    ) -> Iterator[Document]:
        self.stat_update("total")
        tally = Tally()
        tally.add_pages([result], [text])
        self.stat_update("lines", value=tally.lines, unit="line")
        self.stat_update("removed", value=tally.removed, unit="line")
        self.stat_update("chars_removed", value=tally.chars_removed, unit="char")
        for kind, count in tally.removed_by_kind.items():
            self.stat_update(f"removed_{kind}", value=count, unit="line")
        if exclude is not None:
            for record in removed_records(result):
                exclude(_excluded(document, record))
        if self.columns:
            share = round(tally.chars_removed / tally.chars, 4) if tally.chars else 0.0
            document.metadata |= {"n_lines": tally.lines, "n_removed": tally.removed, "removed_share": share}
        if self.drop_empty and not text.strip():
            self.stat_update("dropped", "dropped_empty")
            if exclude is not None:
                document.metadata["filter_reason"] = "empty"
                exclude(document)
            return
        document.text = text
        self.stat_update("forwarded")
        self.update_doc_stats(document)
        yield document


def _page(document: Document) -> Any:
    return page_of({**document.metadata, "text": document.text, "id": document.id}, Fields(text="text"), "")[0]


def _excluded(document: Document, record: dict[str, Any]) -> Document:
    text, kind = record.pop("text"), record.pop("kind")
    metadata = {**record, "filter_reason": kind or "between", "url": document.metadata.get("url")}
    return type(document)(text=text, id=f"{document.id}/{record['line']}", metadata=metadata)


def _batches(data: Iterable[Document]) -> Iterator[list[Document]]:
    """Documents that are cleaned together: one after the other would be far slower."""
    group: list[Document] = []
    size = 0
    for document in data:
        group.append(document)
        size += len(document.text)
        if size >= BATCH_CHARS:
            yield group
            group, size = [], 0
    if group:
        yield group
