"""Separate the genuine article from the noise that reposting wraps around it, line by line.

>>> from detector import Cleaner
>>> cleaner = Cleaner.load()
>>> print(cleaner.clean("The ferry sank at dawn, the coast guard said on Friday.\\n\\n[ad_2]\\n").text, end="")
The ferry sank at dawn, the coast guard said on Friday.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from detector.cleaner import Cleaner, CleanPage, Line
from detector.errors import DetectorError, InputError, ModelError, OutputError
from detector.labels import ARTICLE, KINDS, NOISE
from detector.page import Page

if TYPE_CHECKING:
    from detector.classifier import LineClassifier
    from detector.memory.sites import SiteMemory

__version__ = "0.1.0"
__all__ = [
    "ARTICLE",
    "KINDS",
    "NOISE",
    "CleanPage",
    "Cleaner",
    "DetectorError",
    "InputError",
    "Line",
    "LineClassifier",
    "ModelError",
    "OutputError",
    "Page",
    "SiteMemory",
]


def __getattr__(name: str) -> Any:
    # Training needs scikit-learn; cleaning must not pay for importing it, nor for what it does not use.
    if name == "LineClassifier":
        from detector.classifier import LineClassifier

        return LineClassifier
    if name == "SiteMemory":
        from detector.memory.sites import SiteMemory

        return SiteMemory
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
