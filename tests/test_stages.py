from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detector.stages import page_means


@given(st.lists(st.sampled_from([1, 2, 7, 1023, 1024, 1025, 2500]), min_size=1, max_size=5), st.integers(0, 9))
def test_means_of_pages_are_exact_however_long_they_are(sizes, seed):
    inputs = np.random.default_rng(seed).integers(-127, 128, (sum(sizes), 3)).astype(np.int8)
    inputs[:, 2] = 127
    borders = np.cumsum([0, *sizes])
    wide = inputs.astype(np.int64)
    expected = [wide[first:last].sum(0) / (last - first) for first, last in pairwise(borders)]
    assert page_means(inputs, borders[:-1]).tolist() == np.rint(expected).tolist()
