"""Signs of reposting and of spam."""

import numpy as np
import pytest

from detector.quality.repost import SIGNS, WEIGHTS, agency_elsewhere, repost_scores, repost_signs
from detector.quality.spam import SPAM_WORDS, spam_scores, spam_word_shares
from detector.quality.words import find_cores, find_words
from detector.segment.chars import build_tables

TABLES = build_tables()
STORY = "PORT ELLERY (AP) — The harbour authority will close the bridge for six weeks from Monday, it said on Friday."


def cores_of(*texts):
    return find_cores(find_words(texts, TABLES), TABLES)


@pytest.mark.parametrize(
    ("text", "site", "expected"),
    [
        (STORY, "news.example", True),
        (STORY, "apnews.com", False),
        (STORY.replace("(AP) ", ""), "news.example", False),
        (f"{'Nothing here. ' * 200}{STORY}{'Nor here. ' * 200}", "news.example", False),
        (f"{'Nothing here. ' * 200}{STORY}", "", True),
    ],
)
def test_an_agency_is_a_sign_on_the_sites_of_others(text, site, expected):
    assert agency_elsewhere(text, site) is expected


def test_the_marks_of_plug_ins_are_signs(shipped_cleaner):
    pages = [shipped_cleaner.clean(f"[ad_1]\n\n{STORY}\n\n[ad_2]\nSource link\n"), shipped_cleaner.clean(STORY[21:])]
    signs = repost_signs(pages[0], pages[0].text)
    assert signs["markers"]
    assert signs["source_line"]
    assert signs["agency"]
    scores = repost_scores(pages, [page.text for page in pages])
    assert scores[0] == pytest.approx(1 - np.prod([1 - WEIGHTS[sign] for sign in SIGNS if signs[sign]]))
    assert scores[1] == 0


def test_spam_words_are_counted_beyond_the_first_percent():
    plain = "The council will decide on that at its next meeting in the spring . " * 10
    assert spam_word_shares(cores_of(plain, "casino bonus now", "", f"{plain} free")).tolist() == pytest.approx(
        [0, 2 / 3 - 0.01, 0, 0]
    )
    assert len(set(SPAM_WORDS)) == len(SPAM_WORDS)


def test_spam_is_a_share(shipped_cleaner):
    texts = [STORY, "Buy cheap casino bonus pills online. " * 30, ""]
    pages = [shipped_cleaner.clean(text, format="text") for text in texts]
    scores = spam_scores(pages, cores_of(*texts))
    assert scores[0] == 0
    assert scores[1] == 1
    assert scores[2] == 0
