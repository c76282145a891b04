import numpy as np
import pytest

from detector.cleaner import Cleaner
from detector.compare import compare
from detector.evaluate import Report, judge
from detector.training.crossval import as_pages


@pytest.fixture(scope="module")
def judged(tiny_model, labelled_pages):
    pages = labelled_pages[:40]

    def by(threshold):
        clean = Cleaner(tiny_model, threshold=threshold).clean_many(as_pages(pages))
        return [judge(page, result) for page, result in zip(pages, clean, strict=True)]

    return by(0.5), by(0.95)


def test_the_figures_are_those_of_evaluate(judged):
    found = compare(*judged, 20)["figures"]
    for side, results in zip("ab", judged, strict=True):
        alone = Report(results, 1).figures()
        for name in ("page_word_f1", "noise_line_f1", "article_char_recall", "pages_harmed"):
            assert found[name][side] == alone[name][0]
        assert found["kind_macro_f1"][side] == alone["kind_macro_f1"]


def test_a_model_does_not_differ_from_itself(judged):
    found = compare(judged[0], judged[0], 20)
    for entry in (*found["figures"].values(), *(kind["removed"] for kind in found["kinds"].values())):
        assert entry["difference"] == [0, 0, 0]
    assert (found["by_page"]["better"], found["by_page"]["worse"]) == (0, 0)


def test_turned_around_the_differences_change_their_sign(judged):
    there, back = compare(*judged, 20), compare(*judged[::-1], 20)
    for name, entry in there["figures"].items():
        value, low, high = entry["difference"]
        assert np.allclose(back["figures"][name]["difference"], [-value, -high, -low])
    assert there["by_page"]["better"] == back["by_page"]["worse"]
    assert there["by_page"]["lost_most"][0]["id"] == back["by_page"]["gained_most"][0]["id"]


def test_pairing_makes_the_interval_narrow(judged):
    entry = compare(*judged, 200)["figures"]["article_char_recall"]
    _, low, high = entry["difference"]
    alone = [Report(side).figures()["article_char_recall"] for side in judged]
    spread = [interval[2] - interval[1] for interval in alone]
    assert 0 < low <= entry["difference"][0] <= high  # a higher threshold keeps more
    assert high - low < spread[0] + spread[1]


def test_of_one_site_pages_are_drawn(judged):
    few = [[result._replace(page=page_of(result)) for result in side[:6]] for side in judged]
    assert compare(*few, 5)["drawn"] == "pages"
    assert compare(*judged, 5)["drawn"] == "sites"


def test_of_one_site_an_interval_is_of_pages_too_for_one_model(judged):
    few = [result._replace(page=page_of(result)) for result in judged[0][:6]]
    value, low, high = Report(few, 50).figures()["noise_line_f1"]
    assert low <= value <= high
    assert low < high


def page_of(result):
    from dataclasses import replace

    return replace(result.page, site="one.example")
