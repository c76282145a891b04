"""Where the lines of an HTML page stand in its tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Structure:
    """The elements of a page in which its lines stand, numbered in document order.

    Parameters
    ----------
    elements
        For each line the innermost element it stands in, -1 for none.
    links
        For each line how many of its characters are text of links.
    images
        For each line how many images stand between it and the line before.
    parents
        For each element the element around it, -1 for the outermost.
    tags
        For each element its tag.
    words
        For each element the values of ``class``, ``id``, ``role`` and ``itemprop``.
    """

    elements: tuple[int, ...] = ()
    links: tuple[int, ...] = ()
    images: tuple[int, ...] = ()
    parents: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def around(self, line: int, levels: int) -> list[int]:
        """The elements around a line, innermost first, `levels` of them at most."""
        found: list[int] = []
        element = self.elements[line]
        while element >= 0 and len(found) < levels:
            found.append(element)
            element = self.parents[element]
        return found

    def to_dict(self) -> dict[str, Any]:
        """As a JSON object."""
        return {field.name: list(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_dict(cls, raw: object) -> Structure:
        """The inverse of `to_dict`.

        Raises
        ------
        ValueError
            The object does not describe a tree; the message says why.
        """
        if not isinstance(raw, Mapping):
            raise ValueError("must be an object")
        whole = {name: raw.get(name) for name in ("elements", "links", "images", "parents")}
        strings = {name: raw.get(name) for name in ("tags", "words")}
        for columns, of in ((whole, int), (strings, str)):
            for name, values in columns.items():
                if not isinstance(values, list) or not all(type(value) is of for value in values):
                    raise ValueError(f"{name!r} must be a list of {'whole numbers' if of is int else 'strings'}")
        found = cls(**{name: tuple(values) for name, values in {**whole, **strings}.items()})  # type: ignore[arg-type]
        n_elements, n_lines = len(found.parents), len(found.elements)
        if len(found.tags) != n_elements or len(found.words) != n_elements:
            raise ValueError("'parents', 'tags' and 'words' must be of one length")
        if len(found.links) != n_lines or len(found.images) != n_lines:
            raise ValueError("'elements', 'links' and 'images' must be of one length")
        if any(not -1 <= parent < element for element, parent in enumerate(found.parents)):
            raise ValueError("an element must come after the one around it")
        if any(not -1 <= element < n_elements for element in found.elements):
            raise ValueError("'elements' names an element that is not there")
        if any(not 0 <= value < 1 << 31 for value in (*found.links, *found.images)):
            raise ValueError("'links' and 'images' must be counts")
        return found
