import hashlib
import io
import json
import pickle
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detector import model_file
from detector.cleaner import Cleaner
from detector.errors import ModelError, OutputError

TEXT = "[ad_1]\nThe ferry sank at dawn, the coast guard said.\nRead more: Boats\n首页 > 新闻\n© 2024 Example"


@pytest.fixture
def path(tiny_path, tmp_path):
    return Path(shutil.copy(tiny_path, tmp_path / "my model.detector"))


@pytest.fixture
def both(html_path, tmp_path):
    """A model that reads text and HTML."""
    return Path(shutil.copy(html_path, tmp_path / "both.detector"))


@pytest.fixture(scope="module")
def expected(tiny_model):
    return tiny_model.predict([TEXT])


def refused(path, reason=""):
    """The model error that a file gives, checked for what every such message must have."""
    with pytest.raises(ModelError) as caught:
        model_file.load(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert reason in message
    return message


def members(path):
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def write(path, content):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def alter(path, *, manifest=None, array=None, data=None, describe=True):
    """Write the model anew with another manifest, or with other bytes for an array and a manifest to match."""
    content = members(path)
    record = json.loads(content["manifest.json"])
    if array is not None:
        if isinstance(data, np.ndarray):
            record["arrays"][array] |= {"shape": data.shape, "dtype": data.dtype.str} if describe else {}
            data = npy(data)
        content[f"{array}.npy"] = data
        record["arrays"][array]["sha256"] = hashlib.sha256(data).hexdigest()
    if manifest is not None:
        manifest(record)
    content["manifest.json"] = json.dumps(record).encode()
    write(path, content)


def same(verdicts, expected):
    return all(
        np.array_equal(getattr(verdicts, name), getattr(expected, name))
        for name in ("p_line", "p_noise", "kind", "n_words", "page_type")
    )


def test_a_model_predicts_the_same_to_the_last_bit_after_a_round_trip(path, expected, nasty_pages, tiny_model):
    loaded = model_file.load(path)
    assert same(loaded.model.predict([TEXT]), expected)
    assert same(loaded.model.predict(nasty_pages), tiny_model.predict(nasty_pages))
    assert loaded.manifest["info"] == {"purpose": "tests"}
    assert loaded.model.threshold == tiny_model.threshold


def test_the_same_model_gives_the_same_bytes_and_so_does_its_copy(path, tmp_path, tiny_model):
    model_file.save(tmp_path / "b", tiny_model, {"purpose": "tests"})
    model_file.save(tmp_path / "c", model_file.load(path).model, {"purpose": "tests"})
    assert path.read_bytes() == (tmp_path / "b").read_bytes() == (tmp_path / "c").read_bytes()


def test_altering_our_own_copy_changes_nothing_unless_it_should(path, expected):
    """The helper of the tests below gives a file that loads, so it is what they change that is refused."""
    alter(path)
    assert same(model_file.load(path).model.predict([TEXT]), expected)


def test_a_file_that_is_missing_a_folder_or_something_else_is_refused(path, tmp_path):
    refused(tmp_path / "none.detector", "no such model file")
    refused(tmp_path, "cannot be read")
    for content in (b"", b"\x00" * 100, b"PK\x05\x06" + b"\x00" * 18, b"%PDF-1.7", b"{}"):
        path.write_bytes(content)
        refused(path)
    write(path, {"readme.txt": b"hello"})
    refused(path, "no manifest.json")


def test_a_truncated_file_is_refused_wherever_it_ends(path):
    data = path.read_bytes()
    for size in [*range(0, len(data), len(data) // 20), len(data) - 1, len(data) - 22, len(data) - 23]:
        path.write_bytes(data[:size])
        refused(path)


def test_one_altered_byte_is_refused_or_does_no_harm(path, expected):
    """Contents are under checksums; of the zip's own fields some, such as dates, mean nothing."""
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        inside = [
            info.header_offset + 30 + len(info.filename) + int(info.compress_size * share)
            for info in archive.infolist()
            for share in (0, 0.3, 0.7, 0.999)
        ]
        large = max(archive.infolist(), key=lambda info: info.compress_size)
        fields = np.arange(archive.start_dir, len(data))
    rng = np.random.default_rng(0)
    harmless = 0
    positions = [*inside, *rng.choice(fields, 60, replace=False)]
    for position in positions:
        altered = bytearray(data)
        altered[position] ^= int(rng.integers(1, 256))
        path.write_bytes(altered)
        try:
            model = model_file.load(path).model
        except ModelError:
            refused(path)
        else:
            harmless += 1
            assert same(model.predict([TEXT]), expected)
    assert harmless < len(positions) / 4
    altered = bytearray(data)
    altered[large.header_offset + 200] ^= 1
    path.write_bytes(altered)
    refused(path, large.filename.removesuffix(".npy"))


class Bomb:
    def __reduce__(self):
        return (Path("/nonexistent/detonated").write_text, ("boom",))


def test_no_pickle_is_ever_loaded(path, monkeypatch):
    def explode(*_, **__):
        raise AssertionError("unpickled")

    bomb = pickle.dumps(Bomb())
    objects = io.BytesIO()
    np.save(objects, np.array([Bomb()], dtype=object), allow_pickle=True)
    monkeypatch.setattr(pickle, "load", explode)
    monkeypatch.setattr(pickle, "loads", explode)
    monkeypatch.setattr(pickle, "Unpickler", explode)
    assert model_file.load(path)
    original = path.read_bytes()
    path.write_bytes(bomb)
    refused(path, "not a model file")
    for data in (bomb, objects.getvalue()):
        path.write_bytes(original)
        alter(path, array="text.mean", data=data)
        refused(path, "'text.mean'")
        path.write_bytes(original)
        alter(
            path,
            array="text.mean",
            data=data,
            manifest=lambda m: m["arrays"]["text.mean"].update(dtype="|O", shape=[1]),
        )
        refused(path, "'text.mean'")
    content = members(path) | {"manifest.json": bomb}
    write(path, content)
    refused(path, "the manifest is not JSON")


def test_a_member_outside_the_folder_is_never_written(path, tmp_path, expected):
    content = members(path)
    record = json.loads(content["manifest.json"])
    record["arrays"]["../outside"] = {"dtype": "|u1", "shape": [1], "sha256": "0"}
    write(path, content | {"../outside.npy": b"x", "/tmp/outside.npy": b"x"})
    before = sorted(tmp_path.parent.rglob("*"))
    assert same(model_file.load(path).model.predict([TEXT]), expected)
    write(path, content | {"../outside.npy": b"x", "manifest.json": json.dumps(record).encode()})
    refused(path, "'../outside'")
    assert sorted(tmp_path.parent.rglob("*")) == before


def stage(name, **changes):
    """A change to what the manifest says of a stage."""
    return lambda record: record["stages"][name].update(changes)


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("text", {"networks": 0}, "no network"),
        ("text", {"networks": 9}, "network1"),
        ("text", {"networks": "1"}, "incomplete"),
        ("text", {"networks": -1}, "no network"),
        ("text", {"calibration": [1]}, "incomplete"),
        ("text", {"calibration": [1, float("inf")]}, "out of range"),
        ("text", {"calibration": None}, "incomplete"),
        ("html", {"networks": 0}, "no network"),
        ("html", {"networks": 2}, "html.network1"),
        ("html", {"calibration": [float("nan"), 0]}, "out of range"),
        ("html", {"calibration": {}}, "incomplete"),
    ],
)
def test_a_manifest_that_says_something_else_of_a_stage_is_refused(both, name, changes, reason):
    alter(both, manifest=stage(name, **changes))
    refused(both, reason)


@pytest.mark.parametrize(
    "stages", [None, [], {}, "text html", ["text", "html"], {"text": None}, {"html": {}}, {"text": {"networks": 1}}]
)
def test_a_manifest_without_stages_is_refused(both, stages):
    alter(both, manifest=lambda record: record.update(stages=stages))
    refused(both, "incomplete")


def test_a_model_that_reads_html_predicts_the_same_after_a_round_trip(both, html_model, html_pages, tmp_path):
    loaded = model_file.load(both).model
    texts, structures = [page.text for page in html_pages], [page.structure for page in html_pages]
    assert same(loaded.predict(texts, structures), html_model.predict(texts, structures))
    assert same(loaded.predict(texts), html_model.predict(texts))
    assert not same(loaded.predict(texts), loaded.predict(texts, structures))
    model_file.save(tmp_path / "again", loaded, {"purpose": "tests"})
    assert (tmp_path / "again").read_bytes() == both.read_bytes()


def test_a_model_of_text_has_no_arrays_for_html(path, both):
    text, html = (json.loads(members(name)["manifest.json"]) for name in (path, both))
    assert list(text["stages"]) == ["text"]
    assert list(html["stages"]) == ["text", "html"]
    more = set(html["arrays"]) - set(text["arrays"])
    assert {"structure_weights", "structure_scale_bias", "html.mean", "html.network0.0.weights"} <= more
    assert all(name.startswith(("html.", "structure_")) for name in more)
    assert set(text["arrays"]) < set(html["arrays"])
    assert model_file.load(path).model.html is None


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
        ("html.kinds.0.weights", "text.kinds.0.weights"),
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
    "name", ["structure_weights", "structure_scale_bias", "html.mean", "html.network0.0.weights", "html.kinds.0.bias"]
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
    ("key", "value", "reason"),
    [
        ("format", "other", "not a model of this package"),
        ("format_version", 999, "format version 999"),
        ("format_version", None, "format version None"),
        ("format_version", "1", "format version '1'"),
        ("schema", "0" * 16, "other features"),
        ("kinds", ["share", "ad_marker"], "other features"),
        ("arrays", [], "lists no arrays"),
        ("arrays", {}, "incomplete"),
        ("arrays", {"text.mean": 5}, "'text.mean'"),
        ("threshold", float("nan"), "out of range"),
        ("threshold", 2, "out of range"),
        ("threshold", "half", "incomplete"),
        ("line_calibration", [float("nan"), 0], "out of range"),
        pytest.param("threshold", 10**400, ""),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(path, key, value, reason):
    alter(path, manifest=lambda record: record.update({key: value}))
    refused(path, reason)


@pytest.mark.parametrize(
    "manifest", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000, b'"' + b"x" * (5 << 20) + b'"']
)
def test_a_manifest_that_is_none_is_refused(path, manifest):
    write(path, members(path) | {"manifest.json": manifest})
    refused(path)


def test_each_array_and_each_key_of_the_manifest_is_needed(path):
    original = path.read_bytes()
    record = json.loads(members(path)["manifest.json"])
    assert len(record["arrays"]) > 15
    for name in record["arrays"]:
        write(path, {member: data for member, data in members(path).items() if member != f"{name}.npy"})
        refused(path, f"'{name}'")
        path.write_bytes(original)
        alter(path, manifest=lambda record, name=name: record["arrays"].pop(name))
        refused(path)
        path.write_bytes(original)
    for key in set(record) - {"info"}:
        alter(path, manifest=lambda record, key=key: record.pop(key))
        refused(path)
        path.write_bytes(original)


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
        "text.kinds.0.weights",
        "text.kinds.2.bias",
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


def _header(shape):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return stream.getvalue()


def test_a_declared_size_of_gigabytes_is_refused_before_anything_is_read(path):
    original = path.read_bytes()
    alter(path, manifest=lambda record: record["arrays"]["text.mean"].update(shape=[1 << 30]))
    refused(path, "'text.mean' has not the size")
    path.write_bytes(original)
    size = json.loads(members(path)["manifest.json"])["arrays"]["text.mean"]["shape"][0] * 4
    alter(path, array="text.mean", data=_header((1 << 30,)) + b"\0" * size)
    refused(path, "'text.mean'")
    path.write_bytes(original)
    alter(path, array="line_weights", data=b"\0" * (100 << 20))  # a small zip member that unpacks to a lot
    refused(path, "'line_weights' has not the size")


@pytest.mark.parametrize("shape", [(1 << 50,), (1 << 70,)])
def test_a_declared_size_beyond_all_memory_is_refused(path, shape):
    size = json.loads(members(path)["manifest.json"])["arrays"]["text.mean"]["shape"][0] * 4
    alter(path, array="text.mean", data=_header(shape) + b"\0" * size)
    refused(path, "'text.mean'")


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


def test_a_model_that_cannot_be_saved_leaves_the_old_one(path, tiny_model, tmp_path):
    before = path.read_bytes()
    with pytest.raises(TypeError):
        model_file.save(path, tiny_model, {"figures": object()})
    with pytest.raises((TypeError, ValueError)):
        model_file.save(path, replace(tiny_model, rarity=np.array([object()])))
    assert path.read_bytes() == before
    with pytest.raises(OutputError, match="no-such-folder"):
        model_file.save(tmp_path / "no-such-folder" / "m", tiny_model)


def test_cleaner_load_reads_the_file_it_is_given(path):
    assert Cleaner.load(path).clean(TEXT).lines == Cleaner.load(str(path)).clean(TEXT).lines
    path.write_bytes(b"")
    with pytest.raises(ModelError, match=r"my model\.detector"):
        Cleaner.load(path)
