"""The bounds of a trajectory grow; it is undecided after its state may be lost."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from compare.agreement.session_reference import (
    leave_undecided,
    loses_state,
    widen,
)
from compare.numerics.arrays import save_arrays
from compare.reference.expectation import Expected
from compare.runs.words import Check


@pytest.fixture
def expect(tmp_path):
    path = tmp_path / "1.npz"
    arrays = {"loss": np.array(2.0), "parameter:w": np.array([0.5, -1.0])}
    save_arrays(path, arrays)

    def build(**tolerance):
        named = {"loss": tolerance["loss"], "parameter:w": tolerance["w"]}
        return Expected(
            check=Check.TRAJECTORY,
            step=1,
            state=path,
            arrays=path,
            tolerance=named,
            floor=named,
        )

    return build


def test_a_parameter_that_rounding_may_change_wholly_loses_the_state(expect):
    assert loses_state(expect(loss=0.1, w=1.0))
    assert loses_state(expect(loss=0.1, w=inf))


def test_a_parameter_within_rounding_keeps_the_state(expect):
    assert not loses_state(expect(loss=0.1, w=0.9))
    assert not loses_state(expect(loss=5.0, w=1e-6))


def test_nothing_is_judged_after_a_lost_state(expect):
    left = leave_undecided(expect(loss=0.1, w=1.0))
    assert left.tolerance == {"loss": inf, "parameter:w": inf}


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (0.1, 0.01, 0.1),  # by chance, the trials of a later step are closer together
        (0.01, 0.1, 0.1),
        (inf, 0.1, inf),
    ],
)
def test_a_later_step_has_no_narrower_bound(expect, before, now, expected):
    widened = widen(expect(loss=now, w=0.5), before=expect(loss=before, w=0.5))
    assert widened.tolerance == {"loss": expected, "parameter:w": 0.5}


def test_bounds_follow_the_magnitude_of_a_tensor(expect, tmp_path):
    now = expect(loss=0.01, w=0.001)
    smaller = tmp_path / "2.npz"
    arrays = {"loss": np.array(0.5), "parameter:w": np.array([0.0, 0.0])}
    save_arrays(smaller, arrays)
    later = replace(now, arrays=smaller)
    widened = widen(later, before=expect(loss=0.1, w=0.5))
    assert widened.tolerance == {"loss": 0.1 / 4, "parameter:w": 0.001}
