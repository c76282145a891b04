import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.quality.words import LINE, MARKED, PLAIN, SENTENCE, core_hashes, find_cores, find_words, word_hash
from detector.segment.chars import build_tables
from tests.conftest import page_text

TABLES = build_tables()


def words_of(texts):
    found = find_words(texts, TABLES)
    spans = list(zip(found.starts.tolist(), found.ends.tolist(), strict=True))
    borders = zip(found.bounds, found.bounds[1:], found.text_chars, texts, strict=False)
    return [[text[a - at : b - at] for a, b in spans[first:last]] for first, last, at, text in borders]


@given(st.lists(page_text, max_size=4))
def test_words_are_those_of_split(texts):
    assert words_of(texts) == [text.split() for text in texts]


def test_gaps_say_what_stands_before_a_word():
    cores = find_cores(find_words(['He said, "Go." Then (at last)\nhe went — home'], TABLES), TABLES)
    assert cores.gaps.tolist() == [LINE, PLAIN, MARKED, SENTENCE, MARKED, PLAIN, LINE, PLAIN, MARKED]
    assert cores.capital.tolist() == [True, False, True, True, False, False, False, False, False]


def test_a_core_is_the_word_without_its_marks():
    cores = find_cores(find_words(["“don’t” ... it's 12% A"], TABLES), TABLES)
    assert cores.hashes.tolist() == [word_hash(word) for word in ("don't", "it's", "00", "a")]
    assert cores.is_number.tolist() == [False, False, True, False]


@given(st.lists(page_text, min_size=1, max_size=4))
def test_cores_do_not_depend_on_the_other_texts(texts):
    together = find_cores(find_words(texts, TABLES), TABLES)
    hashes, bounds = core_hashes(find_words(texts, TABLES), TABLES)
    assert np.array_equal(hashes, together.hashes)
    assert np.array_equal(bounds, together.bounds)
    for index, text in enumerate(texts):
        alone = find_cores(find_words([text], TABLES), TABLES)
        own = slice(int(together.bounds[index]), int(together.bounds[index + 1]))
        assert np.array_equal(alone.hashes, together.hashes[own])
        assert np.array_equal(alone.gaps, together.gaps[own])


@pytest.mark.parametrize("texts", [[], [""], ["", "\n", " ... "]])
def test_no_words_are_no_cores(texts):
    assert len(find_cores(find_words(texts, TABLES), TABLES).hashes) == 0
