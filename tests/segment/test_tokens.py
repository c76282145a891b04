import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.segment.text import cut_lines, make_batch
from detector.segment.tokens import PrefixHash, find_tokens, pair_hashes, regroup, select
from tests.conftest import page_text


def tokens_of(texts, tables):
    batch = make_batch(texts, tables)
    return batch, find_tokens(batch)


def words_of(text, tables):
    _, tokens = tokens_of([text], tables)
    return [text[a:b] for a, b in zip(tokens.starts, tokens.ends, strict=True)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The ferry-boat sank, 9 dead.", ["The", "ferry", "boat", "sank", "9", "dead"]),
        ("naïve cafe\u0301!", ["naïve", "cafe\u0301"]),
        ("東京都", ["東京", "京都", "都"]),
        ("GDP成長率 3%", ["GDP", "成長", "長率", "率", "3"]),
        ("ขาย ก", ["ขา", "าย", "ย", "ก"]),
        ("서울 시장", ["서울", "시장"]),
        ("... — !!", []),
    ],
)
def test_words(tables, text, words):
    assert words_of(text, tables) == words


@given(st.text(st.sampled_from("abcXYZ019 .,-\n"), max_size=80))
def test_words_of_spaced_scripts_are_runs_of_letters_and_digits(tables, text):
    assert words_of(text, tables) == re.findall(r"[a-zA-Z0-9]+", text)


@given(st.lists(page_text, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_hashes_do_not_depend_on_the_place_in_the_batch(tables, pages, random):
    order = list(range(len(pages)))
    random.shuffle(order)
    batch, together = tokens_of([pages[i] for i in order], tables)
    for place, index in enumerate(order):
        _, alone = tokens_of([pages[index]], tables)
        first, last = batch.page_rows[place], batch.page_rows[place + 1]
        same = select(together, first, last)
        assert same.hashes.tolist() == alone.hashes.tolist()
        assert same.bounds.tolist() == alone.bounds.tolist()
        assert (same.starts - batch.page_chars[place]).tolist() == alone.starts.tolist()
        assert (same.ends - batch.page_chars[place]).tolist() == alone.ends.tolist()


def test_hashes_do_not_depend_on_the_block_either(tables):
    filler = "word " * 60_000
    _, tokens = tokens_of(["\n".join(["needle", filler, "needle", filler, "needle"])], tables)
    needles = tokens.hashes[tokens.bounds[[0, 2, 4]]]
    assert len(set(needles.tolist())) == 1
    assert len(set(tokens.hashes.tolist())) == 2


def test_words_alike_but_for_case_and_digits_hash_alike_and_others_do_not(tables):
    _, tokens = tokens_of(["Ferry FERRY ferry ｆｅｒｒｙ 1999 2024 ferri yrref fer"], tables)
    a, b, c, d, e, f, *others = tokens.hashes.tolist()
    assert a == b == c == d
    assert e == f
    assert len({a, e, *others}) == 5


def test_different_words_seldom_collide(tables):
    words = {f"{a}{b}{c}" for a in "abcdefghijklmnopqrst" for b in "aeiouxyz" for c in "bcdfghjklmnpqrstvw"}
    _, tokens = tokens_of([" ".join(sorted(words))], tables)
    assert len(set(tokens.hashes.tolist())) >= len(words) - 1


@given(st.lists(st.integers(0, 65535), max_size=30), st.data())
def test_equal_stretches_have_equal_hashes(values, data):
    doubled = np.array([*values, 7, *values], np.uint16)
    first = data.draw(st.integers(0, len(values)))
    last = data.draw(st.integers(first, len(values)))
    shift = len(values) + 1
    prefix = PrefixHash(doubled)
    one, other = prefix.of(np.array([first, first + shift]), np.array([last, last + shift]))
    assert one == other


def test_bounds_give_each_line_its_words(tables):
    _, tokens = tokens_of(["one two\n...\nthree", "", "four five six"], tables)
    assert np.diff(tokens.bounds).tolist() == [2, 0, 1, 3]
    middle = select(tokens, 1, 3)
    assert middle.bounds.tolist() == [0, 0, 1]
    assert middle.hashes.tolist() == tokens.hashes[2:3].tolist()


def test_regroup_moves_words_to_the_segments_that_hold_them(tables):
    text = "[ad_1] At the meeting. [ad_2] Source"
    batch, tokens = tokens_of([text], tables)
    cut = cut_lines(batch, np.array([text.index("At"), text.index("[ad_2]")]))
    moved = regroup(tokens, cut)
    assert np.diff(moved.bounds).tolist() == [2, 3, 3]
    for row in range(len(cut)):
        rows = slice(moved.bounds[row], moved.bounds[row + 1])
        assert (moved.starts[rows] >= cut.starts[row]).all()
        assert (moved.ends[rows] <= cut.ends[row]).all()


def test_a_pair_of_words_has_an_order(tables):
    _, tokens = tokens_of(["read more", "more read", "read more"], tables)
    pairs = [int(pair_hashes(tokens.hashes[i : i + 2])[0]) for i in (0, 2, 4)]
    assert pairs[0] == pairs[2] != pairs[1]
