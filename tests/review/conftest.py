"""A small review: the pages of the made-up site, judged by a made-up model."""

from contextlib import ExitStack

import pytest

from detector.cleaner import Cleaner
from detector.page import Page
from detector.review.collect import collect
from detector.review.session import Session
from detector.review.store import Store
from tests.review.browser import Screen, launch
from tests.review.sites import SITE, html_of, site_pages, text_of, write_corpus


@pytest.fixture(scope="session")
def review_pages():
    return site_pages(12)


@pytest.fixture
def make_collection(tiny_model):
    with ExitStack() as stack:

        def make(pages, **settings):
            found = collect([list(Cleaner(tiny_model).clean_many(pages))], **settings)
            stack.callback(found.shelf.close)
            return found

        yield make


@pytest.fixture(scope="session")
def source_pages(review_pages):
    return [Page(text_of(page), f"p{n}", site=SITE) for n, page in enumerate(review_pages)]


@pytest.fixture
def collection(make_collection, source_pages):
    return make_collection(source_pages)


@pytest.fixture
def html_collection(make_collection, review_pages):
    pytest.importorskip("selectolax")
    return make_collection(
        [Page.from_html(html_of(page), id=f"p{n}", site=SITE) for n, page in enumerate(review_pages)]
    )


@pytest.fixture
def labels(tmp_path):
    return tmp_path / "site.labels.jsonl"


@pytest.fixture
def begin(labels):
    """Begin a review into the labels file; `with begin(collection) as session`."""

    def begin(collection):
        return Session(collection, Store(labels, collection))

    return begin


@pytest.fixture
def row_of():
    """The first line of a page that reads so."""

    def find(collection, text, page=0):
        rows = collection.lines.rows_of(page)
        content = collection.shelf.page(page).text
        for row in range(rows.start, rows.stop):
            if content[collection.lines.starts[row] : collection.lines.ends[row]] == text:
                return row
        raise AssertionError(text)

    return find


@pytest.fixture(scope="module")  # no longer: its event loop is in the way of others
def browser():
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        found = launch(playwright)
        yield found
        found.close()


@pytest.fixture
def screen(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    made = Screen(context.new_page())
    yield made
    context.close()
    assert made.trouble == []


@pytest.fixture
def small(tmp_path):
    """Eight pages of text."""
    return write_corpus(tmp_path / "site.jsonl", site_pages(8))
