"""Documents of HTML that have broken parsers: name to a document and what must be among its lines."""

import gzip

_HEAD = b"<!doctype html><html><body>"
_LAUGHS = b'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)

DOCUMENTS = {
    "depth 257": (lambda: _HEAD + b"<div>" * 257 + b"deep", "deep"),
    "depth 5,000": (lambda: _HEAD + b"<div>" * 5_000 + b"deep", "deep"),
    "depth 100,000": (lambda: _HEAD + b"<div>" * 100_000 + b"deep", "deep"),
    "siblings": (lambda: _HEAD + b"<i></i>" * 100_000 + b"<p>last", "last"),
    "unclosed": (lambda: _HEAD + b"<p><b><a href=x><table><tr><td>cell<li>item", "item"),
    "formatting never closed": (lambda: _HEAD + b"".join(b"<p><b id=%d>w" % n for n in range(10_000)), "w"),
    "plaintext": (lambda: _HEAD + b"<p>one</p><plaintext></p>two", "</p>two"),
    "end tag in a script": (lambda: _HEAD + b"<script>'</p>'</script><p>shown", "shown"),
    "long attribute": (lambda: _HEAD + b"<p title='" + b"x" * 10_000_000 + b"'>shown", "shown"),
    "attributes": (lambda: _HEAD + b"<p " + b" ".join(b"a%d=1" % n for n in range(50_000)) + b">x<p>shown", "shown"),
    "entities": (lambda: _HEAD + b"<p>" + b"&amp;" * 100_000 + b"</p><p>shown", "shown"),
    "numeric entities": (lambda: _HEAD + b"<p>&#0;&#xD800;&#x110000;&#99999999999999;x</p><p>shown", "shown"),
    "laughs": (lambda: _LAUGHS + b"]><html><p>&j;</p><p>shown</html>", "shown"),
    "wide cell": (lambda: _HEAD + b"<table><tr><td colspan=9007199254740991 rowspan=99999999>shown", "shown"),
    "page in a form": (lambda: _HEAD + b"<form><p>shown<input value=x></form>", "shown"),
    "comments in details": (lambda: _HEAD + b"<details><summary>s</summary><p>shown</details>", "shown"),
    "only a frameset": (lambda: b"<html><frameset><frame src=x></frameset></html>", None),
    "a charset that lies": (lambda: b"<html><meta charset=utf-16><p>shown \xc3\xa9", "shown é"),
    "a charset that is none": (lambda: b"<html><meta charset=x-nonsense><p>shown \xff", None),
    "packed": (lambda: gzip.compress(_HEAD + b"<p>shown"), "shown"),
    "empty document": (lambda: b"<!doctype html>", None),
    "comment never closed": (lambda: _HEAD + b"<p>shown</p><!-- <p>not", "shown"),
    "nul bytes in tags": (lambda: _HEAD + b"<p\0 a\0=\0>x</p><p>shown", "shown"),
    "json served as html": (lambda: b'{"a": ["shown", 1, null]}', '{"a": ["shown", 1, null]}'),
    "json in linked data": (
        lambda: _HEAD + b"<script type=application/ld+json>" + b"[" * 9_000 + b"</script><p>shown",
        "shown",
    ),
}

REFUSED = {
    "bomb": (lambda: gzip.compress(b"<p>" + b"\0" * (65 << 20)), "unpacks to more than 64 MB"),
    "damaged gzip": (lambda: b"\x1f\x8b\x08" + b"x" * 50, "packed with gzip, but damaged"),
    "pdf": (lambda: b"%PDF-1.7\n", "is a PDF, not HTML"),
}
