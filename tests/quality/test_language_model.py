import numpy as np
import pytest

from detector.quality.language_model import N_BINS, N_COLUMNS, N_SORTS, SEQUENCES, VOCABULARY, count_sequences
from detector.quality.words import find_cores, find_words
from detector.segment.chars import build_tables
from detector.training.spin import spin

TABLES = build_tables()


def cores_of(*texts):
    return find_cores(find_words(texts, TABLES), TABLES)


@pytest.fixture(scope="module")
def stories(labelled_pages):
    english = [page for page in labelled_pages if page.lang == "en"]
    return ["\n".join(s.text for s in page.segments if s.label == "article") for page in english]


@pytest.fixture(scope="module")
def model(stories):
    return count_sequences([cores_of(story) for story in stories[::2]])


def surprises(model, text):
    """The share of pairs and triples that were seen less than half as often as by chance."""
    evidence = model.evidence(cores_of(text))[0]
    bins = evidence[:-2].reshape(len(SEQUENCES), N_SORTS, N_BINS)
    return bins[:, :, :3].sum() / max(bins.sum(), 1)


def test_frequent_words_come_first_in_the_vocabulary(model):
    ranks = model.ranks(cores_of("the of qwertyzxcv").hashes)
    assert ranks[0] < 5
    assert ranks[1] < 10
    assert ranks[2] >= VOCABULARY


def test_every_word_looked_at_falls_into_one_bin_of_each_sequence(model, stories):
    evidence = model.evidence(cores_of(*stories[:3]))
    bins = evidence[:, :-2].reshape(3, len(SEQUENCES), N_SORTS * N_BINS)
    assert (bins.sum(2) == evidence[:, -2][:, None]).all()
    assert (evidence[:, -1] <= evidence[:, -2]).all()


def test_words_out_of_order_surprise(model, stories):
    unseen = "\n".join(stories[1::2])
    assert surprises(model, spin(unseen, "word_order", rate=1.0)) > surprises(model, unseen)
    assert surprises(model, spin(unseen, "function_words", rate=1.0)) > surprises(model, unseen)


def test_evidence_does_not_depend_on_the_other_texts(model, stories):
    texts = [stories[1], "", stories[3], "One."]
    together = model.evidence(cores_of(*texts))
    alone = [model.evidence(cores_of(text))[0] for text in texts]
    assert np.array_equal(together, alone)
    assert together.shape == (4, N_COLUMNS)


def test_the_same_texts_give_the_same_model(model, stories):
    again = count_sequences([cores_of(story) for story in stories[::2]])
    for name in ("vocabulary", "fine", "coarse", "tables"):
        assert np.array_equal(getattr(model, name), getattr(again, name))
