"""Keeping a model in a file that cannot run code.

A model file is an archive of arrays, see `detector.archive`; its manifest is checked against this version of
the package before anything is used.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from detector.archive import Array, read_archive, refusing, write_archive
from detector.archive import take as _take
from detector.errors import shortened
from detector.features import COLUMNS, HTML_COLUMNS, HTML_REVISION_COLUMNS, REVISION_COLUMNS, heads, kinds, ngrams
from detector.features.topic import RARITY_BITS
from detector.features.tree import STRUCTURE_BITS
from detector.labels import KINDS
from detector.model import Judge, LineModel
from detector.network import Layer, Network
from detector.segment.chars import CLASS_COUNT, TABLE_SIZE, CharTables
from detector.segment.glue import GlueLexicon
from detector.stages import KindModel, StageOne, StageThree, StageTwo, StructureModel

FORMAT: Final = "detector-model"
FORMAT_VERSION: Final = 4
DEFAULT_MODEL: Final = Path(__file__).parent / "default.detector"
"""The model that ships in the wheel."""

_SOURCE_MODEL: Final = Path(__file__).parent.parent / "models" / "default.detector"


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
        kinds.ORDER,
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
    manifest = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "schema": schema_hash(),
        "kinds": KINDS,
        "threshold": model.threshold,
        "line_calibration": model.line_calibration,
        "stages": {
            name: {
                "networks": len(judge.two.networks),
                "kind_networks": len(judge.two.kinds),
                "calibration": judge.three.calibration,
            }
            for name, judge in _judges(model).items()
        },
        "info": dict(info or {}),
    }
    write_archive(path, manifest, _to_arrays(model))


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
    manifest, arrays = read_archive(path, _refusal)
    with refusing(path):
        return ModelFile(_from_arrays(arrays, manifest), manifest)


def _refusal(manifest: dict[str, Any]) -> str | None:
    if manifest.get("format") != FORMAT:
        return "not a model of this package"
    if manifest.get("format_version") != FORMAT_VERSION:
        return (
            f"has format version {shortened(manifest.get('format_version'))}, this package reads {FORMAT_VERSION}; "
            "install the version of the package that it was trained with, or train it anew"
        )
    if manifest.get("schema") != schema_hash() or manifest.get("kinds") != list(KINDS):
        return "was trained by a version of this package with other features; train it anew"
    return None


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
        "kind_weights": model.kinds.weights,
        "kind_scale": model.kinds.scale,
        "kind_bias": model.kinds.bias,
    }
    arrays |= {f"glue_{name}": array for name, array in model.glue._asdict().items()}
    for name, (two, three) in _judges(model).items():
        arrays |= {f"{name}.mean": two.mean, f"{name}.scale": two.scale}
        for index, network in enumerate(two.networks):
            arrays |= network.to_arrays(f"{name}.network{index}")
        for index, network in enumerate(two.kinds):
            arrays |= network.to_arrays(f"{name}.kinds{index}")
        arrays |= two.page_types.to_arrays(f"{name}.page_types")
        arrays |= {f"{name}.three.mean": three.mean, f"{name}.three.scale": three.scale}
        arrays |= three.network.to_arrays(f"{name}.three.network")
    if model.structure is not None:
        arrays["structure_weights"] = model.structure.weights
        arrays["structure_scale_bias"] = np.array([model.structure.scale, model.structure.bias])
    return arrays


def _judges(model: LineModel) -> dict[str, Judge]:
    return {"text": model.text} if model.html is None else {"text": model.text, "html": model.html}


def _from_arrays(arrays: dict[str, Array], manifest: dict[str, Any]) -> LineModel:
    take = functools.partial(_take, arrays)

    def judge(name: str, n_columns: int, n_revision_columns: int) -> Judge:
        entry = manifest["stages"][name]

        def network(key: str, n_in: int, n_out: int) -> Network:
            return _check(Network.from_arrays(arrays, f"{name}.{key}"), n_in, n_out)

        networks = tuple(network(f"network{index}", n_columns, 1) for index in range(entry["networks"]))
        if not networks or entry["kind_networks"] < 1:
            raise ValueError("no network")
        two = StageTwo(
            mean=take(f"{name}.mean", "float32", n_columns),
            scale=take(f"{name}.scale", "float32", n_columns),
            networks=networks,
            kinds=tuple(
                network(f"kinds{index}", n_columns + len(KINDS), len(KINDS)) for index in range(entry["kind_networks"])
            ),
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
        kinds=KindModel(
            take("kind_weights", "int8", 1 << heads.HEAD_BITS, len(KINDS)),
            take("kind_scale", "float64", len(KINDS)),
            take("kind_bias", "float64", len(KINDS)),
        ),
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
