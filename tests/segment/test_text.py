import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.segment.text import cut_lines, is_blank, make_batch, row_blocks, split_lines
from tests.conftest import arbitrary_text

NOT_LINE_ENDS = ["\x00", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\u200b", "\ufeff"]


def lines_of(batch, text, page=0):
    rows = range(batch.page_rows[page], batch.page_rows[page + 1])
    begin = batch.page_chars[page]
    return [(int(batch.numbers[r]), text[batch.starts[r] - begin : batch.ends[r] - begin]) for r in rows]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_each_line_end_ends_a_line(tables, end):
    text = end.join(["one", "", "two ", " \t", " three"]) + end
    assert split_lines(text) == ["one", "", "two ", " \t", " three", ""]
    assert lines_of(make_batch([text], tables), text) == [(1, "one"), (3, "two"), (5, "three")]


@pytest.mark.parametrize("character", NOT_LINE_ENDS)
def test_nothing_else_ends_a_line(tables, character):
    text = f"one{character}two"
    assert split_lines(text) == [text]
    assert lines_of(make_batch([text], tables), text) == [(1, text)]


@pytest.mark.parametrize("character", NOT_LINE_ENDS)
def test_a_line_of_invisible_characters_is_blank_and_counted(tables, character):
    text = f"one\n{character}{character}\ntwo"
    assert is_blank(character)
    assert lines_of(make_batch([text], tables), text) == [(1, "one"), (3, "two")]


def test_line_ends_of_all_sorts_in_one_text_are_counted_once_each(tables):
    text = "a\r\nb\rc\nd\n\re\r\r\nf"
    assert lines_of(make_batch([text], tables), text) == [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (6, "e"), (8, "f")]


def test_a_final_carriage_return_does_not_merge_with_the_next_page(tables):
    texts = ["a\r", "\nb", "\r", "c"]
    batch = make_batch(texts, tables)
    assert [lines_of(batch, text, page) for page, text in enumerate(texts)] == [[(1, "a")], [(2, "b")], [], [(1, "c")]]


@given(st.lists(arbitrary_text, max_size=5))
def test_lines_are_those_of_split_lines_and_stand_where_the_batch_says(tables, texts):
    batch = make_batch(texts, tables)
    assert batch.n_pages == len(texts)
    assert batch.page_rows[-1] == len(batch)
    visible = re.compile(r"\S", re.DOTALL)
    for page, text in enumerate(texts):
        found = dict(lines_of(batch, text, page))
        for number, line in enumerate(split_lines(text), 1):
            # Characters above the BMP share one class, so invisible ones there do not make a line blank.
            if number not in found:
                assert is_blank(line)
            else:
                assert found.pop(number) in line
                assert visible.search(line)
        assert not found


@given(arbitrary_text)
def test_line_starts_count_from_the_line_and_borders_hold_no_white_space(tables, text):
    batch = make_batch([text], tables)
    for start, end, line_start in zip(batch.starts, batch.ends, batch.line_starts, strict=True):
        assert line_start == 0 or text[line_start - 1] in "\r\n"
        assert text[line_start:start].strip("\x00") == "" or is_blank(text[line_start:start])
        assert not is_blank(text[start])
        assert not is_blank(text[end - 1])
        assert not re.search(r"[\r\n]", text[start:end])


def test_no_pages_and_blank_pages_have_no_lines(tables):
    assert len(make_batch([], tables)) == 0
    batch = make_batch(["", "\n\n", " \u200b"], tables)
    assert (len(batch), batch.n_pages) == (0, 3)


def test_row_blocks_cover_all_lines_once_whatever_their_length(tables):
    batch = make_batch(["\n".join(["x" * 300_000, "a", "y" * 200_000, "z" * 100_000, "b", "c" * 600_000])], tables)
    blocks = list(row_blocks(batch))
    assert [row for first, last in blocks for row in range(first, last)] == list(range(len(batch)))
    assert len(blocks) > 2


def test_cutting_splits_a_line_and_says_what_continues_what(tables):
    text = "before\n[ad_1] At the meeting. [ad_2]\nafter"
    batch = make_batch([text], tables)
    cut = cut_lines(batch, np.array([text.index("At"), text.index("[ad_2]")]))
    assert lines_of(cut, text) == [(1, "before"), (2, "[ad_1]"), (2, "At the meeting."), (2, "[ad_2]"), (3, "after")]
    assert cut.glued.tolist() == [0, 2, 3, 1, 0]
    assert cut.line_starts.tolist() == [0, 7, 7, 7, text.index("after")]


@given(arbitrary_text, arbitrary_text, st.lists(st.integers(0, 260), max_size=12))
def test_cuts_lose_no_visible_character_and_add_none(tables, first, second, cuts):
    batch = make_batch([first, "a b c", second], tables)
    if not len(batch):
        return
    cut = cut_lines(batch, np.array(sorted(cuts), np.int64))
    assert (cut.starts < cut.ends).all()
    assert (cut.starts[1:] >= cut.ends[:-1]).all()

    def visible(lines):
        at = np.concatenate([np.arange(a, b) for a, b in zip(lines.starts, lines.ends, strict=True)])
        return at[lines.classes[at] != 0].tolist()

    assert visible(cut) == visible(batch)
    assert set(cut.numbers.tolist()) == set(batch.numbers.tolist())
    for page in range(3):
        rows = slice(cut.page_rows[page], cut.page_rows[page + 1])
        assert (cut.starts[rows] >= cut.page_chars[page]).all()
        assert (cut.ends[rows] < cut.page_chars[page + 1]).all()
    # Segments of one line are glued to each other and to nothing else.
    same = cut.line_starts[1:] == cut.line_starts[:-1]
    assert ((cut.glued[1:] & 1) == same).all()
    assert ((cut.glued[:-1] >> 1) == same).all()


def test_cuts_at_borders_and_between_lines_change_nothing(tables):
    batch = make_batch(["  one two \n\n three"], tables)
    assert cut_lines(batch, np.array([0, 1, 2, 9, 10, 11, 12, 13, 18, 500])).starts.tolist() == batch.starts.tolist()


def test_cuts_in_a_batch_without_lines_change_nothing(tables):
    assert len(cut_lines(make_batch(["", "\n"], tables), np.array([0, 1]))) == 0
