import numpy as np

from detector.training.linear import thin_out


def test_fewer_rows_stand_for_all_of_them():
    weights = np.random.default_rng(0).exponential(size=20_000)
    rows = np.arange(len(weights)) % 4 > 0
    drawn, heavier = thin_out(weights, rows, 2.0, seed=1)
    assert not drawn[~rows].any()
    assert drawn.sum() < 0.5 * rows.sum()
    assert np.isclose(heavier[drawn].sum(), weights[rows].sum(), rtol=0.05)
    assert drawn[rows & (weights >= 2)].all()
    assert np.array_equal(heavier[weights >= 2], weights[weights >= 2])
    assert np.array_equal(thin_out(weights, rows, 2.0, seed=1)[0], drawn)
