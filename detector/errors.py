"""The errors a user can mend.  Each message is one line that names the file, the place and the mend."""

from __future__ import annotations

from typing import Final

_MOST_CHARS: Final = 200


class DetectorError(Exception):
    """Base of every error this package raises on purpose."""


class InputError(DetectorError):
    """A page, labelled page or other input cannot be read as what it claims to be."""


class ModelError(DetectorError):
    """A model file is missing, damaged, altered, too new, or not a model."""


class OutputError(DetectorError):
    """A result cannot be written where it was asked for."""


def shortened(value: object) -> str:
    """Say a value or an error of a file within a message: what a file holds may have any length."""
    text = str(value) if isinstance(value, Exception) else repr(value)
    return text if len(text) <= _MOST_CHARS else f"{text[:_MOST_CHARS]}…"
