"""Arrays of another shape, type or content, or in each other's place."""

import io
import json

import numpy as np
import pytest

from tests.model_file.conftest import alter, members, refused, write


def test_each_array_for_html_is_needed(both):
    content = members(both)
    record = json.loads(content["manifest.json"])
    for name in record["arrays"]:
        if name.startswith(("html.", "structure_")):
            write(both, {member: data for member, data in content.items() if member != f"{name}.npy"})
            refused(both, f"'{name}'")
            rest = {other: entry for other, entry in record["arrays"].items() if other != name}
            write(both, content | {"manifest.json": json.dumps(record | {"arrays": rest}).encode()})
            refused(both, "incomplete")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("html.mean", "text.mean"),
        ("html.network0.0.weights", "text.network0.0.weights"),
        ("html.kinds0.0.weights", "text.kinds0.0.weights"),
        ("html.page_types.0.weights", "text.page_types.0.weights"),
        ("html.mean", "html.scale"),
        ("structure_scale_bias", "line_scale_bias"),
        ("structure_weights", "line_weights"),
    ],
)
def test_arrays_in_each_other_s_place_are_refused(both, one, other):
    content = members(both)
    swapped = content | {f"{one}.npy": content[f"{other}.npy"], f"{other}.npy": content[f"{one}.npy"]}
    write(both, swapped)
    refused(both)
    record = json.loads(content["manifest.json"])
    arrays = record["arrays"]
    if arrays[one]["shape"] != arrays[other]["shape"]:
        # The manifest swaps them too: they are what it says, but do not fit the model.
        arrays[one], arrays[other] = arrays[other], arrays[one]
        write(both, swapped | {"manifest.json": json.dumps(record).encode()})
        refused(both, "incomplete or altered")


@pytest.mark.parametrize(
    "name", ["structure_weights", "structure_scale_bias", "html.mean", "html.network0.0.weights", "html.kinds0.0.bias"]
)
def test_an_array_for_html_of_another_shape_is_refused(both, name):
    original = both.read_bytes()
    array = np.load(io.BytesIO(members(both)[f"{name}.npy"]))
    for changed in (array[:-1], array.reshape(-1)[:0], np.stack([array] * 2), array[0]):
        both.write_bytes(original)
        alter(both, array=name, data=np.asarray(changed))
        refused(both)
    if not name.startswith(("html.network", "html.kinds")):
        both.write_bytes(original)
        alter(both, array=name, data=array.astype(np.int32))
        refused(both)


@pytest.mark.parametrize(
    "name", ["text.mean", "text.scale", "line_scale_bias", "head_scale", "head_bias", "text.network0.0.scale"]
)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_numbers_are_refused(path, name, value):
    array = np.load(io.BytesIO(members(path)[f"{name}.npy"]))
    array[-1] = value
    alter(path, array=name, data=array)
    refused(path, f"'{name}' holds values that are not finite")


@pytest.mark.parametrize(
    "name",
    [
        "char_classes",
        "char_folded",
        "rarity",
        "line_weights",
        "head_weights",
        "head_bias",
        "text.mean",
        "text.network0.0.weights",
        "text.network0.1.scale",
        "text.network0.0.unit",
        "text.kinds0.0.weights",
        "text.kinds0.2.bias",
    ],
)
def test_an_array_of_another_shape_or_type_is_refused(path, name):
    original = path.read_bytes()
    array = np.load(io.BytesIO(members(path)[f"{name}.npy"]))
    for other in (array[:-1], np.stack([array] * 2), array.reshape(-1)[:0], array.reshape(-1)[0]):
        if name == "text.network0.0.unit" and np.ndim(other) == 2:
            continue
        path.write_bytes(original)
        alter(path, array=name, data=np.asarray(other))
        refused(path)
        # The manifest keeps saying what it said: the file does not follow it.
        path.write_bytes(original)
        alter(path, array=name, data=np.asarray(other), describe=False)
        refused(path, f"'{name}'")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("shape", [-1]),
        ("shape", ["a"]),
        ("shape", None),
        ("shape", [1 << 80]),
        ("dtype", "O"),
        ("dtype", "no such"),
        ("dtype", 5),
        ("sha256", ""),
        ("sha256", None),
        pytest.param("shape", [float("inf")]),
        pytest.param("dtype", "f4,(3"),
    ],
)
def test_an_array_described_as_nonsense_is_refused(path, key, value):
    alter(path, manifest=lambda record: record["arrays"]["text.mean"].update({key: value}))
    refused(path, "'text.mean'")


def test_character_classes_that_do_not_exist_are_refused(path):
    alter(path, array="char_classes", data=np.full(1 << 16, 200, np.uint8))
    refused(path)
