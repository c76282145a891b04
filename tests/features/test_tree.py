import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.features import tree as module
from detector.features.tree import (
    CODES,
    NEAR,
    STRUCTURE_BITS,
    TAGS,
    codes_at,
    grow_tree,
    intervals,
    path_hashes,
    structure_entries,
    structure_sums,
)
from detector.segment.structure import Structure
from detector.segment.text import make_batch
from tests.conftest import structures


def text_of(structure, seed=0):
    """A page of so many lines, of several lengths."""
    return "".join(f"{'word ' * ((line * 7 + seed) % 5)}end\n" for line in range(len(structure.elements)))


def grown(pages, tables):
    batch = make_batch([text_of(structure) for structure in pages], tables)
    return grow_tree(pages, batch), batch


def entries(tree):
    """The entries of each line, in no order."""
    found = [[] for _ in tree.linked]
    for rows, indices in structure_entries(tree):
        assert rows.shape == indices.shape
        for row, index in zip(rows.tolist(), indices.tolist(), strict=True):
            found[row].append(index)
    return [sorted(line) for line in found]


batches = st.lists(structures(), min_size=1, max_size=4)


@given(batches)
def test_each_line_has_its_elements_links_and_images(tables, pages):
    tree, batch = grown(pages, tables)
    row = offset = 0
    for structure in pages:
        for line in range(len(structure.elements)):
            own = [around[row] - offset for around in tree.ancestors if around[row] >= 0]
            assert own == structure.around(line, 99)
            tags = [structure.tags[element] for element in own]
            codes = [codes_at(tree, level)[row] for level in range(len(tree.ancestors) + 2)]
            assert codes == [CODES.get(tag, 0) for tag in tags] + [0] * (len(codes) - len(tags))
            size = batch.ends[row] - batch.starts[row]
            assert tree.linked[row] == pytest.approx(min(structure.links[line] / size, 1))
            assert tree.images[row] == structure.images[line]
            row += 1
        offset += len(structure.tags)
    assert row == len(tree.linked) == len(batch)
    assert len(tree.parents) == len(tree.codes) == len(tree.bounds) - 1 == offset


def test_blank_lines_have_a_place_in_the_tree_too(tables):
    structure = Structure((0, -1, 1), (1, 0, 3), (0, 0, 2), (-1, -1), ("p", "h1"), ("", ""))
    tree = grow_tree([structure, structure], make_batch(["one\n \nthree", "\nb\n\u200b"], tables))
    assert codes_at(tree, 0).tolist() == [CODES["p"], CODES["h1"], 0]
    assert tree.linked.tolist() == pytest.approx([1 / 3, 3 / 5, 0])
    assert tree.images.tolist() == [0, 2, 0]


@given(batches)
def test_the_lines_of_an_element_are_found(tables, pages):
    tree, _ = grown(pages, tables)
    first, last = intervals(tree)
    row = offset = 0
    for structure in pages:
        lines = range(len(structure.elements))
        for element in range(len(structure.tags)):
            inside = [line for line in lines if element in structure.around(line, 99)]
            if inside:
                found = first[element + offset] - row, last[element + offset] - row
                assert found == (inside[0], inside[-1] + 1)
            else:
                assert first[element + offset] >= last[element + offset]
        row += len(lines)
        offset += len(structure.tags)


def names_of(structure, element):
    return structure.tags[element], frozenset(structure.words[element].lower().split())


@given(batches, st.booleans(), st.integers(1, 4))
def test_paths_are_alike_where_tags_and_names_are(tables, pages, names, levels):
    tree, _ = grown(pages, tables)
    keys = []
    for structure in pages:
        for line in range(len(structure.elements)):
            found = [names_of(structure, element) for element in structure.around(line, levels)]
            keys.append(tuple(name if names else name[0] for name in found))
    hashes = path_hashes(tree, range(levels), names).tolist()
    assert len(set(keys)) == len(set(hashes)) == len(set(zip(keys, hashes, strict=True)))


def words_of(structure, element):
    return [f"<{structure.tags[element]}", *dict.fromkeys(structure.words[element].lower().replace("-", " ").split())]


@given(batches)
def test_entries_are_the_tags_and_names_around_a_line(tables, pages):
    def entry(token):
        return (token * 0x9E3779B1 & 0xFFFFFFFF) >> (32 - STRUCTURE_BITS)

    tree, _ = grown(pages, tables)
    found = entries(tree)
    row = 0
    for structure in pages:
        for line in range(len(structure.elements)):
            expected = []
            for level, element in enumerate(structure.around(line, 99)):
                for word in words_of(structure, element):
                    token = zlib.crc32(word.encode())
                    expected.append(entry(token))
                    if level < NEAR:
                        expected.append(entry(token ^ (0x5BD1E995 * (level + 1) & 0xFFFFFFFF)))
            path = path_hashes(tree, range(NEAR), names=False)[row]
            expected.append(entry(int(path) & 0xFFFFFFFF))
            assert found[row] == sorted(expected)
            row += 1


@given(batches)
def test_sums_are_those_of_the_entries(tables, pages):
    tree, _ = grown(pages, tables)
    weights = np.random.default_rng(0).integers(-32_767, 32_768, 1 << STRUCTURE_BITS).astype(np.int16)
    total, count = structure_sums(tree, weights)
    found = entries(tree)
    assert count.tolist() == [len(line) for line in found]
    assert total.tolist() == [sum(int(weights[index]) for index in line) for line in found]


@given(batches, st.randoms())
def test_entries_and_paths_do_not_depend_on_the_batch(tables, pages, rng):
    alone = [grown([structure], tables)[0] for structure in pages]
    order = rng.sample(range(len(pages)), len(pages))
    together, _ = grown([pages[index] for index in order], tables)
    assert entries(together) == [line for index in order for line in entries(alone[index])]
    for names in (True, False):
        paths = [path_hashes(alone[index], range(4), names) for index in order]
        assert np.array_equal(path_hashes(together, range(4), names), np.concatenate(paths))


def test_a_shallow_page_beside_a_deep_one_has_the_entries_it_has_alone(tables):
    shallow = Structure((0,), (0,), (0,), (-1,), ("body",), ("",))
    deep = Structure((5,), (0,), (0,), (-1, 0, 1, 2, 3, 4), ("div",) * 6, ("a",) * 6)
    alone, beside = (entries(grown(pages, tables)[0])[0] for pages in ([shallow], [shallow, deep]))
    assert alone == beside


def test_names_are_split_into_words_without_case_and_digits():
    tokens = module._element_tokens
    assert tokens("div", "relatedPosts related-posts12 x") == tokens("div", "related_posts")
    assert tokens("div", "related") != tokens("p", "related")
    assert len(tokens("div", " ".join(f"w{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(99)))) <= 20
    assert len(tokens("div", "статья новости")) == 3


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_pages_without_lines_are_allowed(tables, text):
    structure = Structure((-1,) * 3, (0,) * 3, (0,) * 3)
    tree = grow_tree([structure, Structure()], make_batch([text, ""], tables))
    assert len(tree.linked) == len(tree.parents) == 0
    assert entries(tree) == []
    first, last = intervals(tree)
    assert len(first) == len(last) == 0


def test_depth_beyond_all_sense_is_cut(tables):
    count = 5_000
    deep = Structure((count - 1,), (0,), (0,), tuple(range(-1, count - 1)), ("div",) * count, ("",) * count)
    tree, _ = grown([deep], tables)
    assert len(tree.ancestors) < 100
    assert len(entries(tree)[0]) < 200


def test_codes_are_small_and_differ():
    assert sorted(CODES.values()) == list(range(1, len(TAGS) + 1))
    assert len(TAGS) < 256
