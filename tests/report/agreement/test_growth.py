"""The factor by which an error grows per step."""

from __future__ import annotations

from math import inf, isnan, nan

import pytest

from compare.report.agreement.growth import growth_per_step


def geometric(factor, *, steps=12):
    return {step: 1e-7 * factor**step for step in range(steps)}


@pytest.mark.parametrize("factor", [0.9, 1.0, 1.12, 3.0])
def test_the_growth_of_a_geometric_series_is_its_factor(factor):
    assert growth_per_step(geometric(factor)) == pytest.approx(factor)


def test_a_jump_hardly_changes_the_growth():
    jumped = geometric(1.1) | {5: 1.0}
    assert growth_per_step(jumped) == pytest.approx(1.1, rel=0.01)


def test_steps_may_be_missing():
    errors = {step: e for step, e in geometric(1.2).items() if step % 3}
    assert growth_per_step(errors) == pytest.approx(1.2)


def test_errors_of_zero_and_not_finite_errors_are_left_out():
    errors = geometric(1.2) | {0: 0.0, 3: inf, 7: nan}
    assert growth_per_step(errors) == pytest.approx(1.2)


@pytest.mark.parametrize(
    "errors", [{}, {0: 0.0, 1: 0.0}, geometric(1.1, steps=3), {0: inf, 1: nan}]
)
def test_too_few_steps_have_no_growth(errors):
    assert isnan(growth_per_step(errors))
