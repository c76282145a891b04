import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.features import heads, kinds
from detector.features.kinds import ORDER, kind_runs
from detector.labels import KINDS
from detector.segment.text import make_batch
from detector.segment.tokens import find_tokens
from detector.stages import KindModel
from tests.conftest import page_text


def model():
    rng = np.random.default_rng(4)
    weights = rng.integers(-127, 128, (1 << heads.HEAD_BITS, len(KINDS))).astype(np.int8)
    return KindModel(weights, rng.uniform(0.001, 0.02, len(KINDS)), rng.normal(-1, 1, len(KINDS)))


def entries(batch, tokens, rows):
    """For each of some lines, its entries of each family."""
    found = [[] for _ in rows]
    for span, runs in kind_runs(batch, tokens, rows):
        for at in range(span.start, span.stop):
            row = at - span.start
            found[at] = [run.indices[run.first[row] : run.last[row]].tolist() for run in runs]
    return found


@given(page_text, st.randoms(use_true_random=False))
def test_a_line_has_the_same_entries_alone_and_among_any_others(tables, text, random):
    batch = make_batch([text], tables)
    tokens = find_tokens(batch)
    rows = np.array(sorted(random.sample(range(len(batch)), random.randint(0, len(batch)))), np.int64)
    together = entries(batch, tokens, rows)
    assert together == [entries(batch, tokens, rows[at : at + 1])[0] for at in range(len(rows))]
    sizes = (batch.ends - batch.starts)[rows].tolist()
    assert all(
        len(found[0]) == max(size + 3 - ORDER, 0) for size, found in zip(sizes, together, strict=True) if size < 90
    )


@settings(max_examples=15)
@given(st.lists(page_text, min_size=1, max_size=3))
def test_scores_do_not_depend_on_which_lines_are_asked_for(tables, texts):
    batch = make_batch(texts, tables)
    tokens = find_tokens(batch)
    every, judge = np.arange(len(batch)), model()
    whole = judge.inputs(batch, tokens, every)
    assert whole.shape == (len(batch), len(KINDS))
    assert np.array_equal(judge.inputs(batch, tokens, every[::2]), whole[::2])


def test_many_lines_are_scored_a_few_thousand_at_a_time(tables, monkeypatch):
    batch = make_batch(["\n".join(f"line {n} of {'many ' * (n % 50)}" for n in range(300))], tables)
    tokens = find_tokens(batch)
    judge = model()
    whole = judge.inputs(batch, tokens, np.arange(300))
    monkeypatch.setattr(kinds, "_LINES_AT_ONCE", 7)
    assert np.array_equal(judge.inputs(batch, tokens, np.arange(300)), whole)


def test_the_longest_lines_do_not_run_over(tables):
    batch = make_batch(["word " * 500, "漢字" * 500], tables)
    tokens = find_tokens(batch)
    packed = heads.pack_weights(np.full((1 << heads.HEAD_BITS, 5), 127, np.int8))
    for span, runs in kind_runs(batch, tokens, np.arange(len(batch))):
        sums, counts = heads.packed_sums(runs, packed, 5, span.stop - span.start)
        assert counts.max() <= 256
        assert (sums == 127 * counts[:, None]).all()
