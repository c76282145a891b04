import unicodedata

import numpy as np
import pytest
from hypothesis import given

from detector.segment import chars
from detector.segment.chars import TABLE_SIZE, to_codes
from detector.segment.text import is_blank
from tests.conftest import arbitrary_text


@pytest.mark.parametrize(
    ("character", "kind"),
    [
        ("a", chars.LOWER),
        ("É", chars.UPPER),
        ("٣", chars.DIGIT),
        ("５", chars.DIGIT),
        ("ب", chars.CASELESS),
        ("\u0301", chars.MARK),
        ("漢", chars.IDEOGRAPH),
        ("か", chars.IDEOGRAPH),
        ("한", chars.CASELESS),
        ("ก", chars.UNSPACED),
        ("。", chars.FULL_STOP),
        ("؟", chars.EXCLAIM),
        ("،", chars.COMMA),
        ("»", chars.QUOTE),
        ("—", chars.DASH),
        ("|", chars.SEPARATOR),
        ("©", chars.COPYRIGHT),
        ("€", chars.QUANTITY),
        ("\u200d", chars.BLANK),
        ("\x00", chars.BLANK),
        ("\u3000", chars.BLANK),
        ("😀", chars.PICTOGRAPH),
    ],
)
def test_class_of_a_character(tables, character, kind):
    assert tables.classes[to_codes(character)[0]] == kind


def test_every_character_of_the_plane_has_a_class_and_blank_is_what_is_blank(tables):
    assert tables.classes.shape == tables.folded.shape == (TABLE_SIZE,)
    assert tables.classes.max() < chars.CLASS_COUNT
    blank = [code for code in range(TABLE_SIZE) if is_blank(chr(code))]
    assert np.flatnonzero(tables.classes == chars.BLANK).tolist() == blank


@pytest.mark.parametrize(
    ("ours", "plain"),
    [
        ("Ｒｅａｄ ＭＯＲＥ", "read more"),
        ("ÉCOLE", "école"),
        ("9/11/2024", "0/00/0000"),
        ("٢٠٢٤", "0000"),
        ("a\u00a0b\tc", "a b c"),
    ],
)
def test_folding_unites_what_differs_in_case_width_and_digits(tables, ours, plain):
    assert "".join(map(chr, tables.folded[to_codes(ours)])) == plain


def test_folding_twice_is_folding_once(tables):
    # Greek final forms and the like may fold further; letters and digits of all scripts must not.
    letters = [c for c in range(TABLE_SIZE) if unicodedata.category(chr(c)) in ("Lu", "Ll", "Nd")]
    once = tables.folded[letters]
    assert (tables.folded[once] == once).all()


@given(arbitrary_text)
def test_one_code_for_each_character(text):
    codes = to_codes(text)
    assert codes.tolist() == [min(ord(c), TABLE_SIZE - 1) for c in text]
