"""The measures of time that tests share fail where they should."""

import pytest

from tests.conftest import assert_in_proportion, assert_within


def quadratic(n):
    return sum(1 for a in range(n) for b in range(n))


def linear(n):
    return sum(1 for a in range(n))


def test_what_is_quadratic_is_seen_and_what_is_linear_passes():
    with pytest.raises(AssertionError, match="10 times the size takes"):
        assert_in_proportion(quadratic, (60,), (600,), 10)
    assert_in_proportion(linear, (20_000,), (200_000,), 10)


def test_what_takes_too_long_is_seen():
    with pytest.raises(AssertionError, match=r"more than 0\.0001"):
        assert_within(0.0001, linear, 200_000)
    assert assert_within(30, linear, 10) == 10
