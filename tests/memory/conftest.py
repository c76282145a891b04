"""Pages of small sites, and memories of them."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from detector.features.memory import page_key
from detector.memory.count import counter_to
from detector.memory.merge import merge_parts
from detector.memory.sites import SiteMemory
from detector.page import Page
from detector.segment.chars import build_tables
from detector.segment.keys import line_keys
from detector.segment.text import make_batch
from detector.segment.tokens import find_tokens

TABLES = build_tables()


def pages_of(**texts):
    """Pages by site, as ``pages_of(a=["text of a page", ...])``."""
    return [Page(text, site=site) for site, several in texts.items() for text in several]


def count(folder, pages, most_bytes=None):
    """Parts of some pages."""
    Path(folder).mkdir(exist_ok=True, parents=True)
    counter = counter_to(str(folder), f"p{next(_numbers)}")
    if most_bytes is not None:
        counter._most_bytes = most_bytes
    with counter:
        counter.add(pages)
    return counter.paths


_numbers = itertools.count()


def learn(folder, pages, **settings):
    """The memory of some pages."""
    path = str(Path(folder) / f"m{next(_numbers)}.sites")
    merge_parts(count(folder, pages), path, **settings)
    return SiteMemory.load(path)


def look_up(memory, *pages):
    """Counts of the lines of pages, a list a page, and the pages of their sites."""
    texts = [page.text for page in pages]
    batch = make_batch(texts, TABLES)
    keys = line_keys(find_tokens(batch))
    found = memory.look_up(
        [page.site for page in pages], np.array([*map(page_key, texts)], np.uint64), keys, batch.page_rows
    )
    by_page = np.split(found.counts, batch.page_rows[1:-1])
    return [counts.tolist() for counts in by_page], found.n_pages.tolist()


@pytest.fixture
def memory(tmp_path):
    """Two sites with frames of their own."""
    return learn(
        tmp_path,
        pages_of(
            a=[f"Home\nStory {word} told\nShare this, {n} times!" for n, word in enumerate(["one", "two", "three"])],
            b=["Home\nIt rained.", "HOME\nIt shone."],
            c=["Alone"],
        ),
    )
