import json
from dataclasses import replace

import numpy as np
import pytest

from detector.adapt.file import save_profiles
from detector.adapt.gain import Gain
from detector.adapt.site import MOST_PAGES, adapt_site
from detector.cleaner import Cleaner
from detector.training.crossval import as_pages
from tests.adapt.conftest import FRAME_BOTTOM, FRAME_TOP, NAMES, site_page

SITE = "courier.example"


@pytest.fixture(scope="module")
def adapted(tiny_model, site_pages):
    return adapt_site(SITE, site_pages[:5], Cleaner(tiny_model), "base")


def wrong(cleaner, pages):
    results = cleaner.clean_many(as_pages(pages))
    truth = [[segment.label == "noise" for segment in page.segments] for page in pages]
    return sum(int((result.is_noise != np.array(own)).sum()) for result, own in zip(results, truth, strict=True))


def test_a_profile_mends_pages_it_has_not_seen(adapted, tiny_model, site_pages):
    rest = site_pages[5:]
    before = wrong(Cleaner(tiny_model), rest)
    after = wrong(Cleaner(tiny_model, profiles={SITE: adapted.profile}), rest)
    assert before > 0
    assert after <= before * 0.5


def test_pages_of_other_sites_are_as_they_were(adapted, tiny_model, nasty_pages, site_pages):
    plain, with_profile = Cleaner(tiny_model), Cleaner(tiny_model, profiles={SITE: adapted.profile})
    other = [replace(page, site="other.example") for page in site_pages]
    for pages in (nasty_pages, list(as_pages(other))):
        for a, b in zip(plain.clean_many(pages), with_profile.clean_many(pages), strict=True):
            assert np.array_equal(a.scores.p_noise, b.scores.p_noise)
            assert a.threshold == b.threshold


def test_verdicts_do_not_depend_on_other_pages(adapted, tiny_model, site_pages):
    cleaner = Cleaner(tiny_model, profiles={SITE: adapted.profile})
    pages = list(as_pages(site_pages[3:9]))
    among = [result.scores.p_noise for result in cleaner.clean_many(pages[::-1])][::-1]
    for page, expected in zip(pages, among, strict=True):
        assert np.array_equal(next(cleaner.clean_many([page])).scores.p_noise, expected)


def test_known_lines_get_the_kinds_they_were_labelled_with(adapted, tiny_model, site_pages):
    cleaner = Cleaner(tiny_model, profiles={SITE: adapted.profile})
    kinds = {line.text: line.kind for line in next(cleaner.clean_many(as_pages(site_pages[9:]))).removed}
    assert {kinds[text] for text in FRAME_TOP} == {"navigation"}
    assert {kinds[text] for text in FRAME_BOTTOM} == {"promo_spam"}


def test_hostile_pages_of_the_site_stay_safe(adapted, tiny_model, nasty_pages):
    cleaner = Cleaner(tiny_model, profiles={SITE: adapted.profile})
    for text in nasty_pages:
        page = cleaner.clean(text, site=SITE)
        assert ((page.scores.p_noise >= 0) & (page.scores.p_noise <= 1)).all()


def test_the_gain_is_of_pages_held_out(adapted):
    gain = adapted.gain
    assert len(gain.words) == 5
    left, low, high = gain.errors_left
    assert left == sum(gain.after) / sum(gain.before)
    assert low <= left <= high
    assert adapted.as_json()["gain"]["words_wrong_after"] == sum(gain.after)


def test_the_order_of_pages_does_not_matter(adapted, tiny_model, site_pages, tmp_path):
    again = adapt_site(SITE, site_pages[4::-1], Cleaner(tiny_model), "base")
    for name, result in (("a", adapted), ("b", again)):
        save_profiles(tmp_path / name, {SITE: result.profile})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_profile_that_loses_on_pages_held_out_is_not_saved(tiny_model, site_pages, monkeypatch):
    monkeypatch.setattr("detector.adapt.site.measure_gain", lambda *_: Gain((9, 9, 9), (1, 0, 0), (1, 0, 1)))
    result = adapt_site(SITE, site_pages[:3], Cleaner(tiny_model), "base")
    assert result.profile is None
    assert "loses" in result.reason
    assert result.as_json()["gain"]["errors_left"][0] == 2
    assert not result.as_json()["saved"]


def test_a_tie_is_no_loss_and_fewer_errors_are_a_gain():
    assert not Gain((10, 10), (0, 0), (0, 0)).loses
    assert not Gain((10, 10), (2, 3), (1, 1)).loses
    assert Gain((10, 10), (2, 3), (1, 5)).loses
    assert json.dumps(Gain((10, 10), (0, 0), (0, 0)).as_json())


@pytest.mark.parametrize(
    ("pages", "reason"),
    [
        ([], "0 labelled pages"),
        ([site_page("Sund")], "1 labelled page; a profile needs at least 3"),
        ([site_page(name) for name in NAMES[:2]], "2 labelled pages"),
        ([site_page(name, frame=False) for name in NAMES], "all labelled lines are article"),
    ],
)
def test_too_little_is_refused_with_the_reason(tiny_model, pages, reason):
    result = adapt_site(SITE, pages, Cleaner(tiny_model), "base")
    assert result.profile is None
    assert reason in result.reason


def test_of_many_pages_fifty_are_used(tiny_model, monkeypatch):
    measured = []

    def measure_gain(known, *_):
        measured.append(len(known))
        return Gain((9,), (1,), (0,))

    monkeypatch.setattr("detector.adapt.site.measure_gain", measure_gain)  # it takes seconds
    pages = [site_page(f"{NAMES[n % 10]} {n:03}") for n in range(MOST_PAGES + 5)]
    said = []
    assert adapt_site(SITE, pages, Cleaner(tiny_model), "base", said.append).n_pages == MOST_PAGES
    assert measured == [MOST_PAGES]
    assert f"{SITE}: the first 50 of 55 pages are used; try to retrain with all of them" in said


def test_a_page_that_is_there_twice_does_not_flatter_the_gain(tiny_model):
    pages = [site_page(name) for name in NAMES[:2]]
    again = [replace(page, id=f"{page.id} again") for page in pages]
    said = []
    result = adapt_site(SITE, [*again, *pages], Cleaner(tiny_model), "base", said.append)
    assert result.reason.startswith("2 labelled pages")
    assert said == [f"{SITE}: 2 labelled pages have the text of another one: left out"]
