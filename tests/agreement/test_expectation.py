"""Tests of the expected results: forced states, predictions, restarted trajectories."""

from __future__ import annotations

import numpy as np
import pytest

from compare import workloads
from compare.agreement import examine
from compare.agreement.expectation import (
    LOOSE,
    RESTART_STEPS,
    STATES,
    expectations,
)
from compare.numerics.arrays import load_arrays
from compare.runs.words import Check, Inputs
from tests.support.in_process import CheckedSession, InProcessWorker, small_cnn

STEPS = 22  # beyond the last state


@pytest.fixture(scope="module")
def mlp(tmp_path_factory):
    """Return a small workload and its expected results."""
    workload = workloads.build("mlp").probe()
    folder = tmp_path_factory.mktemp("expected")
    found = expectations(
        workload, dtype="float64", steps=STEPS, folder=folder, inputs=Inputs.PROBE
    )
    return workload, found


def check(session, expected, folder):
    return examine.examine_session(
        InProcessWorker(session), expected=expected, dtype=session.dtype, folder=folder
    )


def first_difference(examined):
    return next(
        (f.check, f.step, f.quantity)
        for f in examined.findings
        if f.verdict == "disagrees"
    )


def test_every_state_has_a_step_and_a_prediction_and_every_step_a_trajectory(mlp):
    _, expected = mlp
    steps = {
        which: [e.step for e in expected if e.check is which]
        for which in (Check.STEP, Check.PREDICTION, Check.TRAJECTORY)
    }
    assert steps[Check.STEP] == steps[Check.PREDICTION] == list(STATES)
    assert steps[Check.TRAJECTORY] == list(range(STEPS))
    assert {e.inputs for e in expected} == {Inputs.PROBE}


def test_parameters_are_set_back_every_few_steps(mlp):
    _, expected = mlp
    assert list(expected[-1].restarts) == list(range(RESTART_STEPS, STEPS, 4))


def test_a_correct_session_agrees_everywhere(mlp, tmp_path):
    workload, expected = mlp
    examined = check(CheckedSession(workload), expected, tmp_path)
    assert examined.first is None
    assert {f.verdict for f in examined.findings} == {"agrees"}
    assert {f.inputs for f in examined.findings} == {Inputs.PROBE}


def test_restarts_keep_the_state_of_an_optimizer(tmp_path):
    workload = workloads.build(
        "quirk", {"quirk": "adam_epsilon", "spelling": "after_correction"}
    )
    expected = expectations(workload, dtype="float64", steps=9, folder=tmp_path / "e")
    assert check(CheckedSession(workload), expected, tmp_path / "a").first is None

    class Forgetting(CheckedSession):
        def set_parameters(self, parameters):
            super().set_parameters(parameters)
            self.memory = {}

    found = check(Forgetting(workload), expected, tmp_path / "b")
    assert first_difference(found)[:2] == (Check.TRAJECTORY, RESTART_STEPS)


def test_a_defect_that_begins_after_step_twenty_is_found(mlp, tmp_path):
    workload, expected = mlp

    class Late(CheckedSession):
        steps = 0

        def load(self, parameters):
            super().load(parameters)
            self.steps = 0

        def step(self, batch):
            loss = super().step(batch)
            self.steps += 1
            if self.steps > 20:
                self.now = {n: a * (1 + 1e-9) for n, a in self.now.items()}
            return loss

    found = check(Late(workload), expected, tmp_path)
    assert first_difference(found)[:2] == (Check.TRAJECTORY, 20)


def test_a_prediction_that_differs_from_the_training_outputs_is_found(mlp, tmp_path):
    workload, expected = mlp

    class Scaled(CheckedSession):
        def predict(self, batch):
            return super().predict(batch) * (1 + 1e-9)

    found = check(Scaled(workload), expected, tmp_path)
    assert first_difference(found) == (Check.PREDICTION, 0, "prediction")


def test_a_step_that_does_nothing_is_found(mlp, tmp_path):
    workload, expected = mlp

    class Idle(CheckedSession):
        def step(self, batch):
            return self.compute(batch).loss

    found = check(Idle(workload), expected, tmp_path)
    assert first_difference(found)[0] is Check.TRAJECTORY


def test_tolerances_stay_tight_along_the_trajectory(tmp_path):
    """Twenty float32 steps without restarts gave tolerances of half a tensor."""
    workload = small_cnn(tmp_path)
    expected = expectations(workload, dtype="float32", steps=20, folder=tmp_path / "e")
    shares = [
        each.tolerance[name] / np.abs(array).max()
        for each in expected
        if each.step >= RESTART_STEPS
        for name, array in load_arrays(each.arrays).items()
        if array.any()
    ]
    assert max(shares) <= LOOSE
