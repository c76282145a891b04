"""Keeping a model in a file that cannot run code.

A model file is a zip of ``manifest.json`` and arrays in numpy's ``.npy`` format.  Every array is
checked against the manifest, and the manifest against this version of the package, before anything
is used; arrays are read with ``allow_pickle=False`` and there is no other loader to fall back to.
"""

from __future__ import annotations

import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.errors import ModelError
from detector.features import COLUMNS, HTML_COLUMNS, HTML_REVISION_COLUMNS, REVISION_COLUMNS, heads, ngrams
from detector.features.topic import RARITY_BITS
from detector.features.tree import STRUCTURE_BITS
from detector.files import atomic_writer
from detector.labels import KINDS
from detector.model import Judge, LineModel
from detector.network import Layer, Network
from detector.segment.chars import CLASS_COUNT, TABLE_SIZE, CharTables
from detector.segment.glue import GlueLexicon
from detector.stages import StageOne, StageThree, StageTwo, StructureModel

FORMAT: Final = "detector-model"
FORMAT_VERSION: Final = 3
DEFAULT_MODEL: Final = Path(__file__).parent / "default.detector"
"""The model that ships in the wheel."""

_SOURCE_MODEL: Final = Path(__file__).parent.parent / "models" / "default.detector"
_MANIFEST: Final = "manifest.json"
_MAX_FILE_BYTES: Final = 32 << 20
_MAX_BYTES: Final = 256 << 20
_MAX_ARRAY_BYTES: Final = 64 << 20
_MAX_MANIFEST_BYTES: Final = 4 << 20
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)

Array = NDArray[Any]


class ModelFile(NamedTuple):
    """A model and what its file says of it."""

    model: LineModel
    manifest: dict[str, Any]


def schema_hash() -> str:
    """Fingerprint of everything that a model and this package must agree on."""
    schema = [
        HTML_COLUMNS,
        HTML_REVISION_COLUMNS,
        heads.HEADS,
        KINDS,
        ngrams.ORDERS,
        ngrams.TABLE_BITS,
        heads.HEAD_BITS,
        RARITY_BITS,
        STRUCTURE_BITS,
    ]
    schema += [ngrams.HEAD_CHARS, ngrams.TAIL_CHARS, ngrams.HEAD_WORDS, ngrams.TAIL_WORDS]
    return hashlib.sha256(json.dumps(schema).encode()).hexdigest()[:16]


def default_path() -> Path:
    """Where the default model is: in the installed package, or in ``models/`` of a source tree."""
    return DEFAULT_MODEL if DEFAULT_MODEL.is_file() else _SOURCE_MODEL


def fingerprint(manifest: Mapping[str, Any]) -> str:
    """What tells a model from all others: a hash of its arrays and calibrations, not of what is said of it."""
    arrays = {name: entry["sha256"] for name, entry in manifest["arrays"].items()}
    facts = [manifest["schema"], manifest["stages"], arrays]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def save(path: Path | str, model: LineModel, info: Mapping[str, Any] | None = None) -> None:
    """Write a model file, atomically; the same model and `info` give the same bytes.

    Parameters
    ----------
    path
        Where to.
    model
        The model.
    info
        What to tell of it: data, licences, figures.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    encoded = {name: _encode(array) for name, array in _to_arrays(model).items()}
    manifest = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "schema": schema_hash(),
        "kinds": KINDS,
        "threshold": model.threshold,
        "line_calibration": model.line_calibration,
        "stages": {
            name: {"networks": len(judge.two.networks), "calibration": judge.three.calibration}
            for name, judge in _judges(model).items()
        },
        "arrays": {name: _describe(array, data) for name, (array, data) in encoded.items()},
        "info": dict(info or {}),
    }
    with atomic_writer(Path(path)) as stream, zipfile.ZipFile(stream, "w") as archive:
        members = [(_MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False).encode())]
        members += [(f"{name}.npy", data) for name, (_, data) in encoded.items()]
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)


def load(path: Path | str | None = None) -> ModelFile:
    """Read a model file and check it.

    Parameters
    ----------
    path
        The file; by default the model that ships with the package.

    Raises
    ------
    ModelError
        The file is missing, truncated, altered, from a newer version, or not a model; the message
        names the file and the reason.
    """
    path = default_path() if path is None else Path(path)
    try:
        _check_size(path)
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > _MAX_BYTES:
                raise ModelError(f"{path}: not a model file (it unpacks to more than {_MAX_BYTES >> 20} MB)")
            manifest = _read_manifest(archive, path)
            arrays = {name: _read_array(archive, name, entry, path) for name, entry in manifest["arrays"].items()}
    except FileNotFoundError:
        raise ModelError(f"{path}: no such model file") from None
    except (zipfile.BadZipFile, EOFError, zipfile.LargeZipFile, NotImplementedError, RuntimeError) as error:
        raise ModelError(f"{path}: not a model file, or a damaged one ({error})") from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror or error}") from None
    try:
        return ModelFile(_from_arrays(arrays, manifest), manifest)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise ModelError(f"{path}: the model is incomplete or altered ({error})") from None


def _check_size(path: Path) -> None:
    """Refuse what is no file, or too large to be a model, before any of it is read."""
    status = path.stat()
    if stat.S_ISREG(status.st_mode) and status.st_size > _MAX_FILE_BYTES:
        raise ModelError(f"{path}: not a model file (it has more than {_MAX_FILE_BYTES >> 20} MB)")
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        raise ModelError(f"{path}: cannot be read: not a regular file")


def _encode(array: Array) -> tuple[Array, bytes]:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.ascontiguousarray(array), allow_pickle=False)
    return array, stream.getvalue()


def _describe(array: Array, data: bytes) -> dict[str, Any]:
    return {"dtype": array.dtype.str, "shape": array.shape, "sha256": hashlib.sha256(data).hexdigest()}


def _read_manifest(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    try:
        member = archive.getinfo(_MANIFEST)
    except KeyError:
        raise ModelError(f"{path}: not a model file (no {_MANIFEST})") from None
    if member.file_size > _MAX_MANIFEST_BYTES:
        raise ModelError(f"{path}: not a model file (its manifest is too large)")
    try:
        manifest = json.loads(_inflate(archive, member, path))
    except (ValueError, RecursionError):
        raise ModelError(f"{path}: the manifest is not JSON") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ModelError(f"{path}: not a model of this package")
    if manifest.get("format_version") != FORMAT_VERSION:
        raise ModelError(
            f"{path}: has format version {manifest.get('format_version')!r}, this package reads {FORMAT_VERSION}; "
            "install the version of the package that it was trained with, or train it anew"
        )
    if manifest.get("schema") != schema_hash() or manifest.get("kinds") != list(KINDS):
        raise ModelError(f"{path}: was trained by a version of this package with other features; train it anew")
    if not isinstance(manifest.get("arrays"), dict):
        raise ModelError(f"{path}: the manifest lists no arrays")
    return manifest


def _inflate(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> bytes:
    try:
        return archive.read(member)
    except Exception as error:  # zlib.error, BadZipFile and more, by what is damaged
        raise ModelError(f"{path}: {member.filename} is damaged ({error})") from None


def _read_array(archive: zipfile.ZipFile, name: str, entry: Any, path: Path) -> Array:
    try:
        dtype, shape, digest = np.dtype(entry["dtype"]), tuple(entry["shape"]), entry["sha256"]
        member = archive.getinfo(f"{name}.npy")
        size = int(np.prod(shape, dtype=object)) * dtype.itemsize
    except Exception:  # whatever numpy makes of a hostile description
        raise ModelError(f"{path}: array {name!r} is missing or not described") from None
    if dtype.kind not in "uif" or not 0 <= size <= _MAX_ARRAY_BYTES or not size <= member.file_size <= size + 4096:
        raise ModelError(f"{path}: array {name!r} has not the size that the manifest says")
    data = _inflate(archive, member, path)
    if hashlib.sha256(data).hexdigest() != digest:
        raise ModelError(f"{path}: array {name!r} has been altered (its checksum differs)")
    try:
        array = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    except Exception as error:  # whatever numpy makes of a hostile header
        raise ModelError(f"{path}: array {name!r} cannot be read ({error})") from None
    if array.dtype != dtype or array.shape != shape:
        raise ModelError(f"{path}: array {name!r} is not what the manifest says")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ModelError(f"{path}: array {name!r} holds values that are not finite")
    return array


def _to_arrays(model: LineModel) -> dict[str, Array]:
    first = model.stage_one
    arrays: dict[str, Array] = {
        "char_classes": model.tables.classes,
        "char_folded": model.tables.folded,
        "rarity": model.rarity,
        "line_weights": first.weights,
        "line_scale_bias": np.array([first.scale, first.bias]),
        "head_weights": first.head_weights,
        "head_scale": first.head_scale,
        "head_bias": first.head_bias,
    }
    arrays |= {f"glue_{name}": array for name, array in model.glue._asdict().items()}
    for name, (two, three) in _judges(model).items():
        arrays |= {f"{name}.mean": two.mean, f"{name}.scale": two.scale}
        for index, network in enumerate(two.networks):
            arrays |= network.to_arrays(f"{name}.network{index}")
        arrays |= two.kinds.to_arrays(f"{name}.kinds") | two.page_types.to_arrays(f"{name}.page_types")
        arrays |= {f"{name}.three.mean": three.mean, f"{name}.three.scale": three.scale}
        arrays |= three.network.to_arrays(f"{name}.three.network")
    if model.structure is not None:
        arrays["structure_weights"] = model.structure.weights
        arrays["structure_scale_bias"] = np.array([model.structure.scale, model.structure.bias])
    return arrays


def _judges(model: LineModel) -> dict[str, Judge]:
    return {"text": model.text} if model.html is None else {"text": model.text, "html": model.html}


def _from_arrays(arrays: dict[str, Array], manifest: dict[str, Any]) -> LineModel:
    def take(name: str, dtype: str, *shape: int) -> Array:
        array = arrays[name]
        if array.dtype != np.dtype(dtype) or (shape and array.shape != shape):
            raise ValueError(f"array {name!r} is {array.dtype} {array.shape}, not {dtype} {shape}")
        return array

    def judge(name: str, n_columns: int, n_revision_columns: int) -> Judge:
        entry = manifest["stages"][name]

        def network(key: str, n_in: int, n_out: int) -> Network:
            return _check(Network.from_arrays(arrays, f"{name}.{key}"), n_in, n_out)

        networks = tuple(network(f"network{index}", n_columns, 1) for index in range(entry["networks"]))
        if not networks:
            raise ValueError("no network")
        two = StageTwo(
            mean=take(f"{name}.mean", "float32", n_columns),
            scale=take(f"{name}.scale", "float32", n_columns),
            networks=networks,
            kinds=network("kinds", n_columns, len(KINDS)),
            page_types=network("page_types", n_columns, len(heads.PAGE_TYPES)),
        )
        three = StageThree(
            mean=take(f"{name}.three.mean", "float32", n_revision_columns),
            scale=take(f"{name}.three.scale", "float32", n_revision_columns),
            network=network("three.network", n_revision_columns, 1),
            calibration=_calibration(entry["calibration"]),
        )
        return Judge(two, three)

    n_heads = len(heads.HEADS)
    scale, bias = take("line_scale_bias", "float64", 2).tolist()
    has_html = "html" in manifest["stages"]
    structure_model = None
    if has_html:
        weights = take("structure_weights", "int16", 1 << STRUCTURE_BITS)
        structure_model = StructureModel(weights, *take("structure_scale_bias", "float64", 2).tolist())
    threshold = float(manifest["threshold"])
    if arrays["char_classes"].max() >= CLASS_COUNT:
        raise ValueError("a character class that does not exist")
    if not 0 < threshold < 1:
        raise ValueError("threshold out of range")
    return LineModel(
        tables=CharTables(take("char_classes", "uint8", TABLE_SIZE), take("char_folded", "uint16", TABLE_SIZE)),
        glue=GlueLexicon(*(take(f"glue_{name}", "uint32") for name in GlueLexicon._fields)),
        rarity=take("rarity", "uint8", 1 << RARITY_BITS),
        stage_one=StageOne(
            take("line_weights", "int16", ngrams.TABLE_SIZE),
            scale,
            bias,
            take("head_weights", "int8", 1 << heads.HEAD_BITS, n_heads),
            take("head_scale", "float64", n_heads),
            take("head_bias", "float64", n_heads),
        ),
        line_calibration=_calibration(manifest["line_calibration"]),
        text=judge("text", len(COLUMNS), len(REVISION_COLUMNS)),
        structure=structure_model,
        html=judge("html", len(HTML_COLUMNS), len(HTML_REVISION_COLUMNS)) if has_html else None,
        threshold=threshold,
    )


def _calibration(pair: Any) -> tuple[float, float]:
    slope, intercept = map(float, pair)
    if not np.isfinite([slope, intercept]).all():
        raise ValueError("calibration out of range")
    return slope, intercept


def _check(network: Network, n_in: int, n_out: int) -> Network:
    """Refuse a network whose layers do not fit each other."""
    width = n_in
    layers: tuple[Layer, ...] = network.layers
    for index, layer in enumerate(layers):
        last = index == len(layers) - 1
        out = n_out if last else layer.weights.shape[1]
        fits = layer.weights.shape == (width, out) and layer.scale.shape == layer.bias.shape == (out,)
        if not fits or (layer.unit > 0) == last:
            raise ValueError("layers of a network do not fit each other")
        width = out
    return network
