"""From probabilities to a decision: which lines of a page are noise, and which of those go."""

from __future__ import annotations

import re
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Mode = Literal["filter", "trim"]
"""``filter`` removes noise wherever it stands, ``trim`` only above the first and below the last line of article."""

_LINE_END: Final = re.compile(r"\r\n|\r|\n")

LOWEST_THRESHOLD: Final = 0.4
HIGHEST_THRESHOLD: Final = 0.75


def page_threshold(p_noise: NDArray[np.float64], sizes: NDArray[np.int64]) -> float:
    """The threshold that maximises the expected F1 of a page.

    With calibrated probabilities, the expected F1 of keeping the lines below a threshold is about
    twice the expected article kept, over what is kept plus all expected article (the plug-in rule of
    Ye, Chai, Lee and Chieu, "Optimizing F-measure: a tale of two approaches", ICML 2012).  A page
    that is clear gets a threshold near one half; on a doubtful page more is kept.

    Parameters
    ----------
    p_noise
        float64, shape (n_lines,): calibrated probabilities.
    sizes
        int64, shape (n_lines,): words of each line.

    Returns
    -------
    float
        Lines with a probability of noise from this on are noise; it lies between
        `LOWEST_THRESHOLD` and `HIGHEST_THRESHOLD`.
    """
    if not len(p_noise):
        return HIGHEST_THRESHOLD
    order = np.argsort(p_noise, kind="stable")
    noise = p_noise[order]
    weight = sizes[order] + 1.0
    article = np.cumsum((1 - noise) * weight)
    expected = 2 * article / (np.cumsum(weight) + article[-1])
    best = int(np.argmax(expected))
    # Any threshold between the last line kept and the first one dropped decides alike.
    following = noise[best + 1] if best + 1 < len(noise) else 1.0
    return float(np.clip((noise[best] + following) / 2, LOWEST_THRESHOLD, HIGHEST_THRESHOLD))


def kept_lines(is_noise: NDArray[np.bool_], spared: NDArray[np.bool_], mode: Mode) -> NDArray[np.bool_]:
    """Which lines stay.

    Parameters
    ----------
    is_noise
        bool, shape (n_lines,): the verdict.
    spared
        bool, shape (n_lines,): noise of a kind that the user keeps.
    mode
        See `Mode`.
    """
    kept = ~is_noise | spared
    if mode == "trim":
        article = np.flatnonzero(~is_noise)
        if len(article):
            kept[article[0] : article[-1] + 1] = True
    return kept


def kept_spans(
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    line_starts: NDArray[np.int64],
    kept: NDArray[np.bool_],
    text: str,
) -> list[tuple[int, int]]:
    """The stretches of a page's text that stay when some of its segments go.

    A removed line takes its line end along and the blank lines that follow it, so that paragraphs
    stay as far apart as they were.  A removed segment takes the white space between it and its line's
    other segments.

    Parameters
    ----------
    starts, ends, line_starts
        int64, shape (n_segments,): as in `Batch`, relative to the page.
    kept
        bool, shape (n_segments,).
    text
        The page.

    Returns
    -------
    list of (start, end)
        In order, not overlapping.
    """
    if kept.all():
        return [(0, len(text))]
    if not kept.any():
        return []
    rows = np.flatnonzero(kept)
    spans: list[tuple[int, int]] = []
    last_row = len(kept) - 1
    for first, last in _runs(rows):
        # Left border: the line's own begin, or the segment's where the line's head was cut off.
        fresh = first == 0 or line_starts[first] != line_starts[first - 1]
        begin = int(line_starts[first]) if fresh else int(starts[first])
        if first == 0:
            begin = 0
        # Right border: up to the next line, or the segment's end where the line's tail is cut off.
        if last == last_row:
            end = len(text)
        elif line_starts[last + 1] == line_starts[last]:
            end = int(ends[last])
        else:
            end = int(line_starts[last + 1])
        spans.append((begin, end))
    if not kept[-1]:  # no blank lines at the end of a page that has lost its tail
        begin, end = spans[-1]
        content = int(ends[rows[-1]])
        following = _LINE_END.search(text, content, end)
        spans[-1] = (begin, following.end() if following else end)
    return spans


def _runs(rows: NDArray[np.int64]) -> list[tuple[int, int]]:
    breaks = np.flatnonzero(np.diff(rows) > 1)
    firsts = np.concatenate((rows[:1], rows[breaks + 1]))
    lasts = np.concatenate((rows[breaks], rows[-1:]))
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))
