"""The characters of an HTML document: what it declares, as browsers read it, unless it lies."""

import pytest

from detector.segment.charset import codec_of, decode


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("é".encode(), "é"),
        ("\ufeffé".encode(), "é"),
        (b"\xff\xfe" + "é".encode("utf-16-le"), "é"),
        (b"\xfe\xff" + "é".encode("utf-16-be"), "é"),
        (b"<meta charset=iso-8859-1>\x93\xe9\x94", "<meta charset=iso-8859-1>“é”"),
        (b"<meta charset=no-such>\xe9", "<meta charset=no-such>é"),
        # Declared UTF-8 that is damaged stays what it is; what never was UTF-8 is read as if nothing were declared.
        ("<meta charset=utf-8>éü".encode() + b"\xe9", "<meta charset=utf-8>éü\ufffd"),
        (b'<meta charset="utf-8">caf\xe9, d\xe9j\xe0', '<meta charset="utf-8">café, déjà'),
        (b"<meta charset=utf-16>\x93\xe9\x94", "<meta charset=utf-16>“é”"),
        # Windows' supersets, as browsers have them.
        ("<meta charset=shift_jis>①㈱".encode("cp932"), "<meta charset=shift_jis>①㈱"),
        ("<meta charset=x-sjis>日本".encode("cp932"), "<meta charset=x-sjis>日本"),
        ("<meta charset=euc-kr>똠방각하".encode("cp949"), "<meta charset=euc-kr>똠방각하"),
        ("<meta charset=gbk>新闻䶮".encode("gb18030"), "<meta charset=gbk>新闻䶮"),
        ("<meta charset=iso-8859-9>“ş”".encode("cp1254"), "<meta charset=iso-8859-9>“ş”"),
        ("<meta charset=us-ascii>“é”".encode("cp1252"), "<meta charset=us-ascii>“é”"),
        ("<meta charset=tis-620>“ไทย”".encode("cp874"), "<meta charset=tis-620>“ไทย”"),
        (
            '<?xml version="1.0" encoding="windows-1251"?><html>да'.encode("cp1251"),
            '<?xml version="1.0" encoding="windows-1251"?><html>да',
        ),
        ("<meta charset=gb2312>新闻".encode("gb18030"), "<meta charset=gb2312>新闻"),
        ("<meta charset=windows-1251>да".encode("cp1251"), "<meta charset=windows-1251>да"),
        ("<meta charset=latin1>да".encode(), "<meta charset=latin1>да"),  # valid UTF-8 whatever it declares
        (b"caf\xe9", "café"),
        ("<html><p>Where is it?".encode("utf-16-le"), "<html><p>Where is it?"),
        ("<html><p>Where is it?".encode("utf-16-be"), "<html><p>Where is it?"),
        (b"<p>one\0two", "<p>one\0two"),
        (b"<meta charset=unicode-escape>\\q \xff", "<meta charset=unicode-escape>\\q ÿ"),
        (b"<meta charset=utf7>+AGE- \xff", "<meta charset=utf7>+AGE- ÿ"),
        (b"<meta charset=hex>\xff", "<meta charset=hex>ÿ"),
        (b"<meta charset=undefined>\xff", "<meta charset=undefined>ÿ"),
    ],
)
def test_decode(data, text):
    assert decode(data) == text


def test_what_came_with_the_document_goes_before_its_own_word():
    assert decode("<meta charset=koi8-r>да".encode("cp1251"), "windows-1251") == "<meta charset=koi8-r>да"
    assert decode("<meta charset=koi8-r>да".encode("koi8-r"), "nonsense") == "<meta charset=koi8-r>да"


@pytest.mark.parametrize(
    ("label", "codec"),
    [(" Windows-31J ", "cp932"), ("ks_c_5601-1987", "cp949"), ("x-x-big5", "big5hkscs"), ("logical", "iso8859-8")],
)
def test_labels_of_the_standard(label, codec):
    assert codec_of(label) == codec
