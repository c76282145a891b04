"""Normal forms of lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.segment.normal import COMPARED_CHARS, normal_form


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Posted on 12 March 2024", "posted on 7 march 1999."),
        ("Read more: The FERRY", "read more – the ferry"),
        ("5 comments", "«12» Comments"),
        ("Share\u200bthis", "share this"),
        ("१२ टिप्पणियाँ", "3 टिप्पणियाँ!"),
    ],
)
def test_what_is_alike(one, other):
    assert normal_form(one) == normal_form(other)


@pytest.mark.parametrize(("one", "other"), [("Read more", "Read less"), ("* * *", "- - -"), ("की", "का")])
def test_what_is_not(one, other):
    assert normal_form(one) != normal_form(other)


@given(st.text())
def test_any_text_has_one(text):
    form = normal_form(text)
    assert len(form) <= 3 * COMPARED_CHARS
    assert normal_form(f"  {form}") in (form, normal_form(form))
    assert bool(form) == bool(text[:COMPARED_CHARS].split())
