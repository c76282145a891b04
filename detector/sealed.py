"""JSON that is read in bounded memory, and files of it with a seal: known to be what was written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from detector.files import check_regular

_SEAL: Final = "sha256"
_BYTES_A_MARK: Final = 8


def sealed(record: Mapping[str, Any], indent: int | None = None) -> bytes:
    """Encode a record with the hash of what it holds."""
    return json.dumps({**record, _SEAL: _hash(record)}, indent=indent).encode() + b"\n"


def is_whole(record: Mapping[str, Any]) -> bool:
    """Whether a record that was read holds what was sealed."""
    try:
        return record.get(_SEAL) == _hash({name: value for name, value in record.items() if name != _SEAL})
    except RecursionError:
        return False


def parse_json(data: bytes, most_bytes: int) -> Any:
    """Parse JSON in bounded memory.

    Parameters
    ----------
    data
        The JSON.
    most_bytes
        What is larger is refused; so is what has more than one bracket or comma for every eight of these.

    Raises
    ------
    ValueError
        It is too large, or not JSON.
    """
    # Three bytes of "[]," become an object of 72: a file of brackets would grow to over twenty times its size.
    if len(data) > most_bytes or sum(map(data.count, b"[{,")) > most_bytes // _BYTES_A_MARK:
        raise ValueError("too large")
    try:
        return json.loads(data)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def read_json(path: Path, most_bytes: int) -> Any:
    """Read a file of JSON in bounded memory.

    Parameters
    ----------
    path, most_bytes
        The file, and see `parse_json`.

    Raises
    ------
    OSError
        It cannot be read, or is no regular file: a pipe might never end.
    ValueError
        It is too large, or not JSON.
    """
    check_regular(path)
    with path.open("rb") as stream:
        return parse_json(stream.read(most_bytes + 1), most_bytes)


def _hash(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record).encode()).hexdigest()
