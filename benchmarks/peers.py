"""Published main-content extractors, each called as its documentation has it: bytes of HTML in, text out."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from detector.segment.html import decode

Extract = Callable[[bytes], str]


@dataclass(frozen=True)
class Peer:
    """An extractor.

    Parameters
    ----------
    name, version
        Of its distribution.
    extract
        Makes the clean text of a page.
    special
        What to call instead on the pages of a benchmark, where another of its modes is made for them.
    """

    name: str
    version: str
    extract: Extract
    special: Mapping[str, Extract] = field(default_factory=dict)

    def text(self, html: bytes, benchmark: str) -> str | None:
        """The clean text of a page; None where the extractor fails."""
        try:
            return self.special.get(benchmark, self.extract)(html) or ""
        except Exception:  # whatever breaks in a peer is an empty page of that peer, not the end of the run
            return None


Modes = tuple[Extract, Mapping[str, Extract]]


def _trafilatura() -> Modes:
    from trafilatura import extract

    def articles(html: bytes) -> str:  # its own evaluation leaves comments out of articles
        return extract(html, include_comments=False) or ""

    return lambda html: extract(html) or "", {"scrapinghub": articles, "trafilatura-eval": articles}


def _justext() -> Modes:
    from justext import get_stoplist, get_stoplists, justext

    english = get_stoplist("English")
    every = frozenset().union(*map(get_stoplist, get_stoplists()))

    def with_stoplist(stoplist: Collection[str]) -> Extract:
        return lambda html: "\n".join(part.text for part in justext(html, stoplist) if not part.is_boilerplate)

    return with_stoplist(english), {"trafilatura-eval": with_stoplist(every)}  # two thirds of it are German


def _resiliparse() -> Modes:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import detect_encoding
    from resiliparse.parse.html import HTMLTree

    def extract(html: bytes) -> str:
        return extract_plain_text(HTMLTree.parse_from_bytes(html, detect_encoding(html) or "utf-8"), main_content=True)

    return extract, {}


def _readability() -> Modes:
    from readability import Document

    text = _fragment_to_text()
    return lambda html: text(Document(html).summary()), {}


def _magic_html() -> Modes:
    from magic_html import GeneralExtractor

    text, extractor = _fragment_to_text(), GeneralExtractor()
    return lambda html: text(extractor.extract(decode(html), base_url="https://example.org/")["html"]), {}


def _fragment_to_text() -> Callable[[str], str]:
    """All text of the HTML that some extractors answer with, in about a millisecond."""
    from resiliparse.extract.html2text import extract_plain_text

    return lambda html: extract_plain_text(html, list_bullets=False, alt_texts=False)


def _boilerpy3() -> Modes:
    from boilerpy3.extractors import ArticleExtractor, DefaultExtractor

    default, article = DefaultExtractor(raise_on_failure=False), ArticleExtractor(raise_on_failure=False)

    def articles(html: bytes) -> str:
        return article.get_content(decode(html))

    return (
        lambda html: default.get_content(decode(html)),
        {"scrapinghub": articles, "trafilatura-eval": articles},
    )


def _newspaper4k() -> Modes:
    from newspaper import Article

    def extract(html: bytes) -> str:
        article = Article("https://example.org/page.html", fetch_images=False)
        article.download(input_html=decode(html))
        article.parse()
        return article.text

    return extract, {}


def _goose3() -> Modes:
    from goose3 import Goose

    goose = Goose({"enable_image_fetching": False, "strict": False})
    return lambda html: goose.extract(raw_html=decode(html)).cleaned_text, {}


PEERS: Mapping[str, Callable[[], Modes]] = {
    "trafilatura": _trafilatura,
    "jusText": _justext,
    "resiliparse": _resiliparse,
    "readability-lxml": _readability,
    "boilerpy3": _boilerpy3,
    "newspaper4k": _newspaper4k,
    "goose3": _goose3,
    "magic-html": _magic_html,
}
"""By the name of the distribution; what imports it."""


def load_peers(names: Collection[str] = ()) -> tuple[list[Peer], dict[str, str]]:
    """The peers that can be imported, all or those named, and why the others cannot."""
    found: list[Peer] = []
    skipped: dict[str, str] = {}
    for name, load in PEERS.items():
        if names and name not in names:
            continue
        try:
            modes = load()
            found.append(Peer(name, importlib.metadata.version(name), *modes))
        except ImportError as error:
            skipped[name] = f"cannot be imported on Python {platform.python_version()} ({error})"
    return found, skipped
