import numpy as np
import pytest

from detector.features import topic
from detector.segment.text import make_batch
from detector.segment.tokens import find_tokens

FULL = topic.LIKELIHOOD_SCALE


def repeats(texts, tables):
    batch = make_batch(texts, tables)
    return np.rint(np.expm1(topic.repeat_columns(find_tokens(batch), batch.page_rows))).astype(int)


def columns(texts, story, rarity, tables):
    batch = make_batch(texts, tables)
    found = topic.topic_columns(find_tokens(batch), batch.page_rows, np.array(story), rarity)
    return {name: found[:, at] for at, name in enumerate(topic.COLUMNS)}


@pytest.fixture(scope="module")
def even():
    return np.full(1 << topic.RARITY_BITS, 64, np.uint8)


def test_topic_columns_do_not_depend_on_the_batch(invariant, rarity):
    def of(part):
        story = np.rint(FULL / (1 + np.exp(-part.scores / 64))).astype(np.int64)
        return topic.topic_columns(part.tokens, part.batch.page_rows, story, rarity)

    alone = invariant(of)
    assert all(found.shape[1] == len(topic.COLUMNS) for found in alone.values())
    everything = np.concatenate(list(alone.values()))
    shares = [
        topic.COLUMNS.index(n) for n in ("related_to_page", "related_to_story", "related_to_top", "unknown_words")
    ]
    assert everything[:, shares].min() >= 0
    assert everything[:, shares].max() <= 1


def test_repeat_columns_do_not_depend_on_the_batch(invariant):
    alone = invariant(lambda part: topic.repeat_columns(part.tokens, part.batch.page_rows))
    assert all(found.shape[1] == len(topic.REPEAT_COLUMNS) for found in alone.values())


def test_repeats_count_the_other_lines_alike_in_the_same_page(tables):
    page = "Share this\nRead more: one thing\nshare THIS!\nRead more: another matter\n* * *\n* * *"
    counts = repeats([page, "Share this\nposted 5 May\nposted 7 May"], tables)
    assert counts[:, 0].tolist() == [1, 0, 1, 0, 0, 0, 0, 1, 1]
    assert counts[:, 1].tolist() == [1, 1, 1, 1, 0, 0, 0, 1, 1]
    assert counts[:, 2].tolist() == [1, 0, 1, 0, 0, 0, 0, 1, 1]


def test_a_caption_about_something_else_is_not_related(tables, even):
    text = "ferry captain harbour\nthe ferry left harbour with captain\npigeons square lisbon\nferry captain"
    found = columns([text], [FULL, FULL, 0, FULL], even, tables)
    for name in ("related_to_page", "related_to_story", "related_to_top"):
        assert found[name].tolist() == pytest.approx([1, 3 / 6, 0, 1])
    assert found["unknown_words"].tolist() == pytest.approx([0, 3 / 6, 1, 0])


def test_words_of_noise_do_not_make_a_line_part_of_the_story(tables, even):
    # Tables are hashed and small, so a page alone may err; most do not.
    pages = [f"x{a} y{a}\nx{a} y{a}\nv{a} w{a}\nv{a} w{a}" for a in "abcdefghijklmnopqrst"]
    found = columns(pages, [0, 0, FULL, FULL] * len(pages), even, tables)
    noise = np.tile([True, True, False, False], len(pages))
    assert found["related_to_page"].mean() > 0.75
    assert found["related_to_story"][noise].mean() < 0.1
    assert found["related_to_story"][~noise].mean() > 0.75


def test_a_line_that_repeats_its_own_words_is_not_related_to_itself(tables, even):
    found = columns(["spam spam spam spam\nferry"], [FULL, FULL], even, tables)
    assert found["related_to_page"].tolist() == [0, 0]
    assert found["story_echo"].tolist() == [0, 0]
    assert found["related_to_top"].tolist() == [0, 0]


def test_rarity_weighs_words(tables):
    batch = make_batch(["common rare\nrare\ncommon"], tables)
    tokens = find_tokens(batch)
    rarity = np.zeros(1 << topic.RARITY_BITS, np.uint8)
    common, rare = tokens.hashes[:2]
    rarity[topic.rarity_index(np.array([common]))] = 16
    rarity[topic.rarity_index(np.array([rare]))] = 160
    found = topic.topic_columns(tokens, batch.page_rows, np.zeros(3, np.int64), rarity)
    assert found[:, topic.COLUMNS.index("rarity")].tolist() == [5.5, 10, 1]
    assert found[:, topic.COLUMNS.index("rare_words")].tolist() == [0.5, 1, 0]
