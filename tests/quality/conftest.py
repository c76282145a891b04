"""A small quality model for all tests of scores."""

import pytest

from detector.cleaner import Cleaner
from detector.quality.score import Scorer
from detector.training.crossval import as_pages
from detector.training.quality import fit_quality


@pytest.fixture(scope="session")
def verdicts(labelled_pages, tiny_model):
    """Labelled pages and what a weak model makes of them."""
    pages = labelled_pages[::2]
    return list(zip(pages, Cleaner(tiny_model).clean_many(as_pages(pages, text_only=True)), strict=True))


@pytest.fixture(scope="session")
def quality_model(verdicts):
    return fit_quality(verdicts)


@pytest.fixture(scope="session")
def shipped_cleaner():
    return Cleaner.load()


@pytest.fixture(scope="session")
def scorer(shipped_cleaner):
    """The one that ships."""
    return Scorer.load(tables=shipped_cleaner.model.tables)
