"""Sites: what pages are grouped by in splits and folds."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


_SCHEME = re.compile(r"(?:[a-z][a-z0-9+.-]{0,30}:)?//", re.IGNORECASE)


@functools.cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


def site_of(url: str) -> str:
    """The registrable domain of a URL or host name by the Public Suffix List, or ``""``.

    Examples
    --------
    >>> site_of("https://www.news.example.co.uk/a/b?c")
    'example.co.uk'
    >>> site_of("no url")
    ''
    """
    try:
        host = urlsplit(url if _SCHEME.match(url) else f"//{url}").hostname or ""
    except ValueError:
        return ""
    if " " in host or "." not in host:
        return ""
    if host.replace(".", "").isdigit():  # an IPv4 address has no registrable domain
        return host
    return str(_suffixes().privatesuffix(host) or host)
