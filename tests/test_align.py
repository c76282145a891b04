import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.align import align, word_f1
from tests.conftest import assert_in_proportion

STORY = [
    "Ferry sinks off the northern coast",
    "A ferry with ninety people on board sank at dawn on Friday, the coast guard said.",
    "Fishermen from three villages pulled most of the passengers out of the cold water.",
    "The rescue",
    "“We heard them before we saw them,” said Aino Salmi, who has fished here for forty years.",
    "The owner of the ferry did not answer questions about its age or its last inspection.",
]


def test_the_lines_of_the_gold_text_are_article_and_the_others_are_not():
    page = ["Home", "News", STORY[0], "", "Share this on Facebook", *STORY[1:3], "Photo: a mountain village in spring"]
    page += [*STORY[3:], "Read more about boats that have sunk elsewhere this year", "© 2024"]
    found = align(page, "\n".join(STORY))
    assert [line for line, article in zip(page, found.is_article, strict=True) if article] == STORY
    assert found.oracle_f1 == 1.0


def test_a_teaser_that_repeats_a_paragraph_is_not_the_paragraph():
    page = [STORY[2], "Other stories", "Weather for the weekend", "Sports results of the third division", *STORY]
    assert align(page, "\n".join(STORY)).is_article == [False] * 4 + [True] * len(STORY)


def test_a_teaser_below_the_story_is_not_the_paragraph_either():
    page = [*STORY, "Other stories you may like to read on this site today", "Weather for the weekend", STORY[1]]
    assert align(page, "\n".join(STORY)).is_article == [True] * len(STORY) + [False] * 3


@pytest.mark.parametrize(
    "verse_words",
    [
        pytest.param(15, marks=pytest.mark.xfail(reason="of two places close together both lines claim the first")),
        200,
    ],
)
def test_a_line_that_the_gold_text_repeats_is_article_each_time(verse_words):
    refrain = "And the sea it gives and the sea it takes away"
    verses = [" ".join(f"{verse}{n}" for n in range(verse_words)) for verse in "abcd"]
    page = [line for verse in verses for line in (verse, refrain)]
    assert align(page, "\n".join(page)).is_article == [True] * 8


def test_short_lines_count_between_their_neighbours_only():
    # "The rescue" stands in the gold between two paragraphs; the menus have the same words.
    first, second = (" ".join(f"{letter}{n}" for n in range(150)) for letter in "ab")
    gold = [first, "The rescue", second]
    page = ["The rescue", "News", *gold, "Sports", "The rescue"]
    assert align(page, "\n".join(gold)).is_article == [False, False, True, True, True, False, False]


def test_lines_wrapped_elsewhere_than_in_the_gold_text_are_still_found():
    words = " ".join(STORY[1:3]).split()
    wrapped = [" ".join(words[at : at + 9]) for at in range(0, len(words), 9)]
    assert all(align(wrapped, " ".join(STORY)).is_article)


@pytest.mark.parametrize("gold", ["", " \n", "???"])
def test_empty_gold_makes_every_line_noise(gold):
    found = align([*STORY, ""], gold)
    assert not any(found.is_article)
    assert found.oracle_f1 == 1.0  # nothing kept, nothing wanted


def test_no_lines_rebuild_nothing():
    assert align([], "some gold text that has no page") == ([], 0.0)
    assert align(["", "  "], "gold words here now").is_article == [False, False]


def test_a_page_of_short_lines_only_is_found():
    page = [f"w{n} x{n} y{n}" for n in range(100)]
    assert all(align(page, "\n".join(page)).is_article)


@given(st.lists(st.text(st.sampled_from("abc d,"), max_size=30), max_size=12), st.data())
def test_any_page_and_gold(lines, data):
    gold = "\n".join(data.draw(st.lists(st.sampled_from([*lines, "a b c d e", "c"]), max_size=12)))
    found = align(lines, gold)
    assert len(found.is_article) == len(lines)
    kept = "\n".join(line for line, article in zip(lines, found.is_article, strict=True) if article)
    assert found.oracle_f1 == word_f1(kept, gold)[2]
    assert not any(article for line, article in zip(lines, found.is_article, strict=True) if not line.strip(" ,"))
    # A line none of whose words is in the gold text is never article.
    known = set(gold.replace(",", " ").split())
    for line, article in zip(lines, found.is_article, strict=True):
        assert not article or known.intersection(line.replace(",", " ").split())


@given(st.text(), st.text())
def test_word_f1_is_symmetric_but_for_precision_and_recall(one, other):
    precision, recall, f1 = word_f1(one, other)
    assert word_f1(other, one) == pytest.approx((recall, precision, f1))
    assert 0 <= min(precision, recall) <= f1 <= max(precision, recall) <= 1


@pytest.mark.parametrize(
    ("predicted", "gold", "expected"),
    [
        ("", "", (1, 1, 1)),
        ("a", "", (0, 0, 0)),
        ("", "a", (0, 0, 0)),
        ("A b!", "a B", (1, 1, 1)),
        ("a a a b", "a b c d", (0.5, 0.5, 0.5)),
        ("a", "a b c d", (1, 0.25, 0.4)),
    ],
)
def test_word_f1(predicted, gold, expected):
    assert word_f1(predicted, gold) == pytest.approx(expected)


def _page(n_lines, short):
    rng = random.Random(n_lines)
    vocabulary = [f"w{n}" for n in range(300)]
    story = [" ".join(rng.choices(vocabulary, k=rng.choice((2, 8, 14)))) for _ in range(n_lines)]
    menu = [" ".join(rng.choices(vocabulary, k=3)) for _ in range(n_lines)]
    if short:
        story[1:-1] = ["0"] * (n_lines - 2)
    return menu + story, "\n".join(story)


@pytest.mark.parametrize(("few", "many", "short"), [(3_000, 24_000, False), (400, 4_000, True)])
def test_time_is_in_proportion_to_the_lines_also_of_equal_ones(few, many, short):
    assert_in_proportion(align, _page(few, short), _page(many, short), many // few)
