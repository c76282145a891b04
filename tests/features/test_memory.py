import numpy as np

from detector.features.memory import COLUMNS, Repeats, memory_columns, page_key

AT = {name: index for index, name in enumerate(COLUMNS)}


def columns(counts, n_pages, n_chars, page_rows):
    repeats = Repeats(np.array(counts), np.array(n_pages))
    return memory_columns(repeats, np.array(n_chars), np.array(page_rows))


def test_without_a_memory_all_is_nought():
    found = memory_columns(None, np.array([5, 9]), np.array([0, 2]))
    assert found.shape == (2, len(COLUMNS))
    assert not found.any()


def test_a_page_of_an_unknown_site_is_as_without_a_memory():
    found = columns([3, 1, 0, 0], [4, 0], [10, 20, 30, 40], [0, 2, 4])
    assert not found[2:].any()
    assert found[:2, AT["site_pages"]].all()


def test_shares_are_of_the_other_pages_of_the_site():
    found = columns([4, 1, 0], [4], [10, 10, 80], [0, 3])
    assert found[:, AT["site_share[+0]"]].tolist() == [1.0, 0.25, 0.0]
    assert found[:, AT["site_share[-1]"]].tolist() == [0.0, 1.0, 0.25]
    assert found[:, AT["site_repeated"]].tolist() == [1.0, 1.0, 0.0]
    assert found[0, AT["site_share_after"]] == 0.125
    assert np.isclose(found[0, AT["site_page_share"]], 1.25 / 3, atol=1e-3)
    assert np.isclose(found[0, AT["site_page_long_share"]], 12.5 / 100, atol=1e-3)


def test_pages_do_not_disturb_each_other():
    alone = columns([4, 1, 0], [4], [10, 10, 80], [0, 3])
    among = columns([9, 4, 1, 0, 7], [9, 4, 0, 7], [5, 10, 10, 80, 5], [0, 1, 4, 4, 5])
    assert np.array_equal(among[1:4], alone)


def test_page_keys_tell_texts_apart():
    assert page_key("a page") == page_key("a page")
    assert page_key("a page") != page_key("another page")
    assert 0 <= page_key("lone \ud800 surrogate") < 1 << 64
