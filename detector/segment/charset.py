"""The characters of an HTML document from its bytes: what it declares, read as browsers read it, and what it is."""

from __future__ import annotations

import codecs
import re
from typing import Final

from detector.encoding import decode as decode_text

_META: Final = re.compile(rb"""<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w:.-]{1,40})""", re.I)
_XML: Final = re.compile(rb"""\s{0,9}<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']\s{0,9}([\w:.-]{1,40})""")
_NOT_OF_PAGES: Final = frozenset(("idna", "punycode", "raw-unicode-escape", "unicode-escape", "utf-7"))
_ASCII: Final = re.compile(r"[\x00-\x7f]+")
_ANY: Final = "cp1252"
"""What browsers take for a page that does not say, or says what there is not."""

# Labels of the Encoding Standard that Python does not know or takes for a smaller set of characters.
_LABELS: Final = {
    "big5hkscs": "big5 cn-big5 csbig5 x-x-big5",
    "cp1250": "x-cp1250",
    "cp1251": "x-cp1251",
    "cp1252": "ansi_x3.4-1968 ascii cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 iso_8859-1 "
    "iso_8859-1:1987 l1 latin1 us-ascii x-cp1252 x-user-defined",
    "cp1253": "x-cp1253",
    "cp1254": "csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 x-cp1254",
    "cp1255": "x-cp1255",
    "cp1256": "x-cp1256",
    "cp1257": "x-cp1257",
    "cp1258": "x-cp1258",
    "cp874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874",
    "cp932": "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis",
    "cp949": "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 "
    "windows-949",
    "euc_jp": "cseucpkdfmtjapanese x-euc-jp",
    "gb18030": "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk",
    "iso2022_jp": "csiso2022jp",
    "iso8859-10": "iso885910",
    "iso8859-13": "iso885913",
    "iso8859-14": "iso885914",
    "iso8859-15": "csisolatin9 iso885915",
    "iso8859-2": "iso88592",
    "iso8859-3": "iso88593",
    "iso8859-4": "iso88594",
    "iso8859-5": "iso88595",
    "iso8859-6": "csiso88596e csiso88596i iso-8859-6-e iso-8859-6-i iso88596",
    "iso8859-7": "iso88597 sun_eu_greek",
    "iso8859-8": "csiso88598e csiso88598i iso-8859-8-e iso-8859-8-i iso88598 logical visual",
    "koi8-r": "koi koi8",
    "koi8-u": "koi8-ru",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "mac-roman": "csmacintosh mac x-mac-roman",
    "utf-16-le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff",
    "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
}
_CODECS: Final = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}


def decode(data: bytes, sent_as: str = "") -> str:
    """Decode an HTML document: byte order mark or plain UTF-16, then strict UTF-8, then what is declared.

    Parameters
    ----------
    data
        The document.
    sent_as
        The encoding that came with it, as in a header of HTTP; it goes before the document's own word.
    """
    for mark, name in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    head = data[:4096]
    # In UTF-16 every "<" has a zero byte beside it; a few of them elsewhere are dirt.
    if b"\0" in head and 2 * max(head.count(b"<\0"), head.count(b"\0<")) >= head.count(b"<"):
        text, encoding = decode_text(data)
        if encoding.codec.startswith("utf-16"):  # without a mark
            return text
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    codec = codec_of(sent_as) or _declared(head)
    if codec != "utf-8":
        return data.decode(codec, "replace")
    text = data.decode(codec, "replace")
    damaged = text.count("\ufffd")
    # Damaged UTF-8 still has more whole characters than bytes that are none; else it was never UTF-8.
    whole = len(_ASCII.sub("", text)) - damaged
    return text if whole >= damaged else data.decode(_ANY, "replace")


def _declared(head: bytes) -> str:
    """The codec of what a document itself declares, in ASCII: which shows that it is not UTF-16."""
    match = _META.search(head) or _XML.match(head)
    codec = codec_of(match.group(1).decode("ascii", "replace")) if match else None
    return "utf-8" if codec and codec.startswith("utf-16") else codec or _ANY


def codec_of(declared: str) -> str | None:
    """The codec for the name of an encoding, None where it is none of text.

    Examples
    --------
    >>> codec_of("Shift_JIS"), codec_of("windows-1251"), codec_of("hex")
    ('cp932', 'cp1251', None)
    """
    declared = declared.strip().lower()
    try:
        found = codecs.lookup(_CODECS.get(declared, declared)).name
        b" ".decode(found, "replace")
    except (LookupError, UnicodeError, ValueError):
        return None
    return None if found in _NOT_OF_PAGES else found
