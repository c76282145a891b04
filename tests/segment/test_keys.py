import numpy as np

from detector.segment.chars import build_tables
from detector.segment.keys import NO_KEY, line_keys
from detector.segment.text import make_batch
from detector.segment.tokens import find_tokens

TABLES = build_tables()


def keys(*texts):
    return line_keys(find_tokens(make_batch(texts, TABLES)))


def test_case_digits_and_punctuation_do_not_matter():
    first, second = keys("Posted on 12/03/2024, by ADMIN!\nposted on 1.4.202 by admin")
    assert first == second


def test_words_and_their_order_matter():
    found = keys("red fox\nfox red\nred\nred fox fox")
    assert len(set(found.tolist())) == 4


def test_a_line_without_a_word_has_no_key():
    assert keys("* * *\nword")[0] == NO_KEY


def test_an_empty_batch_has_no_keys():
    assert keys("").shape == (0,)


def test_keys_do_not_depend_on_the_batch():
    page = "Share this story\nThe ferry sank at dawn.\n東京の天気"
    alone = keys(page)
    among = keys("another page\nof 3 lines", page, page)
    assert np.array_equal(among[2:5], alone)
    assert np.array_equal(among[5:], alone)


def test_keys_stay_the_same_between_versions():
    # Site memories on disk hold keys: a change of the hash needs a new version of their format.
    assert keys("Share this story")[0] == 14314383149819058335
