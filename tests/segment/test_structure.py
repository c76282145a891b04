import json
from dataclasses import replace

import pytest
from hypothesis import given

from detector.segment.structure import Structure
from tests.conftest import structures

TREE = Structure(
    elements=(2, 1, -1),
    links=(0, 4, 0),
    images=(1, 0, 0),
    parents=(-1, 0, 1),
    tags=("html", "main", "p"),
    words=("", "story page", ""),
)


@given(structures())
def test_a_structure_comes_back_as_it_was_written(structure):
    assert Structure.from_dict(structure.to_dict()) == structure
    assert Structure.from_dict(json.loads(json.dumps(structure.to_dict()))) == structure


def test_what_is_not_known_is_passed_over():
    assert Structure.from_dict(raw(more=[1])) == TREE
    assert Structure.from_dict(raw(**{name: [] for name in TREE.to_dict()})) == Structure()


def raw(**changes):
    return json.loads(json.dumps(TREE.to_dict())) | changes


@pytest.mark.parametrize("value", [None, [], "tree", 5, [["elements", []]]])
def test_what_is_no_object_is_refused(value):
    with pytest.raises(ValueError, match="must be an object"):
        Structure.from_dict(value)


@pytest.mark.parametrize("name", list(TREE.to_dict()))
def test_each_field_is_needed_and_is_a_list_of_one_type(name):
    reason = f"'{name}' must be a list of {'strings' if name in ('tags', 'words') else 'whole numbers'}"
    record = raw()
    del record[name]
    with pytest.raises(ValueError, match=reason):
        Structure.from_dict(record)
    for value in (None, 3, "abc", {"0": 1}, [1.0, 0, 0], [True, 0, 0], [None, 0, 0], ["a", 1, "b"], [[], [], []]):
        with pytest.raises(ValueError, match=reason):
            Structure.from_dict(raw(**{name: value}))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"tags": ["html", "main"]}, "'parents', 'tags' and 'words' must be of one length"),
        ({"words": []}, "'parents', 'tags' and 'words' must be of one length"),
        ({"parents": [-1, 0]}, "'parents', 'tags' and 'words' must be of one length"),
        ({"links": [0, 0]}, "'elements', 'links' and 'images' must be of one length"),
        ({"images": [0, 0, 0, 0]}, "'elements', 'links' and 'images' must be of one length"),
        ({"elements": []}, "'elements', 'links' and 'images' must be of one length"),
        ({"parents": [0, 0, 1]}, "must come after"),
        ({"parents": [-1, 2, 1]}, "must come after"),
        ({"parents": [-1, -2, 1]}, "must come after"),
        ({"parents": [-1, 0, 3]}, "must come after"),
        ({"elements": [3, 1, 0]}, "names an element that is not there"),
        ({"elements": [2, 1, -2]}, "names an element that is not there"),
        ({"links": [0, -1, 0]}, "must be counts"),
        ({"images": [1 << 31, 0, 0]}, "must be counts"),
        ({"links": [0, 10**30, 0]}, "must be counts"),
    ],
)
def test_what_is_no_tree_is_refused(changes, reason):
    with pytest.raises(ValueError, match=reason) as caught:
        Structure.from_dict(raw(**changes))
    assert "\n" not in str(caught.value)


def test_elements_around_a_line_come_innermost_first():
    assert [TREE.around(line, 9) for line in range(3)] == [[2, 1, 0], [1, 0], []]
    assert TREE.around(0, 2) == [2, 1]
    assert TREE.around(0, 0) == []


def test_a_structure_is_a_value():
    assert replace(TREE) == TREE
    assert hash(TREE) == hash(replace(TREE))
    assert replace(TREE, tags=("html", "main", "div")) != TREE
