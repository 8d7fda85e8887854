"""A line through step times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare.stats.line import fit_line

SIZES = (1.0, 8.0, 64.0, 512.0)


@given(st.floats(0.1, 1e6), st.floats(0.01, 1e3))
def test_points_on_a_line_give_the_line(fixed, per_unit):
    line = fit_line(SIZES, [fixed + per_unit * size for size in SIZES])
    assert line.fixed == pytest.approx(fixed, rel=1e-6)
    assert line.per_unit == pytest.approx(per_unit, rel=1e-6)
    assert line.misfit < 1e-9


def test_small_times_count_as_much_as_large_ones():
    times = [100 + 2 * size for size in SIZES]
    times[-1] *= 1.1
    line = fit_line(SIZES, times)
    assert line.fixed == pytest.approx(100, rel=0.05)
    assert 0.02 < line.misfit < 0.1


def test_a_time_that_is_no_line_has_a_misfit():
    line = fit_line(SIZES, [100 + size**2 for size in SIZES])
    assert line.misfit > 0.2


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_points_give_no_line(count):
    assert fit_line(SIZES[:count], SIZES[:count]) is None
