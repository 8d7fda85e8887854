"""A trajectory is undecided after a step in which rounding may change a parameter."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from compare.agreement.session_reference import leave_undecided, loses_state
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
