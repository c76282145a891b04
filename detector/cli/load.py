"""What commands that judge pages share: the cleaner that their options ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from detector.cleaner import Cleaner
from detector.errors import InputError

if TYPE_CHECKING:
    from detector.decide import Mode


def load(
    model: str | None = None,
    threshold: str | float | None = None,
    keep: Sequence[str] = (),
    mode: str = "filter",
    sites: str | None = None,
    profiles: str | None = None,
) -> Cleaner:
    """Load a model, and what is known of sites.

    Parameters
    ----------
    model, threshold, keep, mode, sites, profiles
        What the options of these names say.

    Raises
    ------
    InputError
        A setting makes no sense.
    ModelError
        A file is missing, damaged, or made for another model.
    """
    memory = None
    if sites is not None:
        from detector.memory.sites import SiteMemory

        memory = SiteMemory.load(sites)
    limit = probability("--threshold", threshold)
    try:
        return Cleaner.load(
            model, threshold=limit, keep=keep, mode=cast("Mode", mode), memory=memory, profiles=profiles
        )
    except ValueError as error:
        raise InputError(str(error)) from None


def probability(option: str, value: str | float | None) -> float | None:
    """Read a number from 0 to 1.

    Raises
    ------
    InputError
        It is none.
    """
    if value is None:
        return None
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise InputError(f"{option} must be a number from 0 to 1, not {value!r}")
    return number
