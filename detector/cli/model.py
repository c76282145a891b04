"""``detector model``."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from detector.cli import open_output, printable
from detector.model_file import default_path, load

model = typer.Typer(
    help="Tell what a model file holds.", add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)

_PARTS: Final = (
    ("line model", ("line_",)),
    ("heads", ("head_",)),
    ("structure model", ("structure_",)),
    ("text stages", ("text.",)),
    ("HTML stages", ("html.",)),
    ("tables", ("char_", "glue_", "rarity")),
)


@model.callback()
def _model() -> None:
    """Tell what a model file holds."""


@model.command(short_help="Check a model file and show what is in it.")
def info(
    path: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The model, by default the one that ships.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show a model's version, size, data, licences and figures; the file is checked on the way.

    For example:

        detector model info

        detector model info own.detector --json
    """
    path = default_path() if path is None else path
    described = describe(path, load(path).manifest)
    text = json.dumps(described, indent=2) if as_json else "\n".join(_lines(described))
    with open_output(None) as stream:
        stream.write(f"{text}\n".encode("utf-8", "backslashreplace"))


def describe(path: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Gather what there is to say of a model file.

    Parameters
    ----------
    path
        The file.
    manifest
        Its manifest, see `detector.model_file`.

    Returns
    -------
    dict
        ``parameters`` counts the learned numbers of each part, ``info`` is what training left there.
    """
    sizes = {name: math.prod(entry["shape"]) for name, entry in manifest["arrays"].items()}
    parts = {part: sum(size for name, size in sizes.items() if name.startswith(names)) for part, names in _PARTS}
    return {
        "file": str(path),
        "size": path.stat().st_size,
        "format_version": manifest["format_version"],
        "schema": manifest["schema"],
        "threshold": manifest["threshold"],
        "reads": {name: f"{stage['networks']} networks" for name, stage in manifest["stages"].items()},
        "kinds": manifest["kinds"],
        "parameters": {"total": sum(parts.values()), **parts},
        "info": manifest.get("info", {}),
    }


def _lines(described: Mapping[str, Any]) -> list[str]:
    parameters = dict(described["parameters"])
    total = parameters.pop("total")
    rows = [
        ("file", described["file"]),
        ("size", f"{described['size'] / 1e6:.2f} MB"),
        ("format version", str(described["format_version"])),
        ("schema", described["schema"]),
        ("threshold", f"{described['threshold']:g}"),
        ("reads", ", ".join(f"{name} ({what})" for name, what in described["reads"].items())),
        ("kinds", ", ".join(described["kinds"])),
        ("parameters", f"{total:,} ({', '.join(f'{part} {count:,}' for part, count in parameters.items())})"),
        *_flat(described["info"]),
    ]
    width = max(len(name) for name, _ in rows)
    return [f"{printable(name):<{width}}  {printable(value)}" for name, value in rows]


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Nested information as rows: ``figures.wcxb.f1  0.93``."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and any(isinstance(item, (dict, list)) for item in value):
        for number, inner in enumerate(value, 1):
            yield from _flat(inner, f"{name}.{number}")
    else:
        yield name, ", ".join(map(str, value)) if isinstance(value, list) else str(value)
