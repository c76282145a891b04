import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import InputError, OutputError
from detector.labels import (
    KINDS,
    LabelledPage,
    LabelledSegment,
    page_from_dict,
    page_to_dict,
    read_labelled,
    write_labelled,
)
from detector.segment.structure import Structure
from detector.segment.text import is_blank, split_lines
from tests.conftest import LABELLED, characters, structures

texts = st.text(characters, min_size=1, max_size=30).map(lambda t: t.replace("\n", "").replace("\r", ""))
segments = st.one_of(
    st.builds(LabelledSegment, texts, st.sampled_from([None, "article", "noise"]), st.none(), st.booleans()),
    st.builds(LabelledSegment, texts, st.just("noise"), st.sampled_from(KINDS), st.booleans()),
).filter(lambda segment: not is_blank(segment.text))
pages = st.builds(
    LabelledPage,
    id=texts,
    lines=st.lists(st.lists(segments, max_size=3).map(tuple), max_size=6).map(tuple),
    site=st.sampled_from(["", "example.com"]),
    lang=st.sampled_from(["", "de"]),
    page_type=st.sampled_from(["", "article"]),
    source=st.sampled_from(["", "authored"]),
    gold=st.one_of(st.none(), texts),
    weight=st.floats(0, 1000),
    meta=st.dictionaries(texts, st.one_of(st.integers(-9, 9), texts), max_size=2),
).flatmap(
    lambda page: st.one_of(st.none(), structures(lines=len(page.lines))).map(
        lambda structure: replace(page, structure=structure)
    )
)


@given(st.lists(pages, max_size=4))
def test_pages_come_back_as_they_were_written(tmp_path, written):
    path = tmp_path / "pages.jsonl"
    assert write_labelled(path, written) == len(written)
    assert list(read_labelled([path])) == written


@given(pages)
def test_the_text_of_a_page_has_the_lines_of_the_page(page):
    assert len(split_lines(page.text)) == max(len(page.lines), 1)
    assert sum(len(segment.text) for segment in page.segments) + max(len(page.lines) - 1, 0) == len(page.text)


@given(pages)
def test_a_record_of_a_page_is_read_as_the_page(page):
    assert page_from_dict(page_to_dict(page), "here") == page


def test_the_shipped_pages_come_back_unchanged_and_use_all_kinds(labelled_pages):
    for page in labelled_pages:
        assert page_from_dict(json.loads(json.dumps(page_to_dict(page))), "here") == page
    assert len({page.id for page in labelled_pages}) == len(labelled_pages)
    assert all(page.site and page.lang for page in labelled_pages)
    kinds = {segment.kind for page in labelled_pages for segment in page.segments}
    assert kinds == {*KINDS, None}
    assert all(segment.label for page in labelled_pages for segment in page.segments)


LINE = {"text": "a", "label": "noise"}
TREE = {"elements": [0], "links": [1], "images": [0], "parents": [-1], "tags": ["p"], "words": ["a b"]}


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("{", "not a JSON record"),
        ('{"lines": [],}', "not a JSON record"),
        ("[" * 100_000, "not a JSON record"),
        (b"\xff\xfe", "not a JSON record"),
        (b'{"lines": [{"text": "\xe9"}]}', "not a JSON record"),
        ([], "must be a JSON object, not list"),
        ("null", "must be a JSON object, not NoneType"),
        ({}, "'lines' must be a list"),
        ({"lines": {}}, "'lines' must be a list"),
        ({"lines": "text"}, "'lines' must be a list"),
        ({"lines": ["text"]}, "must be an object with a 'text', not str"),
        ({"lines": [{}]}, "'text' must be a string"),
        ({"lines": [LINE, {"text": 5}]}, "line 2 of the page: 'text' must be a string"),
        ({"lines": [{"text": "a\nb"}]}, "holds a line break"),
        ({"lines": [{"text": "a\r"}]}, "holds a line break"),
        ({"lines": [{"text": "a", "label": "content"}]}, "'label' must be 'article', 'noise' or null, not 'content'"),
        ({"lines": [{"text": "a", "label": []}]}, "'label' must be"),
        ({"lines": [{"text": "a", "label": 1}]}, "'label' must be"),
        ({"lines": [LINE | {"kind": "advert"}]}, "unknown kind 'advert'"),
        ({"lines": [LINE | {"kind": ["share"]}]}, "unknown kind"),
        ({"lines": [LINE | {"kind": {}}]}, "unknown kind"),
        ({"lines": [{"text": "a", "label": "article", "kind": "share"}]}, "not labelled 'noise'"),
        ({"lines": [{"text": "a", "kind": "share"}]}, "not labelled 'noise'"),
        ({"lines": [{"parts": "a"}]}, "'parts' must be a list"),
        ({"lines": [{"parts": [LINE, 5]}]}, "must be an object"),
        ({"lines": [], "id": None}, "'id' must be a string"),
        ({"lines": [], "site": []}, "'site' must be a string"),
        ({"lines": [], "gold": 5}, "'gold' must be a string"),
        ({"lines": [], "weight": -1}, "'weight' must be a number"),
        ({"lines": [], "weight": True}, "'weight' must be a number"),
        ({"lines": [], "weight": "1"}, "'weight' must be a number"),
        ('{"lines": [], "weight": NaN}', "'weight' must be a number"),
        ('{"lines": [], "weight": Infinity}', "'weight' must be a number"),
        ({"lines": [], "weight": 10**400}, "'weight' must be a number"),
        ({"lines": [], "meta": []}, "'meta' must be an object"),
        ({"lines": [LINE], "structure": []}, "'structure': must be an object"),
        ({"lines": [LINE], "structure": {}}, "'structure': 'elements' must be a list of whole numbers"),
        ({"lines": [LINE], "structure": TREE | {"tags": [1]}}, "'structure': 'tags' must be a list of strings"),
        ({"lines": [LINE], "structure": TREE | {"elements": [1]}}, "'structure': 'elements' names an element"),
        ({"lines": [LINE, LINE], "structure": TREE}, "'structure' is of 1 lines, the page has 2"),
        ({"lines": [], "structure": TREE}, "'structure' is of 1 lines, the page has 0"),
    ],
)
def test_a_malformed_record_names_file_line_and_reason(tmp_path, record, reason):
    path = tmp_path / "bad.jsonl"
    raw = record if isinstance(record, bytes) else (record if isinstance(record, str) else json.dumps(record)).encode()
    path.write_bytes(b'{"id": "good", "lines": []}\n\n' + raw + b"\n")
    reader = read_labelled([path])
    assert next(reader).id == "good"
    with pytest.raises(InputError) as caught:
        next(reader)
    message = str(caught.value)
    assert message.startswith(f"{path}:3")
    assert reason in message
    assert "\n" not in message


json_values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(["noise", "article", "share", "a"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["text", "label", "kind", "parts", "lines", "unsure", "weight"]), inner),
    ),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {"lines": st.one_of(st.lists(json_values, max_size=3), json_values)},
        optional=dict.fromkeys(("id", "site", "gold", "weight", "meta", "structure"), json_values),
    )
)
def test_any_json_record_is_a_page_or_an_input_error(record):
    try:
        page = page_from_dict(record, "x.jsonl:1")
    except InputError:
        with pytest.raises(InputError, match=r"^x\.jsonl:1[:,] [^\n]*$"):
            page_from_dict(record, "x.jsonl:1")
    else:
        assert page_from_dict(page_to_dict(page), "again") == page


def test_a_structure_is_kept_beside_the_lines_it_is_of(tmp_path):
    path = tmp_path / "pages.jsonl"
    page = LabelledPage("a", ((LabelledSegment("a", "noise"),),), structure=Structure.from_dict(TREE))
    write_labelled(path, [page, LabelledPage("b", ())])
    one, two = map(json.loads, path.read_text().splitlines())
    assert one["structure"] == TREE
    assert "structure" not in two
    assert [page.structure for page in read_labelled([path])] == [Structure.from_dict(TREE), None]
    assert page_from_dict({"lines": [], "structure": None}, "here").structure is None


def test_byte_order_mark_blank_lines_and_missing_final_newline_are_read(tmp_path):
    path = tmp_path / "pages.jsonl"
    path.write_bytes(
        b'\xef\xbb\xbf{"id": 1, "lines": [{"text": " \\t"}]}\r\n \r\n{"id": "2", "lines": [{"parts": []}]}'
    )
    one, two = read_labelled([str(path)])
    assert (one.id, two.id) == ("1", "2")
    assert one.lines == two.lines == ((),)


def test_a_folder_is_read_in_order_and_an_empty_one_is_an_error(tmp_path):
    for name in ("b", "a"):
        write_labelled(tmp_path / f"{name}.jsonl", [LabelledPage(name, ())])
    (tmp_path / "c.txt").write_text("not a page")
    assert [page.id for page in read_labelled([tmp_path, tmp_path / "b.jsonl"])] == ["a", "b", "b"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"empty: the folder holds no \.jsonl file"):
        list(read_labelled([tmp_path / "empty"]))
    with pytest.raises(InputError, match=r"none\.jsonl: cannot be read"):
        list(read_labelled([tmp_path / "none.jsonl"]))


def test_a_failed_write_leaves_the_old_pages(tmp_path):
    path = tmp_path / "pages.jsonl"
    write_labelled(path, [LabelledPage("old", ())])

    def failing():
        yield LabelledPage("new", ())
        raise InputError("stop")

    with pytest.raises(InputError, match="stop"):
        write_labelled(path, failing())
    assert [page.id for page in read_labelled([path])] == ["old"]
    with pytest.raises(OutputError, match="no-such-folder"):
        write_labelled(tmp_path / "no-such-folder" / "x.jsonl", [])


def test_labelled_data_folder_is_where_tests_look():
    assert any(LABELLED.glob("*.jsonl"))


def test_a_part_without_visible_text_is_refused():
    record = {"id": "a", "lines": [{"parts": [{"text": "Hello", "label": "article"}, {"text": " ", "label": "noise"}]}]}
    with pytest.raises(InputError, match="without visible text"):
        page_from_dict(record, "pages.jsonl:1")
