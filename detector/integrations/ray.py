"""A callable for Ray Data's `map_batches`; also for Spark's `mapInArrow` and `datasets.map`.

>>> ds = ray.data.read_parquet("crawl/").map_batches(CleanBatch, batch_format="pyarrow")  # doctest: +SKIP
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from detector.cleaner import Cleaner
from detector.corpus.batch import page_of, with_site
from detector.corpus.extras import need
from detector.corpus.options import Fields, Options
from detector.corpus.parquet import changed_table
from detector.corpus.tally import Tally
from detector.decide import Mode
from detector.errors import InputError
from detector.memory.count import counter_to
from detector.memory.sites import SiteMemory
from detector.page import Page
from detector.quality.model import PARTS
from detector.quality.score import Scorer


class CleanBatch:
    """Removes the noise from the texts of Arrow tables; holds the model, so that each worker loads it once.

    Parameters
    ----------
    model
        The model file, by default the one that ships.  A path must be there on every machine.
    text_field, id_field, url_field, site_field
        Names of columns.
    sites
        The file of a site memory, see `detector.memory`; a path must be there on every machine.
    clean_field
        Where the clean text goes; by default in the place of the text.
    columns
        Whether ``n_lines``, ``n_removed`` and ``removed_share`` are added.
    threshold, keep, mode
        As for `detector.Cleaner`.
    profiles
        A file of profiles of sites; like the model it must be there on every machine.
    score
        Whether the quality of each text and its parts are added, see `detector.quality`.
    """

    def __init__(
        self,
        model: str | None = None,
        *,
        text_field: str = "text",
        id_field: str | None = None,
        url_field: str | None = None,
        site_field: str | None = None,
        sites: str | None = None,
        clean_field: str | None = None,
        columns: bool = False,
        score: bool = False,
        threshold: float | None = None,
        keep: Iterable[str] = (),
        mode: Mode = "filter",
        profiles: str | None = None,
    ) -> None:
        memory = None if sites is None else SiteMemory.load(sites)
        self._cleaner = Cleaner.load(model, threshold=threshold, keep=keep, mode=mode, memory=memory, profiles=profiles)
        self._fields = Fields(text_field, None, id_field, url_field, site_field)
        self._options = Options(self._fields, clean_field, columns, score=score)
        self._scorer = Scorer.load(tables=self._cleaner.model.tables) if score else None

    def __call__(self, table: Any) -> Any:
        """Clean a table.

        Parameters
        ----------
        table
            A `pyarrow.Table` or `pyarrow.RecordBatch`.

        Returns
        -------
        pyarrow.Table
            The same rows; a text that is null stays null.

        Raises
        ------
        InputError
            There is no such column, or it holds no texts.
        """
        arrow = need("pyarrow", "ray", "cleaning Arrow tables")
        if isinstance(table, arrow.RecordBatch):
            table = arrow.Table.from_batches([table])
        name = str(self._fields.text)
        texts, pages = _pages(table, self._fields)
        changes = []
        results = list(self._cleaner.clean_many(pages))
        scores = [None] * len(results) if self._scorer is None else list(self._scorer.score_many(results))
        for text, result, score in zip(texts, results, scores, strict=True):
            clean = result.text
            change: dict[str, Any] = {self._options.clean_field or name: None if text is None else clean}
            if self._options.columns:
                tally = Tally()
                tally.add_pages([result], [clean])
                share = round(tally.chars_removed / tally.chars, 4) if tally.chars else 0.0
                change |= {"n_lines": tally.lines, "n_removed": tally.removed, "removed_share": share}
            if score is not None:
                change |= dict.fromkeys(score.as_dict()) if text is None else score.as_dict()
            changes.append(change)
        return changed_table(table, changes, self._types(arrow, table, name))

    def _types(self, arrow: Any, table: Any, name: str) -> dict[str, Any]:
        """The types of new columns: a table without rows has the columns of all others."""
        counts = {"n_lines": arrow.int64(), "n_removed": arrow.int64(), "removed_share": arrow.float64()}
        kind = table.schema.field(name).type
        return {
            self._options.clean_field or name: kind if arrow.types.is_large_string(kind) else arrow.string(),
            **(counts if self._options.columns else {}),
            **(dict.fromkeys(PARTS, arrow.float64()) | {"reason": arrow.string()} if self._scorer else {}),
        }


class CountBatch:
    """Counts the lines of Arrow tables by site, for ``detector sites merge``; use it with `map_batches` or `map`.

    Parameters
    ----------
    folder
        Where the parts go, a part for each table: give large tables, and a folder that is empty.
    text_field, url_field, site_field
        Names of columns.
    site
        The site of rows that name none.
    """

    def __init__(
        self,
        folder: str,
        *,
        text_field: str = "text",
        url_field: str | None = None,
        site_field: str | None = None,
        site: str | None = None,
    ) -> None:
        self._folder, self._site = folder, site
        self._fields = Fields(text_field, None, None, url_field, site_field)

    def __call__(self, table: Any) -> Any:
        """Count a table.

        Parameters
        ----------
        table
            A `pyarrow.Table` or `pyarrow.RecordBatch`.

        Returns
        -------
        pyarrow.Table
            One row: ``pages`` counted, and ``siteless`` ones that were not.

        Raises
        ------
        InputError
            There is no such column, or it holds no texts.
        OutputError
            A part cannot be written.
        """
        arrow = need("pyarrow", "ray", "counting Arrow tables")
        if isinstance(table, arrow.RecordBatch):
            table = arrow.Table.from_batches([table])
        # A table that is counted twice, as when a task is run again, changes nothing: parts are sets.
        with counter_to(self._folder, os.urandom(8).hex()) as counter:
            counter.add([with_site(page, self._site) for page in _pages(table, self._fields)[1]])
        return arrow.table({"pages": [counter.n_pages], "siteless": [counter.n_siteless]})


def _pages(table: Any, fields: Fields) -> tuple[list[Any], list[Page]]:
    """The texts of a table, and a page for each, an empty one for null."""
    name = str(fields.text)
    if name not in table.column_names:
        raise InputError(f"there is no column {name!r}; the columns are: {', '.join(table.column_names)}")
    wanted = {name, *(fields.id or "id", fields.url or "url", fields.site or "site")}
    columns = {column: table.column(column).to_pylist() for column in wanted if column in table.column_names}
    pages = []
    for index, text in enumerate(columns[name]):
        record = {column: values[index] for column, values in columns.items()}
        pages.append(Page("") if text is None else page_of(record, fields, str(index))[0])
    return columns[name], pages
