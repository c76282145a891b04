from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import InputError
from detector.features import heads, ngrams
from detector.features.tree import STRUCTURE_BITS, grow_tree, structure_sums
from detector.labels import KINDS, LabelledPage, LabelledSegment
from detector.segment.text import make_batch
from detector.training.dataset import (
    UNLABELLED,
    head_matrix,
    make_dataset,
    ngram_matrix,
    page_types,
    site_folds,
    structure_matrix,
)
from tests.conftest import structures


@pytest.fixture(scope="module")
def data(labelled_pages, tables):
    return make_dataset(labelled_pages, tables)


def test_each_row_has_the_text_and_the_label_of_its_segment(data, labelled_pages):
    row = 0
    for index, page in enumerate(labelled_pages):
        for segment in page.segments:
            begin = data.batch.page_chars[index]
            assert page.text[data.batch.starts[row] - begin : data.batch.ends[row] - begin] in segment.text
            assert data.page[row] == index
            assert data.kind[row] == (KINDS.index(segment.kind) if segment.kind else -1)
            expected = UNLABELLED if segment.unsure else {"article": 1, "noise": 0}[segment.label]
            assert data.target[row] == expected
            row += 1
    assert row == len(data.target) == len(data.tokens.bounds) - 1
    assert any(data.batch.glued)


def test_unsure_and_unlabelled_lines_and_pages_that_rebuild_too_little_are_not_usable(tables):
    lines = (
        (LabelledSegment("one", "article"),),
        (),
        (LabelledSegment("two", "noise", "share", unsure=True),),
        (LabelledSegment("three", None),),
        (LabelledSegment("[ad_1] ", "noise"), LabelledSegment("four five", "article")),
    )
    good = LabelledPage("good", lines)
    bad = replace(good, id="bad", meta={"oracle_f1": 0.5})
    found = make_dataset([good, bad], tables)
    assert found.target.tolist() == [1, -1, -1, 0, 1] * 2
    assert found.usable.tolist() == [True, False, False, True, True] + [False] * 5
    assert (found.weights() > 0).tolist() == found.usable.tolist()


def test_pages_without_lines_are_an_input_error(tables):
    with pytest.raises(InputError, match="no line"):
        make_dataset([LabelledPage("a", ((), ()))], tables)


def test_weights_have_mean_one_and_follow_the_page(data, labelled_pages, tables):
    weights = data.weights()
    assert weights[data.usable].mean() == pytest.approx(1)
    assert weights.min() >= 0
    assert (weights[~data.usable] == 0).all()
    doubled = [
        replace(page, weight=2 * page.weight) if index == 3 else page for index, page in enumerate(labelled_pages)
    ]
    ratio = make_dataset(doubled, tables).weights() / np.maximum(weights, 1e-12)
    rest = data.usable & (data.page != 3)
    assert ratio[data.usable & (data.page == 3)] == pytest.approx(2 * ratio[rest][0])
    by_line = data.weights(line_share=1.0)
    assert all(np.ptp(by_line[data.usable & (data.page == page)]) < 1e-9 for page in range(10))


def test_matrices_are_what_the_model_sums(data):
    """A row times the weights is the model's sum over the root of the count."""
    rng = np.random.default_rng(0)
    lines, words = ngram_matrix(data), head_matrix(data)
    assert lines.shape == (len(data.target), ngrams.TABLE_SIZE)
    assert words.shape == (len(data.target), 1 << heads.HEAD_BITS)
    weights = rng.integers(-127, 128, (1 << heads.HEAD_BITS, 5)).astype(np.int8)
    sums, counts = heads.head_sums(data.tokens, heads.pack_weights(weights), 5)
    expected = sums / np.sqrt(np.maximum(counts, 1))[:, None]
    assert np.allclose(words @ weights.astype(float), expected, atol=1e-3)
    norms = np.asarray(lines.sum(1)).ravel()
    assert norms == pytest.approx(np.sqrt(np.diff(lines.indptr)), rel=1e-4)


def test_the_matrix_does_not_depend_on_the_other_pages(labelled_pages, tables, data):
    some = ngram_matrix(make_dataset(labelled_pages[40:45], tables))
    rows = np.flatnonzero((data.page >= 40) & (data.page < 45))
    difference = ngram_matrix(data)[rows[0] : rows[-1] + 1] - some
    assert abs(difference).max() == 0


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.text(max_size=3)), max_size=20), st.integers(2, 6))
def test_folds_go_by_site_whatever_the_order_of_pages(names, n_folds):
    pages = [LabelledPage(name, (), site=f"{site}.example") for site, name in names]
    folds = site_folds(pages, n_folds)
    assert all(0 <= fold < n_folds for fold in folds)
    by_site = {page.site: fold for page, fold in zip(pages, folds, strict=True)}
    assert [by_site[page.site] for page in pages] == folds.tolist()
    assert site_folds(pages[::-1], n_folds).tolist() == folds.tolist()[::-1]
    assert len(set(by_site.values())) == min(len(by_site), n_folds)


def test_folds_stay_when_sites_are_added_to_many():
    pages = [LabelledPage(str(n), (), site=f"site{n}.com") for n in range(60)]
    more = [*pages, *(LabelledPage(str(n), (), site=f"other{n}.org") for n in range(40))]
    assert site_folds(more, 5)[:60].tolist() == site_folds(pages, 5).tolist()


def test_folds_are_spread_evenly_and_pages_without_site_go_by_name():
    folds = site_folds([LabelledPage(str(n), (), site=f"site{n}.com") for n in range(1000)], 5)
    assert np.bincount(folds, minlength=5).min() > 150
    assert len(set(site_folds([LabelledPage(str(n), ()) for n in range(100)], 5).tolist())) == 5
    assert site_folds([LabelledPage("\ud800", ())], 5).shape == (1,)


@given(st.lists(structures(), min_size=1, max_size=3))
def test_structure_matrix_times_weights_is_what_the_model_computes(tables, pages):
    batch = make_batch(["x\n" * len(page.elements) for page in pages], tables)
    tree = grow_tree(pages, batch)
    weights = np.random.default_rng(1).integers(-99, 99, 1 << STRUCTURE_BITS).astype(np.int16)
    matrix = structure_matrix(tree)
    assert matrix.shape == (len(batch), 1 << STRUCTURE_BITS)
    total, count = structure_sums(tree, weights)
    assert np.allclose(matrix @ weights.astype(float), total / np.sqrt(np.maximum(count, 1)), rtol=1e-5)


def test_types_of_pages_are_known_where_their_corpus_has_several():
    pages = [
        LabelledPage("a", (), source="one", page_type="article"),
        LabelledPage("b", (), source="one", page_type="forum"),
        LabelledPage("c", (), source="one", page_type="no such type"),
        LabelledPage("d", (), source="two", page_type="article"),
    ]
    expected = [heads.PAGE_TYPES.index("article"), heads.PAGE_TYPES.index("forum"), -1, -1]
    assert page_types(pages).tolist() == expected
