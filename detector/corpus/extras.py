"""Libraries of the extras: imported when needed, and where they are missing the error says what mends it."""

from __future__ import annotations

import importlib
from typing import Any

from detector.errors import InputError


def need(module: str, extra: str, purpose: str) -> Any:
    """Import a library that an extra brings.

    Parameters
    ----------
    module
        Its name, such as ``"pyarrow.parquet"``.
    extra
        The extra of this package that installs it.
    purpose
        What it is needed for, as ``"reading Parquet"``.

    Raises
    ------
    InputError
        It is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        library = module.partition(".")[0]
        raise InputError(f"{purpose} needs {library}: pip install 'detector-lines[{extra}]'") from None
