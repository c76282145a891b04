"""Profiles in a file: JSON, several sites in one, each checked before it is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector.adapt.evidence import COLUMNS, Knowledge, Surprise, Table
from detector.adapt.marks import ELEMENTS, WORDS
from detector.adapt.profile import KnownLine, Profile
from detector.errors import ModelError, shortened
from detector.files import atomic_writer
from detector.labels import KINDS
from detector.sealed import is_whole, read_json, sealed

FORMAT: Final = "detector-profiles"
FORMAT_VERSION: Final = 2

_MAX_BYTES: Final = 32 << 20  # thousands of sites
_MAX_WEIGHT: Final = 1e6
_MAX_BASE: Final = 100
_TABLES: Final = (*WORDS, "after", "before")
_DIGITS: Final = 6

Profiles = Mapping[str, Profile]
"""Profiles by the names of their sites."""


def save_profiles(path: Path | str, profiles: Profiles) -> None:
    """Write profiles, atomically; the same profiles give the same bytes.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    sites = {site: _to_dict(profiles[site]) for site in sorted(profiles)}
    record = {"format": FORMAT, "format_version": FORMAT_VERSION, "sites": sites}
    with atomic_writer(Path(path)) as stream:
        stream.write(sealed(record))


def load_profiles(path: Path | str, base: str | None = None) -> dict[str, Profile]:
    """Read profiles and check them.

    Parameters
    ----------
    path
        The file.
    base
        Fingerprint of the model they are to stand beside; None for any.

    Raises
    ------
    ModelError
        The file is missing, damaged, no file of profiles, or has a profile that was made for another model.
    """
    path = Path(path)
    try:
        record = read_json(path, _MAX_BYTES)
    except FileNotFoundError:
        raise ModelError(f"{path}: no such file of profiles") from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:
        record = None
    if not isinstance(record, dict) or record.get("format") != FORMAT or not isinstance(record.get("sites"), dict):
        raise ModelError(f"{path}: is not a file of profiles, as detector adapt writes them")
    if record.get("format_version") != FORMAT_VERSION:
        raise ModelError(
            f"{path}: has format version {shortened(record.get('format_version'))}, "
            f"this package reads {FORMAT_VERSION}; adapt anew"
        )
    profiles = {}
    for site, raw in record["sites"].items():
        try:
            profiles[site] = _from_dict(raw)
        except (LookupError, TypeError, ValueError, OverflowError, AttributeError) as error:
            what = f"the profile of {shortened(site)} is incomplete or altered ({shortened(error)})"
            raise ModelError(f"{path}: {what}") from None
    if not is_whole(record):
        raise ModelError(f"{path}: has been altered (its checksum differs)")
    check_base(path, profiles, base)
    return profiles


def check_base(path: Path, profiles: Profiles, base: str | None) -> None:
    """Refuse profiles that were made for another model.

    Raises
    ------
    ModelError
        There is one.
    """
    other = sorted(site for site, profile in profiles.items() if base is not None and profile.base != base)
    if other:
        raise ModelError(
            f"{path}: the profile of {other[0]!r} was made for model {profiles[other[0]].base}, this is {base}; "
            "name that model with --model, or adapt anew with the same labels"
        )


def merge_profiles(parts: Iterable[tuple[str, Profiles]]) -> dict[str, Profile]:
    """Put the profiles of several files together.

    Parameters
    ----------
    parts
        The name of each file and its profiles.

    Raises
    ------
    ModelError
        Two files have different profiles of one site.
    """
    merged: dict[str, Profile] = {}
    origin: dict[str, str] = {}
    for name, profiles in parts:
        for site, profile in profiles.items():
            if site in merged and _to_dict(merged[site]) != _to_dict(profile):
                raise ModelError(f"{name}: has another profile of {site!r} than {origin[site]}; leave one of them out")
            merged[site] = profile
            origin.setdefault(site, name)
    return merged


def _to_dict(profile: Profile) -> dict[str, Any]:
    tables = (*profile.knowledge.words, profile.knowledge.after, profile.knowledge.before)
    marks = {name: _rows(table) for name, table in zip(_TABLES, tables, strict=True)}
    lines = [
        [*row, KINDS[line.kind] if line.kind >= 0 else None, line.text]
        for row, line in zip(marks.pop(WORDS[0]), profile.lines, strict=True)
    ]
    return {
        "base": profile.base,
        "info": dict(profile.info),
        "threshold": profile.threshold,
        "weights": dict(zip(COLUMNS, np.round(profile.weights, _DIGITS).tolist(), strict=True)),
        "lines": lines,
        "marks": marks,
        "elements": {
            name: [
                [f"{key:016x}", value] for key, value in zip(table.keys.tolist(), _rounded(table.values), strict=True)
            ]
            for name, table in zip(ELEMENTS, profile.knowledge.elements, strict=True)
        },
    }


def _rows(table: Table) -> list[list[Any]]:
    columns = (table.keys.tolist(), _rounded(table.noise), _rounded(table.article))
    return [[f"{key:016x}", noise, article] for key, noise, article in zip(*columns, strict=True)]


def _rounded(values: NDArray[np.float64]) -> list[float]:
    return [float(value) for value in np.round(values, _DIGITS)]


def _from_dict(raw: Any) -> Profile:
    if not isinstance(raw["base"], str) or len(raw["base"]) > _MAX_BASE or not isinstance(raw["info"], dict):
        raise ValueError("'base' or 'info' is not what it should be")
    if set(raw["weights"]) != set(COLUMNS):
        raise ValueError("it has other weights than this version of the package knows; adapt anew")
    weights = np.array([float(raw["weights"][name]) for name in COLUMNS])
    if not (np.abs(weights) < _MAX_WEIGHT).all():
        raise ValueError("a weight is out of range")
    lines = tuple(KnownLine(-1 if row[3] is None else KINDS.index(row[3]), _text(row[4])) for row in raw["lines"])
    first = _table([row[:3] for row in raw["lines"]])
    rest = {name: _table(raw["marks"][name]) for name in _TABLES[1:]}
    elements = tuple(_surprise(raw["elements"][name]) for name in ELEMENTS)
    words = (first, *(rest[name] for name in WORDS[1:]))
    knowledge = Knowledge(words, elements, rest["after"], rest["before"])
    threshold = None if raw["threshold"] is None else float(raw["threshold"])
    if threshold is not None and not 0 <= threshold <= 1:
        raise ValueError("the threshold is out of range")
    return Profile(raw["base"], weights, knowledge, threshold, lines, raw["info"])


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("the text of a line must be a string")
    return value


def _table(rows: Sequence[Sequence[Any]]) -> Table:
    keys = _keys(rows)
    counts = np.array([[float(row[1]), float(row[2])] for row in rows]).reshape(-1, 2)
    if not ((counts >= 0) & (counts < _MAX_WEIGHT)).all():
        raise ValueError("a count is out of range")
    return Table(keys, counts[:, 0], counts[:, 1])


def _surprise(rows: Sequence[Sequence[Any]]) -> Surprise:
    values = np.array([float(row[1]) for row in rows])
    if not (np.abs(values) < _MAX_WEIGHT).all():
        raise ValueError("a value is out of range")
    return Surprise(_keys(rows), values)


def _keys(rows: Sequence[Sequence[Any]]) -> NDArray[np.uint64]:
    keys = np.array([int(row[0], 16) for row in rows], np.uint64)
    if not (keys[1:] > keys[:-1]).all():
        raise ValueError("keys are not in order")
    return keys
