"""Where the quality model is; apart from what reads it, which a run that scores nothing need not load."""

from __future__ import annotations

from pathlib import Path
from typing import Final

DEFAULT_QUALITY: Final = Path(__file__).parent.parent / "default.quality"
"""The quality model that ships in the wheel."""

_SOURCE: Final = Path(__file__).parent.parent.parent / "models" / "default.quality"


def default_quality_path() -> Path:
    """Where the default quality model is: in the installed package, or in ``models/`` of a source tree."""
    return DEFAULT_QUALITY if DEFAULT_QUALITY.is_file() else _SOURCE
