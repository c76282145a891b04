"""Scores of the model that ships, and what no page may do to them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.cleaner import Cleaner
from detector.quality import score as reasons
from detector.quality.model import PARTS
from detector.quality.score import Quality, Scorer, combine
from detector.training.spin import spin
from tests.conftest import page_text

STORY = "\n\n".join(
    [
        "The harbour authority will close the swing bridge for six weeks from Monday, so that engineers can replace "
        "two of the bearings on which it turns, a spokeswoman said on Friday.",
        "Lorries bound for the grain terminal will be sent round by the old coast road, which the county has widened "
        "in two places over the last year at a cost of four million.",
        "The bridge, which was opened in 1931, has been stuck open twice this summer, and each time it took the crew "
        "most of a day to close it by hand. Nobody was hurt, but the queues reached the edge of the town.",
        "“We know that this is a burden for the people who live here,” said the head of the authority. “But if we do "
        "not do it now, it will fail in the winter, and then it will take three times as long.”",
        "Shopkeepers on the island have asked for a ferry while the work goes on. The council is to decide on that at "
        "its next meeting, and has set aside money for a small boat that could take forty people at a time.",
    ]
)
CODE = "\n".join(f"def f{n}(x):\n    y = x[{n}] + {n}; return {{'k': y}}" for n in range(40))
THAI = "เรือเฟอร์รี่จมลงเมื่อรุ่งสางผู้โดยสารทุกคนปลอดภัยเจ้าหน้าที่กล่าวเมื่อวันศุกร์ " * 40
VERSES = ["the moon upon the water", "a boat without a sail", "my mother and my daughter", "the wind, the gale"]
POEM = "\n".join(VERSES * 9)


@pytest.fixture
def score(shipped_cleaner, scorer):
    return lambda text: scorer.score(shipped_cleaner.clean(text, format="text"))


def test_a_story_is_good_and_all_its_parts_are_known(score):
    found = score(STORY)
    assert found.quality > 0.7
    assert found.natural > 0.5
    assert found.rules > 0.9
    assert found.spam < 0.1
    assert found.repost < 0.5
    assert found.reason == ""


@pytest.mark.parametrize(
    ("text", "quality", "reason"),
    [
        ("", 0.0, reasons.NO_TEXT),
        ("\n \n", 0.0, reasons.NO_TEXT),
        ("[ad_1]", 0.0, reasons.ONLY_NOISE),
        ("Share on Facebook\nSubscribe to our newsletter\nLeave a Comment", 0.0, reasons.ONLY_NOISE),
        ("The ferry sank at dawn on Friday near the coast.", None, reasons.TOO_SHORT),
    ],
)
def test_what_cannot_be_judged_has_a_reason(score, text, quality, reason):
    found = score(text)
    assert (found.quality, found.reason) == (quality, reason)
    assert found.natural is None


@pytest.mark.parametrize("text", [CODE, THAI, POEM], ids=["code", "Thai", "poem"])
def test_what_the_model_does_not_know_never_gets_a_low_score(score, text):
    found = score(text)
    assert found.quality is None or found.quality >= 0.5 or found.reason == reasons.ONLY_NOISE
    assert found.reason


def test_other_languages_are_not_judged_as_english(score, labelled_pages):
    page = next(page for page in labelled_pages if page.lang == "de" and len(page.text) > 1000)
    assert score(page.text).natural is None


@pytest.mark.parametrize("kind", ["word_order", "function_words"])
def test_spun_text_is_less_natural_and_of_less_quality(score, kind):
    good, spun = score(STORY), score(spin(STORY, kind, rate=1.0))
    assert spun.natural < good.natural - 0.2
    longer = score("\n\n".join(spin(STORY, kind, seed, rate=1.0) for seed in range(4)))
    assert longer.natural < 0.5
    assert longer.quality < good.quality


@settings(max_examples=25)
@given(st.lists(page_text, min_size=1, max_size=3))
def test_no_page_fails_and_none_depends_on_another(shipped_cleaner, scorer, texts):
    pages = list(shipped_cleaner.clean_many([*texts, STORY], format="text"))
    scores = scorer.score_batch(pages)
    assert scores == [scorer.score(page) for page in pages]
    for found in scores:
        assert isinstance(found, Quality)
        for part in PARTS:
            value = getattr(found, part)
            assert value is None or (0 <= value <= 1 and np.isfinite(value))
        assert found.quality is not None or found.reason


def test_many_pages_are_scored_in_order_whatever_the_batches(shipped_cleaner, scorer, nasty_pages):
    pages = list(shipped_cleaner.clean_many([*nasty_pages, STORY] * 3, format="text"))
    assert list(scorer.score_many(iter(pages))) == scorer.score_batch(pages)
    assert list(scorer.score_many([])) == []


def test_percentiles_are_those_of_the_reference(scorer):
    rest = (0.5, 0.5, 0.5, 0.5, 0.0, 0.0, None, "")
    assert scorer.percentile(Quality(0.25, *rest), tuple(n / 100 for n in range(101))) == 25.0
    assert scorer.percentile(Quality(None, *rest)) is None
    assert scorer.percentile(Quality(1.0, *rest)) == 100.0


def test_quality_is_the_product_that_the_documents_say():
    parts = {
        "good": np.array([0.8, 0.8, 0.8]),
        "natural": np.array([0.6, 0.25, 1.0]),
        "spam": np.array([0.0, 0.0, 0.5]),
    }
    assert combine(parts).tolist() == pytest.approx([0.8, 0.4, 0.4])


def test_a_model_that_was_trained_on_little_scores_too(quality_model, labelled_pages, tiny_model):
    pages = list(Cleaner(tiny_model).clean_many([page.text for page in labelled_pages[::12]], format="text"))
    scores = Scorer(quality_model).score_batch(pages)
    assert len({found.quality for found in scores}) > 5
