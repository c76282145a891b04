import numpy as np

from detector.labels import ARTICLE, NOISE, LabelledPage, LabelledSegment
from detector.segment.chars import build_tables
from detector.training.dataset import make_dataset
from detector.training.inject import INJECTED
from detector.training.repeats import training_repeats


def page(name, site, *lines, source="own"):
    segments = [(LabelledSegment(text, label, kind="navigation" if label == NOISE else None),) for text, label in lines]
    return LabelledPage(id=name, lines=tuple(segments), site=site, source=source)


MENU = ("Home News 3", NOISE)
PAGES = [
    page("a", "one", MENU, ("The ferry sank at dawn.", ARTICLE), MENU),
    page("b", "one", ("home, news 12", NOISE), ("The mayor resigned on Friday.", ARTICLE)),
    page("c", "one", ("* * *", NOISE), ("The ferry sank at dawn.", ARTICLE)),
    page("d", "two", MENU, ("A single page of a site.", ARTICLE)),
    page("e", "one", MENU, ("The ferry sank at dawn.", ARTICLE), source=INJECTED),
]


def test_pages_of_a_site_are_counted_without_the_page_itself():
    data = make_dataset(PAGES, build_tables())
    repeats = training_repeats(data, seed=0)
    assert repeats.n_pages[:3].tolist() == [2, 2, 2]
    assert repeats.counts[:7].tolist() == [1, 1, 1, 1, 0, 0, 1]


def test_sites_of_one_page_are_imagined():
    data = make_dataset(PAGES, build_tables())
    repeats = training_repeats(data, seed=0)
    assert (repeats.n_pages[3:] >= 2).all()
    assert (repeats.counts <= repeats.n_pages[data.page]).all()


def test_imagined_sites_repeat_noise_more_than_articles():
    lines = [(f"A line of the story, number {i}.", ARTICLE) for i in range(200)]
    lines += [(f"Menu item {i}", NOISE) for i in range(200)]
    pages = [page(f"p{i}", f"site {i}", *lines) for i in range(20)]
    data = make_dataset(pages, build_tables())
    repeats = training_repeats(data, seed=1)
    article = data.target == 1
    assert (repeats.counts[article] > 0).mean() < 0.2
    assert (repeats.counts[~article] > 0).mean() > 0.5


def test_the_same_seed_gives_the_same_sites():
    data = make_dataset(PAGES, build_tables())
    first, second = training_repeats(data, seed=4), training_repeats(data, seed=4)
    assert np.array_equal(first.counts, second.counts)
    assert np.array_equal(first.n_pages, second.n_pages)
