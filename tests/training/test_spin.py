import pytest

from detector.training.spin import SPIN_KINDS, spin
from detector.training.words import AGREEMENT, FUNCTION_SWAPS, SYNONYMS, TENSE

TEXT = (
    "The council said that the old bridge was closed because engineers had found cracks in two of its bearings.\n"
    "\n"
    "People who live on the island have asked for a small boat while the work goes on, and they want an answer soon.\n"
)


@pytest.mark.parametrize("kind", SPIN_KINDS)
def test_each_kind_changes_the_text_and_keeps_its_lines(kind):
    spun = spin(TEXT, kind, seed=1, rate=1.0)
    assert spun != TEXT
    assert [bool(line) for line in spun.split("\n")] == [bool(line) for line in TEXT.split("\n")]
    assert len(set(spun.split()) & set(TEXT.split())) > len(set(TEXT.split())) / 2


@pytest.mark.parametrize("kind", SPIN_KINDS)
def test_the_same_seed_gives_the_same_text_and_no_rate_none(kind):
    assert spin(TEXT, kind, seed="a", rate=1.0) == spin(TEXT, kind, seed="a", rate=1.0)
    assert spin(TEXT, kind, rate=0.0) == TEXT


def test_word_order_keeps_the_words():
    assert sorted(spin(TEXT, "word_order", rate=1.0).split()) == sorted(TEXT.split())


def test_fragments_of_the_kind_that_began_this():
    found = {
        spin("The militia must understand that every action has a reaction.", "fragments", seed, 1.0)
        for seed in range(60)
    }
    assert any(text.endswith(("reaction. Is.", "reaction Are.", "reaction. Was.")) for text in found)


def test_an_unknown_kind_is_refused():
    with pytest.raises(KeyError):
        spin(TEXT, "telepathy")


def test_no_word_stands_for_itself():
    for table in (SYNONYMS, FUNCTION_SWAPS, TENSE):
        assert len(table) > 50
        assert all(word not in others for word, others in table.items())
    assert all(word != other for word, other in AGREEMENT.items())
