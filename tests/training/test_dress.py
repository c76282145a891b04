import json
import random

import pytest

from detector.features.tree import grow_tree
from detector.labels import ARTICLE
from detector.segment.structure import Structure
from detector.training.dataset import make_dataset
from detector.training.dress import dress
from detector.training.inject import INJECTED


@pytest.fixture(scope="module", params=[None, 1, 2])
def dressed(request, labelled_pages):
    return [dress(page, request.param and random.Random(f"{request.param}:{page.id}")) for page in labelled_pages]


def test_lines_and_labels_stay_and_get_a_tree(dressed, labelled_pages, tables):
    for page, original in zip(dressed, labelled_pages, strict=True):
        assert (page.lines, page.site, page.weight) == (original.lines, original.site, 0.35 * original.weight)
        assert page.source == INJECTED
        structure = page.structure
        assert len(structure.elements) == len(structure.links) == len(page.lines)
        assert Structure.from_dict(json.loads(json.dumps(structure.to_dict()))) == structure
        assert all(tag in ("html", "body") or structure.parents[i] > 0 for i, tag in enumerate(structure.tags))
    data = make_dataset(dressed, tables)
    tree = grow_tree([page.structure for page in dressed], data.batch)
    assert len(tree.linked) == len(data.target)


def tags(page, row):
    return [page.structure.tags[element] for element in page.structure.around(row, 10)]


def test_without_draws_nothing_tells_noise_from_the_story(labelled_pages):
    for page in map(dress, labelled_pages[:20]):
        rows = [row for row, line in enumerate(page.lines) if line]
        assert {tuple(tags(page, row)) for row in rows} == {("p", "article", "body", "html")}
        assert len({page.structure.elements[row] for row in rows}) == len(rows)
        assert not any(page.structure.links)


def test_draws_put_menus_aside_and_the_story_never_into_them(labelled_pages):
    pages = [dress(page, random.Random(page.id)) for page in labelled_pages]
    rows = [(page, row) for page in pages for row, line in enumerate(page.lines) if line]
    story = [tags(page, row) for page, row in rows if any(part.label == ARTICLE for part in page.lines[row])]
    noise = [tags(page, row) for page, row in rows if all(part.label != ARTICLE for part in page.lines[row])]
    assert not any({"nav", "footer", "li"}.intersection(found) for found in story)
    assert any("nav" in found for found in noise)
    assert any("figcaption" in found for found in noise)
    assert any(found[0] == "h1" for found in story)
    assert sum(found[0] == "p" for found in story) > len(story) / 3
    assert sum(found[0] == "p" for found in noise) > len(noise) / 4
    assert [dress(page, random.Random(page.id)) for page in labelled_pages] == pages
