"""Which addresses of a page may stand in an output."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urljoin, urlsplit

_IGNORED: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SCHEME: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_LINKED: Final = frozenset(("http", "https", "mailto", "tel"))
_SHOWN: Final = frozenset(("http", "https"))


def safe_url(value: str | None, base: str | None, *, shown: bool = False) -> str | None:
    """An address that does no harm when it is followed, or None.

    Parameters
    ----------
    value
        The address as it stands in the page.
    base
        What it is relative to, if known.
    shown
        Whether it is loaded with the page, as that of an image is.

    Returns
    -------
    str or None
        None for scripts and data, and for what leads nowhere outside of the page it stood in.
    """
    # Browsers leave out control characters, even within "javascript:".
    address = _IGNORED.sub("", value or "").strip()
    allowed = _SHOWN if shown else _LINKED
    if not address or not _is_allowed(address, allowed):
        return None
    try:
        address = urljoin(base or "", address)
        urlsplit(address)
    except ValueError:  # no such host can be
        return None
    if address.startswith("#"):
        return None
    return address if _is_allowed(address, allowed) else None


def _is_allowed(address: str, allowed: frozenset[str]) -> bool:
    scheme = _SCHEME.match(address)
    return scheme is None or scheme.group(1).lower() in allowed
