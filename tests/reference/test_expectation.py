"""Tests of the expected results: forced states, predictions, restarted trajectories."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from compare import workloads
from compare.agreement import examine
from compare.numerics.arrays import load_arrays, save_arrays
from compare.reference import expectation
from compare.reference.expectation import RESTART_STEPS, STATES, expectations
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
    assert max(shares) <= 0.01


def factors_of_states(expected):
    """Yield the step of each restart, and by what the reference's end was multiplied.

    The last step of the segment before has the reference's parameters.
    """
    along = [each for each in expected if each.check is Check.TRAJECTORY]
    for step, state in along[-1].restarts.items():
        start, before = load_arrays(state), load_arrays(along[step - 1].arrays)
        arrays = [(a, before[f"parameter:{name}"]) for name, a in start.items()]
        yield (
            step,
            np.concatenate([now[was != 0] / was[was != 0] for now, was in arrays]),
        )


def test_tight_segments_start_from_the_states_of_the_reference(mlp):
    _, expected = mlp
    for _, factors in factors_of_states(expected):
        assert np.abs(factors - 1).max() < 1e-15


def test_loose_segments_start_from_states_moved_up_to_three_times(
    monkeypatch, tmp_path
):
    monkeypatch.setattr(expectation, "LOOSE", 1e-99)  # every tolerance is above it
    workload = workloads.build("mlp").probe()
    expected = expectations(workload, dtype="float64", steps=10, folder=tmp_path)
    one = 1 / 256
    possible = [(1 + one) ** n * (1 - one) ** (3 - n) for n in range(4)]
    moved = dict(factors_of_states(expected))
    assert list(moved) == [4, 8]
    for factors in moved.values():
        distances = np.abs(factors[:, None] - possible)
        assert distances.min(axis=1).max() < 1e-14
        assert set(distances.argmin(axis=1)) == {0, 1, 2, 3}


def test_the_initial_state_and_states_in_16_bits_are_never_moved(monkeypatch, tmp_path):
    monkeypatch.setattr(expectation, "LOOSE", 1e-99)
    workload = workloads.build("mlp").probe()
    expected = expectations(workload, dtype="bfloat16", steps=5, folder=tmp_path)
    initial = workload.parameters("bfloat16")
    for name, array in load_arrays(expected[0].state).items():
        assert np.array_equal(array, initial[name])
    ((_, factors),) = factors_of_states(expected)
    assert np.abs(factors - 1).max() <= 2.0**-8  # rounding alone


def test_checks_are_ordered_by_kind_then_by_step(mlp):
    _, expected = mlp
    kinds = [each.check for each in expected]
    assert kinds == sorted(kinds, key=tuple(Check).index)
    for kind in set(kinds):
        steps = [each.step for each in expected if each.check is kind]
        assert steps == sorted(steps)


def test_the_same_folder_can_be_used_again(tmp_path):
    workload, folder = workloads.build("mlp").probe(), tmp_path / "new" / "folder"
    once, again = (
        expectations(workload, dtype="float64", steps=1, folder=folder)
        for _ in range(2)
    )
    assert [each.tolerance for each in once] == [each.tolerance for each in again]


@pytest.mark.parametrize("rate", [1.0, 1e6])
def test_a_trajectory_that_diverges_ends_early_and_without_warnings(rate, tmp_path):
    config = {"batch": 8, "inputs": 30, "hidden": 12, "outputs": 4}
    workload = workloads.build("two_layer", {**config, "learning_rate": rate})
    with warnings.catch_warnings(action="error"):
        expected = expectations(workload, dtype="float32", steps=20, folder=tmp_path)
    steps = [each.step for each in expected if each.check is Check.TRAJECTORY]
    assert steps == list(range(len(steps)))
    assert len(steps) % RESTART_STEPS == 0
    assert 0 < len(steps) < 20


def test_a_single_step_of_a_state_that_overflows_gives_no_warning(tmp_path):
    config = {"batch": 8, "inputs": 30, "hidden": 12, "outputs": 4}
    workload = workloads.build("two_layer", config)
    state = tmp_path / "state.npz"
    huge = {n: a * 1e160 for n, a in workload.parameters("float64").items()}
    save_arrays(state, huge)
    segment = expectation.Segment(
        workload=workload,
        check=Check.STEP,
        start=3,
        batches=[next(workload.batches("float64"))],
        dtype="float64",
        folder=tmp_path,
        state=state,
    )
    with warnings.catch_warnings(action="error"):
        found = expectation.expect_step(segment)
    assert np.isinf(load_arrays(found.arrays)["loss"])
