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
        for name in ("p_line", "p_noise", "kind", "n_words")
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
    for position in [*inside, *rng.choice(fields, 60, replace=False)]:
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
    assert harmless < 60
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
        alter(path, array="mean", data=data)
        refused(path, "'mean'")
        path.write_bytes(original)
        alter(path, array="mean", data=data, manifest=lambda m: m["arrays"]["mean"].update(dtype="|O", shape=[1]))
        refused(path, "'mean'")
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
        ("arrays", {"mean": 5}, "'mean'"),
        ("networks", 0, "no network"),
        ("networks", 9, "network1"),
        ("networks", "1", "incomplete"),
        ("threshold", float("nan"), "out of range"),
        ("threshold", 2, "out of range"),
        ("threshold", "half", "incomplete"),
        ("calibration", [1], "incomplete"),
        ("calibration", [1, float("inf")], "out of range"),
        ("calibration", None, "incomplete"),
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


@pytest.mark.parametrize("name", ["mean", "scale", "line_scale_bias", "head_scale", "head_bias", "network0.0.scale"])
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
        "mean",
        "network0.0.weights",
        "network0.1.scale",
        "network0.0.unit",
        "kinds.0.weights",
        "kinds.2.bias",
    ],
)
def test_an_array_of_another_shape_or_type_is_refused(path, name):
    original = path.read_bytes()
    array = np.load(io.BytesIO(members(path)[f"{name}.npy"]))
    for other in (array[:-1], np.stack([array] * 2), array.reshape(-1)[:0], array.reshape(-1)[0]):
        if name == "network0.0.unit" and np.ndim(other) == 2:
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
    alter(path, manifest=lambda record: record["arrays"]["mean"].update(shape=[1 << 30]))
    refused(path, "'mean' has not the size")
    path.write_bytes(original)
    size = json.loads(members(path)["manifest.json"])["arrays"]["mean"]["shape"][0] * 4
    alter(path, array="mean", data=_header((1 << 30,)) + b"\0" * size)
    refused(path, "'mean'")
    path.write_bytes(original)
    alter(path, array="line_weights", data=b"\0" * (100 << 20))  # a small zip member that unpacks to a lot
    refused(path, "'line_weights' has not the size")


@pytest.mark.parametrize("shape", [(1 << 50,), (1 << 70,)])
def test_a_declared_size_beyond_all_memory_is_refused(path, shape):
    size = json.loads(members(path)["manifest.json"])["arrays"]["mean"]["shape"][0] * 4
    alter(path, array="mean", data=_header(shape) + b"\0" * size)
    refused(path, "'mean'")


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
    alter(path, manifest=lambda record: record["arrays"]["mean"].update({key: value}))
    refused(path, "'mean'")


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
