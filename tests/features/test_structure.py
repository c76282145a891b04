"""The columns of HTML against what plain Python makes of the same trees."""

import math
import re
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.features.context import SCORE_UNIT
from detector.features.span import COLUMNS as SPAN_COLUMNS
from detector.features.span import span_columns
from detector.features.structure import COLUMNS, structure_columns
from detector.features.tree import AROUND, HEADINGS, INNERMOST, NEAR, grow_tree
from detector.segment.structure import Structure
from detector.segment.text import make_batch
from tests.conftest import assert_in_proportion, structures

MISSING_SCORE = -3.0
MOST_CHARS = 600


class Page(NamedTuple):
    structure: Structure
    sizes: list
    text: list
    by_structure: list

    @property
    def joint(self):
        return [a + b for a, b in zip(self.text, self.by_structure, strict=True)]

    @property
    def capped(self):
        return [min(size, MOST_CHARS) for size in self.sizes]

    @property
    def rows(self):
        return range(len(self.sizes))

    @property
    def linked(self):
        return [min(links / size, 1) for links, size in zip(self.structure.links, self.sizes, strict=True)]

    def tags(self, row):
        return [self.structure.tags[element] for element in self.structure.around(row, 99)]

    def inside(self, element):
        """First and last-plus-one line of an element."""
        rows = [row for row in self.rows if element in self.structure.around(row, 99)]
        return (rows[0], rows[-1] + 1) if rows else None

    def story(self, first, last):
        return sum(size for size, joint in list(zip(self.capped, self.joint, strict=True))[first:last] if joint > 0)


@st.composite
def made_pages(draw):
    structure = draw(structures())
    count = len(structure.elements)
    scores = st.lists(st.integers(-768, 768) | st.integers(-2, 2), min_size=count, max_size=count)
    sizes = draw(st.lists(st.sampled_from([1, 2, 17, 29, 300, 599, 600, 601]), min_size=count, max_size=count))
    return Page(structure, sizes, draw(scores), draw(scores))


pages_to_check = st.lists(made_pages(), min_size=1, max_size=4).filter(lambda pages: any(page.sizes for page in pages))


def columns_of(pages, tables):
    """The columns of each page, by name."""
    batch = make_batch(["".join(f"{'x' * size}\n" for size in page.sizes) for page in pages], tables)
    tree = grow_tree([page.structure for page in pages], batch)
    text, by_structure, sizes = (
        np.array([value for page in pages for value in getattr(page, name)], np.int64)
        for name in ("text", "by_structure", "sizes")
    )
    columns = structure_columns(tree, text, by_structure, sizes, batch.page_rows)
    assert columns.shape == (len(batch), len(COLUMNS))
    assert columns.dtype == np.float32
    assert np.isfinite(columns).all()
    bounds = batch.page_rows.tolist()
    return [dict(zip(COLUMNS, columns[first:last].T, strict=True)) for first, last in pairwise(bounds)]


def logs(distances):
    return [math.log1p(max(distance, 0)) for distance in distances]


def mean(values):
    return sum(values) / max(len(values), 1) / SCORE_UNIT


def neighbour(page, values, step, missing):
    return [values[row + step] if 0 <= row + step < len(values) else missing for row in page.rows]


# One function a family: a page, what the column's name says, and the expected values.


def score(page, which, step):
    values = [value / SCORE_UNIT for value in (page.by_structure if which == "structure" else page.joint)]
    return neighbour(page, values, int(step), MISSING_SCORE)


def wide_score(page, side, width):
    width = int(width)
    if side == "before":
        return [mean(page.joint[max(row - width, 0) : row]) for row in page.rows]
    return [mean(page.joint[row + 1 : row + 1 + width]) for row in page.rows]


def page_score(page, which):
    return [mean(page.by_structure if which == "structure" else page.joint)] * len(page.sizes)


def joint_span(page, name):
    sizes = np.array(page.sizes, np.int64)
    return span_columns(np.array(page.joint, np.int64), sizes, np.array([0, len(sizes)]))[:, SPAN_COLUMNS.index(name)]


def innermost(page, name):
    [group] = [group for group in INNERMOST if group[0] == name]
    return [bool(tags) and tags[0] in group for tags in map(page.tags, page.rows)]


def anywhere_around(page, name):
    [group] = [group for group in AROUND if group[0] == name]
    return [any(tag in group for tag in page.tags(row)) for row in page.rows]


def share_of_links(page, side):
    return neighbour(page, page.linked, {"": 0, "_before": -1, "_after": 1}[side], 0)


def image_count(page):
    return [min(count, 3) for count in page.structure.images]


def depth(page):
    return logs(len(page.tags(row)) for row in page.rows)


def elements_alike(page, kind, name):
    def key(row):
        near = page.structure.around(row, NEAR + 1 if kind == "alike" else NEAR)
        named = [frozenset(page.structure.words[element].lower().split()) for element in near]
        tags = [page.structure.tags[element] for element in near]
        return tuple(zip(tags, named, strict=True)) if kind == "alike" else tuple(tags)

    keys = [key(row) for row in page.rows]
    if name in ("before", "after"):
        others = neighbour(page, keys, -1 if name == "before" else 1, None)
        return [own == other for own, other in zip(keys, others, strict=True)]
    expected = []
    for own in keys:
        rows = [row for row in page.rows if keys[row] == own]
        expected.append(
            {
                "lines": math.log1p(len(rows)),
                "chars": sum(page.capped[row] for row in rows) / max(sum(page.capped), 1),
                "joint": mean([page.joint[row] for row in rows]),
                "text": mean([page.text[row] for row in rows]),
            }[name]
        )
    return expected


def elements_around(page, level, name):
    expected = []
    for row in page.rows:
        around = page.structure.around(row, 99)
        first, last = page.inside(around[int(level)]) if int(level) < len(around) else (0, len(page.sizes))
        chars = page.capped[first:last]
        linked = [round(share * size) for share, size in zip(page.linked[first:last], chars, strict=True)]
        expected.append(
            {
                "lines": math.log1p(last - first),
                "mass": page.story(first, last) / max(page.story(0, len(page.sizes)), 1),
                "joint": mean(page.joint[first:last]),
                "linked": sum(linked) / max(sum(chars), 1),
                "place": (row - first) / (last - first),
            }[name]
        )
    return expected


def heart(page, share, name):
    whole = first, last = 0, len(page.sizes)
    for element in range(len(page.structure.tags)):
        held = page.inside(element)
        if held and page.story(*held) >= float(share) * max(page.story(*whole), 1):
            first, last = held
    return {
        "inside": [first <= row < last for row in page.rows],
        "above": logs(first - row for row in page.rows),
        "below": logs(row - last + 1 for row in page.rows),
        "lines": [(last - first) / len(page.sizes)] * len(page.sizes),
    }[name]


def headings(page):
    """Rank of each line that is a heading, 0 for the others."""
    ranks = []
    for row in page.rows:
        near = [HEADINGS.index(tag) + 1 for tag in page.tags(row)[:NEAR] if tag in HEADINGS]
        ranks.append(near[0] if near else 0)
    return ranks


def heading_above(page, row, ranks=range(1, 9)):
    found = [at for at, rank in enumerate(headings(page)[: row + 1]) if rank in ranks]
    return found[-1] if found else None


def since_heading(page):
    above = [heading_above(page, row) for row in page.rows]
    return logs(99 if at is None else row - at for row, at in enumerate(above))


def until_heading(page):
    ranks = headings(page)
    below = [next((at for at in page.rows[row:] if ranks[at]), None) for row in page.rows]
    return logs(99 if at is None else at - row for row, at in enumerate(below))


def rank_of_heading(page):
    above = [heading_above(page, row) for row in page.rows]
    return [0 if at is None else headings(page)[at] for at in above]


def since_h1(page):
    above = [heading_above(page, row, (1,)) for row in page.rows]
    return logs(199 if at is None else row - at for row, at in enumerate(above))


def any_h1(page):
    return [heading_above(page, row, (1,)) is not None for row in page.rows]


FAMILIES = (
    (r"(structure|joint)_([+-]\d+)", score),
    (r"joint_(before|after)_(\d+)", wide_score),
    (r"page_(structure|joint)", page_score),
    (f"joint_({'|'.join(SPAN_COLUMNS)})", joint_span),
    (r"in_(\w+)", innermost),
    (r"under_(\w+)", anywhere_around),
    (r"linked(_before|_after|)", share_of_links),
    (r"images", image_count),
    (r"depth", depth),
    (r"(alike|akin)_(lines|chars|joint|text|before|after)", elements_alike),
    (r"around_(\d+)_(lines|mass|joint|linked|place)", elements_around),
    (r"heart_([\d.]+)_(inside|above|below|lines)", heart),
    (r"since_heading", since_heading),
    (r"until_heading", until_heading),
    (r"heading", rank_of_heading),
    (r"since_h1", since_h1),
    (r"any_h1", any_h1),
)


@pytest.mark.parametrize(("pattern", "expected"), FAMILIES, ids=[family.__name__ for _, family in FAMILIES])
@given(pages=pages_to_check)
@settings(max_examples=20)
def test_columns_are_what_plain_python_finds(tables, pattern, expected, pages):
    names = {name: match.groups() for name in COLUMNS if (match := re.fullmatch(pattern, name))}
    assert names
    for page, columns in zip(pages, columns_of(pages, tables), strict=True):
        for name, groups in names.items():
            if page.sizes:
                assert np.allclose(columns[name], expected(page, *groups), atol=1e-4), name


@given(pages_to_check, st.randoms())
def test_columns_do_not_depend_on_the_batch(tables, pages, rng):
    order = rng.sample(range(len(pages)), len(pages))
    together = dict(zip(order, columns_of([pages[index] for index in order], tables), strict=True))
    for index, page in enumerate(pages):
        if page.sizes:
            [alone] = columns_of([page], tables)
            for name in COLUMNS:
                assert np.array_equal(together[index][name], alone[name]), name


def test_every_column_has_a_name_of_its_own():
    assert len(set(COLUMNS)) == len(COLUMNS)


def test_time_is_in_proportion_to_the_lines(tables):
    structure = Structure(
        tuple(range(1, 2_001)), (0,) * 2_000, (0,) * 2_000, (-1,) + (0,) * 2_000, ("p",) * 2_001, ("a",) * 2_001
    )

    def run(count):
        rng = np.random.default_rng(0)
        page = Page(structure, [20] * 2_000, rng.integers(-500, 500, 2_000).tolist(), [0] * 2_000)
        return columns_of([page] * count, tables)

    assert_in_proportion(run, (4,), (32,), 8)
