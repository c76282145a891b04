import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.encoding import FROM_UNICODE, decode, encode
from tests.conftest import arbitrary_text

STORY = "The ferry sank at dawn, the coast guard said on Friday.\r\n\r\nNine people were rescued.\n"


@pytest.mark.parametrize(
    ("data", "codec", "bom"),
    [
        (STORY.encode(), "utf-8", b""),
        (codecs.BOM_UTF16_LE + STORY.encode("utf-16-le"), "utf-16-le", codecs.BOM_UTF16_LE),
        (codecs.BOM_UTF16_BE + STORY.encode("utf-16-be"), "utf-16-be", codecs.BOM_UTF16_BE),
        (codecs.BOM_UTF32_LE + STORY.encode("utf-32-le"), "utf-32-le", codecs.BOM_UTF32_LE),
        (codecs.BOM_UTF32_BE + STORY.encode("utf-32-be"), "utf-32-be", codecs.BOM_UTF32_BE),
        (STORY.encode("utf-16-le"), "utf-16-le", b""),
        (STORY.encode("utf-16-be"), "utf-16-be", b""),
    ],
)
def test_encodings_are_found_and_kept(data, codec, bom):
    text, encoding = decode(data)
    assert text == STORY
    assert (encoding.codec, encoding.bom) == (codec, bom)
    assert encode(text, encoding) == data
    assert encode(text[4:9], encoding) == bom + "ferry".encode(codec)


@pytest.mark.parametrize(
    "text",
    [
        "Паром затонул на рассвете, сообщила служба.\n" * 3,
        "渡轮于黎明时分沉没，一名官员表示。\n一共有 12 人获救。\n" * 4,
    ],
)
@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_found_in_other_scripts(text, codec):
    assert decode(text.encode(codec))[0] == text


@pytest.mark.parametrize("data", [b"", b"\0", b"hello\0", b"a\0b and a long line of text that follows\n", b"\0\0\0\0"])
def test_stray_zero_bytes_do_not_make_utf16(data):
    text, encoding = decode(data)
    assert encoding.codec == "utf-8"
    assert encode(text, encoding) == data


def test_utf8_mark_is_a_character_of_the_text():
    text, encoding = decode(codecs.BOM_UTF8 + b"a\n")
    assert text == "\ufeffa\n"
    assert encode(text, encoding) == codecs.BOM_UTF8 + b"a\n"


def test_invalid_bytes_survive():
    data = b"caf\xe9 \xff\xfe \xed\xa0\x80 \xf0\x9f\x98\n"
    text, encoding = decode(data)
    assert encode(text, encoding) == data
    assert encode(text[:4], encoding) == b"caf\xe9"


@pytest.mark.parametrize("extra", [b"A", b"\x00\xd8", b"\x00\xdc", b"\x3d\xd8\x00\xdc\x3d"])
def test_damaged_utf16_survives(extra):
    data = codecs.BOM_UTF16_LE + STORY.encode("utf-16-le") + extra
    text, encoding = decode(data)
    assert text.startswith(STORY)
    assert encode(text, encoding) == data


def test_what_only_looks_like_utf32_is_read_all_the_same():
    data = codecs.BOM_UTF32_LE + b"\xff\xff\xff\xff"
    text, encoding = decode(data)
    assert encode(text, encoding) == data


@given(st.binary(max_size=60), st.sampled_from(["", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]))
def test_any_bytes_survive(data, mark):
    data = ("\ufeff".encode(mark) if mark else b"") + data
    assert encode(*decode(data)) == data


@given(arbitrary_text, st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]))
def test_any_text_survives(text, codec):
    data = text.encode(codec, "surrogatepass")
    assert encode(*decode(data)) == data


@given(arbitrary_text)
def test_text_that_was_never_bytes_becomes_bytes(text):
    data = encode(text, FROM_UNICODE)
    assert data.decode("utf-8", "surrogatepass") == text
