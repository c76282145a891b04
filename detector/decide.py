"""From probabilities to a decision: which lines of a page are noise, and which of those go."""

from __future__ import annotations

import re
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Mode = Literal["filter", "trim"]
"""``filter`` removes noise wherever it stands, ``trim`` only above the first and below the last line of article."""

_LINE_END: Final = re.compile(r"\r\n|\r|\n")

BETA: Final = 1.1
"""Article that is lost weighs a little more than noise that stays: recall counts `BETA` squared times in F-beta."""

LOWEST_THRESHOLD: Final = 0.4
HIGHEST_THRESHOLD: Final = 0.75


def page_threshold(p_noise: NDArray[np.float64], sizes: NDArray[np.int64]) -> float:
    """The threshold that maximises the expected F-beta of a page, beta being `BETA`.

    With calibrated probabilities, the expected F1 of keeping the lines below a threshold is about
    twice the expected article kept, over what is kept plus all expected article (the plug-in rule of
    Ye, Chai, Lee and Chieu, "Optimizing F-measure: a tale of two approaches", ICML 2012); F-beta likewise.
    A page that is clear gets a threshold near one half; on a doubtful page more is kept.

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
    expected = (1 + BETA**2) * article / (np.cumsum(weight) + BETA**2 * article[-1])
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
    stay as far apart as they were.  A removed segment takes along the white space that sets it off from
    the segment before it, or after it at the head of a line; its line keeps its end.

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
    rows = np.arange(len(kept))
    line = np.cumsum(np.concatenate(([True], line_starts[1:] != line_starts[:-1]))) - 1
    first_of_line = np.flatnonzero(np.diff(line, prepend=-1))
    next_line = np.append(line_starts[first_of_line[1:]], len(text))[line]
    kept_in_line = np.add.reduceat(kept.astype(np.int64), first_of_line)
    kept_before: NDArray[np.int64] = np.cumsum(kept) - kept  # of the page
    after_kept: NDArray[np.bool_] = kept_before > kept_before[first_of_line][line]  # in the same line
    whole = (kept_in_line == 0)[line]
    neighbour = np.minimum(rows + 1, len(kept) - 1)
    begin = np.where(after_kept, ends[np.maximum(rows - 1, 0)], line_starts)
    end = np.where(whole, next_line, np.where(after_kept, ends, starts[neighbour]))
    removed = np.flatnonzero(~kept)
    begin, end = begin[removed], end[removed]

    stays = np.flatnonzero(kept)
    if removed[0] < stays[0]:  # no blank lines on top of a page that has lost its head
        begin[0] = 0
    if whole[-1]:  # nor at the end of one that has lost its tail
        content = int(ends[line == line[stays[-1]]].max())
        following = _LINE_END.search(text, content)
        tail = np.flatnonzero(whole[removed] & (removed > stays[-1]))
        begin[tail[0]] = following.end() if following else content
        end[-1] = len(text)
    return _between(begin, end, len(text))


def _between(begin: NDArray[np.int64], end: NDArray[np.int64], size: int) -> list[tuple[int, int]]:
    """The stretches of a text outside some intervals, which are in order but may overlap."""
    gap_start = np.concatenate(([0], np.maximum.accumulate(end)))
    gap_end = np.append(begin, size)
    real = gap_end > gap_start
    return list(zip(gap_start[real].tolist(), gap_end[real].tolist(), strict=True))
