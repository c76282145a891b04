"""Files of arrays that cannot run code: a zip of ``manifest.json`` and arrays in numpy's ``.npy`` format.

Every array is checked against the manifest before anything is used; arrays are read with
``allow_pickle=False`` and there is no other loader to fall back to.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector.errors import ModelError, shortened
from detector.files import atomic_writer, check_regular

_MANIFEST: Final = "manifest.json"
_MAX_FILE_BYTES: Final = 32 << 20
_MAX_BYTES: Final = 256 << 20
_MAX_ARRAY_BYTES: Final = 64 << 20
_MAX_MANIFEST_BYTES: Final = 4 << 20
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)

Array = NDArray[Any]


def write_archive(path: Path | str, manifest: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Write a file of arrays, atomically; the same contents give the same bytes.

    Parameters
    ----------
    path
        Where to.
    manifest
        What is told of them; ``"arrays"`` is put in here.
    arrays
        By name.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    encoded = {name: _encode(array) for name, array in arrays.items()}
    manifest = {**manifest, "arrays": {name: _describe(array, data) for name, (array, data) in encoded.items()}}
    with atomic_writer(Path(path)) as stream, zipfile.ZipFile(stream, "w") as archive:
        members = [(_MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False).encode())]
        members += [(f"{name}.npy", data) for name, (_, data) in encoded.items()]
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)


def read_archive(path: Path, check: Callable[[dict[str, Any]], str | None]) -> tuple[dict[str, Any], dict[str, Array]]:
    """Read a file of arrays.

    Parameters
    ----------
    path
        The file.
    check
        Says what is wrong with a manifest, None where nothing is; called before any array is read.

    Returns
    -------
    manifest, arrays

    Raises
    ------
    ModelError
        The file is missing, truncated or altered, or `check` refuses it.
    """
    try:
        _check_size(path)
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > _MAX_BYTES:
                raise ModelError(f"{path}: not a model file (it unpacks to more than {_MAX_BYTES >> 20} MB)")
            manifest = _read_manifest(archive, path)
            if wrong := check(manifest):
                raise ModelError(f"{path}: {wrong}")
            if not isinstance(manifest.get("arrays"), dict):
                raise ModelError(f"{path}: the manifest lists no arrays")
            arrays = {name: _read_array(archive, name, entry, path) for name, entry in manifest["arrays"].items()}
    except FileNotFoundError:
        raise ModelError(f"{path}: no such model file") from None
    except (zipfile.BadZipFile, EOFError, zipfile.LargeZipFile, NotImplementedError, RuntimeError) as error:
        raise ModelError(f"{path}: not a model file, or a damaged one ({error})") from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror or error}") from None
    return manifest, arrays


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Turn what arrays of another shape or sort raise into the error of a file."""
    try:
        yield
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise ModelError(f"{path}: the model is incomplete or altered ({shortened(error)})") from None


def take(arrays: Mapping[str, Array], name: str, dtype: str, *shape: int) -> Array:
    """Get an array, checked.

    Raises
    ------
    KeyError, ValueError
        There is none, or it is of another type or shape.
    """
    array = arrays[name]
    if array.dtype != np.dtype(dtype) or (shape and array.shape != shape):
        raise ValueError(f"array {name!r} is {array.dtype} {array.shape}, not {dtype} {shape}")
    return array


def _check_size(path: Path) -> None:
    """Refuse what is no file, or too large to be a model, before any of it is read."""
    check_regular(path)
    if path.is_file() and path.stat().st_size > _MAX_FILE_BYTES:
        raise ModelError(f"{path}: not a model file (it has more than {_MAX_FILE_BYTES >> 20} MB)")


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
    if not isinstance(manifest, dict):
        raise ModelError(f"{path}: not a model of this package")
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
        raise ModelError(f"{path}: array {shortened(name)} is missing or not described") from None
    if dtype.kind not in "uif" or not 0 <= size <= _MAX_ARRAY_BYTES or not size <= member.file_size <= size + 4096:
        raise ModelError(f"{path}: array {shortened(name)} has not the size that the manifest says")
    data = _inflate(archive, member, path)
    if hashlib.sha256(data).hexdigest() != digest:
        raise ModelError(f"{path}: array {shortened(name)} has been altered (its checksum differs)")
    try:
        array = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)
    except Exception as error:  # whatever numpy makes of a hostile header
        raise ModelError(f"{path}: array {shortened(name)} cannot be read ({shortened(error)})") from None
    if array.dtype != dtype or array.shape != shape:
        raise ModelError(f"{path}: array {shortened(name)} is not what the manifest says")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ModelError(f"{path}: array {shortened(name)} holds values that are not finite")
    return array
