import numpy as np
import pytest

from detector.features.context import SCORE_UNIT
from detector.features.tree import grow_tree
from detector.features.verdict import COLUMNS, OWN, TREE_COLUMNS, own_column, verdict_columns
from detector.page import Page
from detector.segment.text import make_batch

AT = {name: index for index, name in enumerate((*COLUMNS, *TREE_COLUMNS))}


def test_text(invariant):
    def columns_of(part):
        n_chars = part.batch.ends - part.batch.starts
        return verdict_columns(part.scores, n_chars, part.batch.page_rows)

    alone = invariant(columns_of)
    assert all(columns.shape[1] == len(COLUMNS) for columns in alone.values())


def test_neighbours_and_own():
    verdicts = np.array([64, -128, 9999])
    found = verdict_columns(verdicts, np.array([10, 10, 10]), np.array([0, 3]))
    assert found[:, OWN].tolist() == [1.0, -2.0, 8.0]
    assert np.array_equal(found[:, OWN], own_column(verdicts))
    assert found[:, AT["verdict[-1]"]].tolist() == [0.0, 1.0, -2.0]
    assert found[:, AT["verdict[+2]"]].tolist() == [8.0, 0.0, 0.0]
    assert found[0, AT["verdict_after"]] == 3.0
    assert found[2, AT["verdict_before"]] == -0.5


HTML = """<!doctype html><body><main>
<div class=card><p>The first card of three.</p></div>
<div class=card><p>The second card of three.</p></div>
<div class=card><p>The third card of three.</p></div>
</main><nav><ul><li>Home</li><li>About</li></ul></nav></body>"""


@pytest.fixture
def cards(tables):
    page = Page.from_html(HTML)
    batch = make_batch([page.text], tables)
    return batch, page.structure


def test_elements_alike(cards):
    batch, structure = cards
    verdicts = np.array([2, 2, -1, -4, -4]) * SCORE_UNIT
    n_chars = batch.ends - batch.starts
    found = verdict_columns(verdicts, n_chars, batch.page_rows, grow_tree([structure], batch))
    assert found.shape == (5, len(COLUMNS) + len(TREE_COLUMNS))
    assert found[:3, AT["alike_verdict_mean"]].tolist() == [1.0, 1.0, 1.0]
    assert found[:3, AT["alike_verdict_others"]].tolist() == [0.5, 0.5, 2.0]
    assert np.allclose(np.expm1(found[:, AT["alike_verdict_lines"]]), [3, 3, 3, 2, 2])
    assert found[3, AT["around_1_verdict"]] == -4.0  # the list


def test_pages_of_html_do_not_disturb_each_other(html_pages, tables):
    trees = [page.structure for page in html_pages]

    def columns(indices):
        batch = make_batch([html_pages[index].text for index in indices], tables)
        rng = [np.random.default_rng(index) for index in indices]
        sizes = np.diff(batch.page_rows)
        verdicts = np.concatenate([r.integers(-700, 700, size) for r, size in zip(rng, sizes, strict=True)])
        tree = grow_tree([trees[index] for index in indices], batch)
        return batch, verdict_columns(verdicts, batch.ends - batch.starts, batch.page_rows, tree)

    order = list(range(len(html_pages)))[::-1]
    batch, together = columns(order)
    for place, index in enumerate(order):
        rows = slice(batch.page_rows[place], batch.page_rows[place + 1])
        assert np.array_equal(together[rows], columns([index])[1])
