"""Which lines are a page's, and sums over stretches of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class PageRows(NamedTuple):
    """The lines of some pages: each line's number, page, and the first and last-plus-one line of its page."""

    rows: NDArray[np.int64]
    page: NDArray[np.int64]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    page_rows: NDArray[np.int64]

    @classmethod
    def of(cls, page_rows: NDArray[np.int64]) -> PageRows:
        """Tell the lines of pages that begin at `page_rows`, which has one entry more than there are pages."""
        page = np.repeat(np.arange(len(page_rows) - 1), np.diff(page_rows))
        return cls(np.arange(len(page)), page, page_rows[:-1][page], page_rows[1:][page], page_rows)

    def moved(self, values: NDArray[np.float32], step: int, missing: float) -> NDArray[np.float32]:
        """The value of the line `step` further on in the page."""
        at = self.rows + step
        return np.where((at >= self.low) & (at < self.high), values.take(at, mode="clip"), np.float32(missing))


def prefix_sums(values: NDArray[Any]) -> NDArray[np.int64]:
    """Sums of whole numbers from the first line on; the sum over ``a:b`` is the difference of two."""
    sums = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=sums[1:])
    return sums
