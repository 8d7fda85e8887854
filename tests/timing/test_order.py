"""The order of variants in a round."""

from __future__ import annotations

from collections import Counter
from itertools import islice, pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from compare.timing.order import balanced_orders, williams_square

COUNTS = st.integers(min_value=1, max_value=12)


@given(COUNTS)
def test_every_variant_is_at_every_position_equally_often(count):
    square = williams_square(count)
    for column in zip(*square, strict=True):
        assert set(Counter(column).values()) == {len(square) // count}


@given(st.integers(min_value=2, max_value=12))
def test_every_variant_follows_every_other_equally_often(count):
    square = williams_square(count)
    follows = Counter(pair for row in square for pair in pairwise(row))
    assert len(follows) == count * (count - 1)
    assert len(set(follows.values())) == 1


@given(COUNTS, st.integers(min_value=0, max_value=99))
def test_the_order_follows_from_the_seed(count, seed):
    first, again = (
        list(islice(balanced_orders(count, rng=np.random.default_rng(seed)), 25))
        for _ in range(2)
    )
    assert first == again
    assert all(sorted(order) == list(range(count)) for order in first)
