import numpy as np
import pytest
from hypothesis import given

from detector.features import shape, shapes
from detector.segment import chars
from detector.segment.text import cut_lines, make_batch
from detector.segment.tokens import find_tokens, regroup
from tests.conftest import page_text


def of(text, tables):
    batch = make_batch([text], tables)
    return shapes(batch, find_tokens(batch))


def column(text, name, tables):
    return of(text, tables).columns[:, shape.COLUMNS.index(name)].tolist()


def test_columns_do_not_depend_on_the_batch(invariant):
    alone = invariant(lambda part: part.lines.columns)
    assert all(columns.shape[1] == len(shape.COLUMNS) for columns in alone.values())


@given(page_text)
def test_class_counts_are_those_of_the_characters(tables, text):
    batch = make_batch([text], tables)
    if not len(batch):
        return
    counts = shape.class_counts(batch, 0, len(batch))
    assert counts.shape == (len(batch), chars.CLASS_COUNT)
    for row in range(len(batch)):
        classes = batch.classes[batch.starts[row] : batch.ends[row]]
        assert counts[row].tolist() == np.bincount(classes, minlength=chars.CLASS_COUNT).tolist()


@pytest.mark.parametrize(
    ("name", "yes", "no"),
    [
        ("ends_sentence", "He said so.", "He said so"),
        ("ends_sentence", "“He said so.”", "“He said so”"),
        ("ends_sentence", "(He said so!)", "(Reuters)"),
        ("ends_sentence", "他说。」", "他说"),
        ("first_upper", "Home", "home"),
        ("first_digit", "5 ways", "Five ways"),
        ("first_quote", "«Oui»", "Oui"),
        ("first_mark", "• Home", "Home •"),
        ("last_colon", "Read more:", "Read: more"),
        ("last_digit", "Page 5", "5 pages"),
        ("last_comma", "first,", "first"),
    ],
)
def test_how_a_line_begins_and_ends(tables, name, yes, no):
    assert column(f"{yes}\n{no}", name, tables) == [1, 0]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("log_chars", "abcd", np.log1p(4)),
        ("log_words", "one two, three", np.log1p(3)),
        ("chars_a_word", "aa bb", 2.5),
        ("longest_word", "a bbb cc", np.log1p(3)),
        ("letters", "ab1!", 0.5),
        ("uppers", "ABcd 12", 0.5),
        ("digits", "ab12", 0.5),
        ("blanks", "a b\tc", 0.4),
        ("ideographs", "中文ab", 0.5),
        ("capitalised_words", "Home News and More", 0.75),
        ("short_words", "the ferry", 0.5),
        ("sentences", "One. Two! Three", np.log1p(2)),
        ("separators", "a | b | c", 2),
        ("separators", "|" * 50, 4),
        ("copyright_signs", "© 2024", 1),
        ("pictographs", "😀😀", 2),
        ("quotes", "“a” and «b»", 4),
    ],
)
def test_measures(tables, name, text, value):
    assert column(text, name, tables) == pytest.approx([value])


def test_glued_segments_know_their_neighbours(tables):
    text = "[ad_1] At the meeting. [ad_2]\nNext"
    batch = cut_lines(make_batch([text], tables), np.array([7, text.index("[ad_2]")]))
    columns = shapes(batch, regroup(find_tokens(make_batch([text], tables)), batch)).columns
    before, after = (shape.COLUMNS.index(name) for name in ("glued_before", "glued_after"))
    assert columns[:, before].tolist() == [0, 1, 1, 0]
    assert columns[:, after].tolist() == [1, 1, 0, 0]


def test_a_batch_of_many_blocks_gives_what_one_block_gives(tables, monkeypatch):
    from detector.segment import text as text_module

    page = "\n".join(["Home", "The ferry sank at dawn.", "a", "中文", "© 2024"] * 40)
    whole = of(page, tables)
    monkeypatch.setattr(text_module, "_BLOCK_CHARS", 17)
    for one, other in zip(whole, of(page, tables), strict=True):
        assert np.array_equal(one, other)
