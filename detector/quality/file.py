"""The file of a quality model: an archive of arrays, as safe as a model file."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from detector.archive import Array, read_archive, refusing, take, write_archive
from detector.features.heads import PAGE_TYPES
from detector.quality import language_model as lm
from detector.quality.columns import COLUMNS, EVIDENCE_COLUMNS
from detector.quality.heads import Head
from detector.quality.model import FAMILIAR_BITS, HEADS, PARTS, QualityModel
from detector.quality.paths import default_quality_path

FORMAT: Final = "detector-quality"
FORMAT_VERSION: Final = 1


class QualityFile(NamedTuple):
    """A quality model and what its file says of it."""

    model: QualityModel
    manifest: dict[str, Any]


def schema_hash() -> str:
    """Fingerprint of everything that a quality model and this package must agree on."""
    schema = [COLUMNS, HEADS, PARTS, PAGE_TYPES, FAMILIAR_BITS, lm.N_COLUMNS, lm.N_IDS, lm.SEQUENCES, lm.TABLE_BITS]
    return hashlib.sha256(json.dumps(schema).encode()).hexdigest()[:16]


def save_quality(path: Path | str, model: QualityModel, info: Mapping[str, Any] | None = None) -> None:
    """Write a quality model, atomically; the same model and `info` give the same bytes.

    Raises
    ------
    OutputError
        The file cannot be written.
    """
    language = model.language
    arrays: dict[str, Array] = {
        "vocabulary": language.vocabulary,
        "fine": language.fine,
        "coarse": language.coarse,
        "tables": language.tables,
        "type_weights": model.type_weights,
        "type_scale": model.type_scale,
        "familiar": model.familiar,
        "reference": model.reference,
    }
    for name, head in model.heads.items():
        arrays |= {f"{name}.mean": head.mean, f"{name}.scale": head.scale, f"{name}.weights": head.weights}
        arrays[f"{name}.unit_bias"] = np.array([head.unit, head.bias])
    manifest = {"format": FORMAT, "format_version": FORMAT_VERSION, "schema": schema_hash(), "info": dict(info or {})}
    write_archive(path, manifest, arrays)


def load_quality(path: Path | str | None = None) -> QualityFile:
    """Read a quality model and check it.

    Parameters
    ----------
    path
        The file; by default the one that ships with the package.

    Raises
    ------
    ModelError
        The file is missing, truncated, altered, from another version, or no quality model.
    """
    path = default_quality_path() if path is None else Path(path)
    manifest, arrays = read_archive(path, _refusal)
    with refusing(path):
        return QualityFile(_from_arrays(arrays), manifest)


def _refusal(manifest: dict[str, Any]) -> str | None:
    if manifest.get("format") != FORMAT:
        return "not a quality model of this package"
    if manifest.get("format_version") != FORMAT_VERSION or manifest.get("schema") != schema_hash():
        return "was trained by another version of this package; train it anew"
    return None


def _from_arrays(arrays: dict[str, Array]) -> QualityModel:
    get = functools.partial(take, arrays)
    vocabulary = get("vocabulary", "uint32")
    if vocabulary.ndim != 1 or len(vocabulary) > lm.VOCABULARY:
        raise ValueError("a vocabulary of another size")
    language = lm.LanguageModel(
        vocabulary,
        get("fine", "uint32", 5, lm.N_IDS),
        get("coarse", "uint32", 5, lm.N_IDS),
        get("tables", "uint8", len(lm.SEQUENCES), 1 << lm.TABLE_BITS),
    )
    heads = {}
    for name in HEADS:
        width = EVIDENCE_COLUMNS if name == "natural" else len(COLUMNS)
        heads[name] = Head(
            get(f"{name}.mean", "float64", width),
            get(f"{name}.scale", "float64", width),
            get(f"{name}.weights", "int16", width),
            *get(f"{name}.unit_bias", "float64", 2).tolist(),
        )
    return QualityModel(
        language,
        heads,
        get("type_weights", "int8", lm.VOCABULARY, len(PAGE_TYPES)),
        get("type_scale", "float64", len(PAGE_TYPES)),
        get("familiar", "uint8", (1 << FAMILIAR_BITS) // 8),
        get("reference", "float64", 101),
    )
