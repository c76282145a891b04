"""Signs that a page is a repost: what the plug-ins and people leave who copy a story from another site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.cleaner import CleanPage
from detector.labels import KINDS

SIGNS: Final = ("markers", "source_line", "agency", "captions")
"""Plug-in markers, a line that names the source, an agency's credit on a site not its own, removed captions."""

WEIGHTS: Final[Mapping[str, float]] = {"markers": 0.9, "source_line": 0.7, "agency": 0.4, "captions": 0.2}
"""How much each sign says by itself."""

_SURE: Final = 0.8  # probability of noise from which a removed line is a sign
_EDGE: Final = 600  # characters at the head and tail of the clean text that are looked at
_AGENCIES: Final[Mapping[str, str]] = {
    "(AP)": "apnews.com",
    "Associated Press": "apnews.com",
    "(Reuters)": "reuters.com",
    "Thomson Reuters": "reuters.com",
    "(AFP)": "afp.com",
    "Agence France-Presse": "afp.com",
    "(dpa)": "dpa.com",
    "(UPI)": "upi.com",
    "(PTI)": "ptinews.com",
    "(ANI)": "aninews.in",
    "(IANS)": "ians.in",
    "(Xinhua)": "xinhuanet.com",
    "(EFE)": "efe.com",
    "(ANSA)": "ansa.it",
    "(TASS)": "tass.com",
    "(Bloomberg)": "bloomberg.com",
    "(CNN)": "cnn.com",
    "The Canadian Press": "thecanadianpress.com",
}


def repost_signs(page: CleanPage, text: str) -> dict[str, bool]:
    """Look for the signs on a clean page.

    Parameters
    ----------
    page
        The page.
    text
        Its clean text.
    """
    return dict(zip(SIGNS, _signs([page], [text])[0].tolist(), strict=True))


def repost_scores(pages: Sequence[CleanPage], texts: Sequence[str]) -> NDArray[np.float64]:
    """One minus the product of one minus `WEIGHTS` over the signs found; float64, shape (n_pages,)."""
    doubt = 1 - np.array([WEIGHTS[sign] for sign in SIGNS])
    return np.asarray(1 - np.where(_signs(pages, texts), doubt, 1).prod(axis=1))


def _signs(pages: Sequence[CleanPage], texts: Sequence[str]) -> NDArray[np.bool_]:
    found = np.zeros((len(pages), len(SIGNS)), np.bool_)
    kinds = [KINDS.index(kind) for kind in ("ad_marker", "source_link", "caption")]
    for index, (page, text) in enumerate(zip(pages, texts, strict=True)):
        scores = page.scores
        sure = scores.kinds[scores.p_noise >= _SURE]
        if len(sure):
            marker, source, caption = (bool((sure == kind).any()) for kind in kinds)
            found[index, [0, 1, 3]] = marker, source, caption
        found[index, 2] = agency_elsewhere(text, page.page.site or page.page.url or "")
    return found


def agency_elsewhere(text: str, site: str) -> bool:
    """Whether a text credits an agency, at its head or tail, on a site that is not the agency's own."""
    edges = text[:_EDGE] + "\n" + text[-_EDGE:]
    return any(name in edges and home not in site for name, home in _AGENCIES.items())
