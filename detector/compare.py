"""Two models side by side on the same labelled pages, with paired intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector.evaluate import (
    PageResult,
    article_char_recall,
    drawn_groups,
    kind_figures,
    macro_f1,
    noise_char_removed,
    noise_line_f1,
    page_word_f1,
    pages_harmed,
    rows_by_site,
)
from detector.labels import KINDS
from detector.metrics import bootstrap

Statistic = Callable[[Sequence[PageResult]], float]

STATISTICS: Final[dict[str, Statistic]] = {
    "page_word_f1": page_word_f1,
    "noise_line_f1": noise_line_f1,
    "article_char_recall": article_char_recall,
    "noise_char_removed": noise_char_removed,
    "pages_harmed": pages_harmed,
    "kind_macro_f1": lambda results: macro_f1(kind_figures(results)),
}
"""What two models are compared by, in the order in which it is told."""

_SHOWN: Final = 10


def compare(a: Sequence[PageResult], b: Sequence[PageResult], n_rounds: int = 200) -> dict[str, Any]:
    """Compare two models by what they make of the same pages.

    The interval of a difference is that of a paired bootstrap (Efron and Tibshirani, An Introduction to the
    Bootstrap, 1993): each draw takes the same sites for both models; where there is only one site, the same pages.

    Parameters
    ----------
    a, b
        The same pages in the same order, judged with each model.
    n_rounds
        Draws.

    Returns
    -------
    dict
        Ready for JSON.  Each figure has ``a``, ``b`` and ``difference``, which is ``[b - a, low, high]``.
    """
    sites = rows_by_site(a)
    groups = drawn_groups(a)

    def difference(statistic: Statistic) -> dict[str, Any]:
        def of(drawn: NDArray[np.int64]) -> float:
            rows = [row for group in drawn.tolist() for row in groups[group]]
            return statistic([b[row] for row in rows]) - statistic([a[row] for row in rows])

        interval = [round(value, 4) for value in bootstrap(len(groups), of, n_rounds)]
        return {"a": round(statistic(a), 4), "b": round(statistic(b), 4), "difference": interval}

    known = kind_figures(a)
    return {
        "pages": len(a),
        "sites": len(sites),
        "drawn": "sites" if len(sites) > 1 else "pages",
        "figures": {name: difference(statistic) for name, statistic in STATISTICS.items()},
        "kinds": {
            kind: {"lines": entry["lines"], "removed": difference(partial(_removed, KINDS.index(kind)))}
            for kind, entry in known.items()
        },
        "by_page": _by_page(a, b),
    }


def _removed(kind: int, results: Sequence[PageResult]) -> float:
    """Share of the noise lines of a kind that are removed; 1 where there are none."""
    of_kind = [r.is_noise & (r.kind == kind) for r in results]
    found = sum(int((rows & r.removed).sum()) for rows, r in zip(of_kind, results, strict=True))
    total = sum(int(rows.sum()) for rows in of_kind)
    return found / total if total else 1.0


def _by_page(a: Sequence[PageResult], b: Sequence[PageResult]) -> dict[str, Any]:
    """How many pages gain and lose by their word F1, and which do most."""
    gains = np.array([after.words[2] - before.words[2] for before, after in zip(a, b, strict=True)])

    def shown(rows: NDArray[np.int64]) -> list[dict[str, Any]]:
        return [
            {"id": a[row].page.id, "a": round(a[row].words[2], 4), "b": round(b[row].words[2], 4)}
            for row in rows[:_SHOWN].tolist()
        ]

    order = np.argsort(gains, kind="stable")
    return {
        "better": int((gains > 0).sum()),
        "worse": int((gains < 0).sum()),
        "gained_most": shown(order[::-1][gains[order[::-1]] > 0]),
        "lost_most": shown(order[gains[order] < 0]),
    }
