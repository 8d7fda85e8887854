"""The fraction of a parameter that an update moves. No framework is needed."""

from __future__ import annotations

import numpy as np
import pytest

from compare import workloads
from compare.agreement import judge
from compare.contract import DTYPES
from compare.numerics.arrays import load_arrays
from compare.numerics.dtypes import round_to_dtype
from compare.numerics.einsum import sgd_step
from compare.reference import expectation
from compare.reference.expectation import expectations
from compare.reference.moved import add_moved, add_scatter, is_moved, measure_moved
from compare.runs.words import Check

SMALL = {"data": "probe"}
NARROW = ("bfloat16", "float16")


def expect_first(dtype, folder):
    """Return the first step of the cnn."""
    workload = workloads.build("cnn", SMALL)
    found = expectations(workload, dtype=dtype, steps=1, folder=folder)
    return next(each for each in found if each.check is Check.STEP)


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return expect_first("bfloat16", tmp_path_factory.mktemp("expected"))


def receive(expected, *, leave_out=lambda array: np.zeros(array.shape, bool)):
    """Return the reference's tensors; some elements keep their value."""
    received = dict(load_arrays(expected.arrays))
    for name, before in load_arrays(expected.state).items():
        key = f"parameter:{name}"
        received[key] = np.where(leave_out(before), before, received[key])
    return {name: array for name, array in received.items() if not is_moved(name)}


def wrong(received, expected):
    """Return the tensors that disagree in bfloat16."""
    findings = judge.judge(received, expected=expected, dtype="bfloat16")
    return {f.quantity for f in findings if f.verdict == "disagrees"}


def test_the_reference_moves_what_it_is_expected_to_move(expected):
    findings = judge.judge(receive(expected), expected=expected, dtype="bfloat16")
    moved = [f for f in findings if is_moved(f.quantity)]
    assert len(moved) >= 4
    assert {f.max_abs_error for f in moved} == {0.0}


def test_an_update_that_moves_nothing_is_found_in_bfloat16(expected):
    received = receive(expected, leave_out=lambda array: np.ones(array.shape, bool))
    found = wrong(received, expected)
    assert "moved:conv4.weight" in found
    # Elements alone do not show it: this is what the fractions are for.
    assert all(is_moved(quantity) for quantity in found)


def test_an_update_of_the_last_elements_only_is_found(expected):
    """The fused SGD of PyTorch 2.13 does this on the CPU: pytorch#191763."""

    def all_but_the_tail(array):
        return np.arange(array.size).reshape(array.shape) < array.size - 7

    received = receive(expected, leave_out=all_but_the_tail)
    assert "moved:conv3.weight" in wrong(received, expected)


def test_the_tolerance_admits_a_twentieth_of_the_elements(expected):
    rng = np.random.default_rng(0)
    received = receive(expected, leave_out=lambda a: rng.random(a.shape) < 0.05)
    assert not wrong(received, expected)


def judge_in_parts(folder):
    """Return the largest error in tolerances if decay and gradient are rounded apart.

    Decay alone is nearly half a unit of some parameters, and moves none of them.
    """
    rate = 2.0**-10
    config = {**SMALL, "learning_rate": rate, "weight_decay": 0.9 * 2.0**-11 / rate}
    workload = workloads.build("cnn", config)
    found = expectations(workload, dtype="float16", steps=1, folder=folder)
    expected = next(each for each in found if each.check is Check.STEP)
    right, received = load_arrays(expected.arrays), receive(expected)
    for name, before in load_arrays(expected.state).items():
        decayed = round_to_dtype(before - 0.9 * 2.0**-11 * before, "float16")
        after = decayed - rate * right[f"gradient:{name}"]
        received[f"parameter:{name}"] = round_to_dtype(after, "float16")
    findings = judge.judge(received, expected=expected, dtype="float16")
    assert judge.agrees(findings)
    moved = [f for f in findings if is_moved(f.quantity)]
    return max(f.max_abs_error / f.tolerance for f in moved)


def test_an_update_that_is_rounded_after_weight_decay_agrees(tmp_path, monkeypatch):
    """Keras does this."""
    apart = judge_in_parts(tmp_path / "apart")

    def update_at_once(before, gradients, *, optimizer, dtype):
        del dtype
        return sgd_step(before, gradients, optimizer=optimizer)

    monkeypatch.setattr(expectation, "update_in_parts", update_at_once)
    assert judge_in_parts(tmp_path / "at-once") > 2 * apart


@pytest.mark.parametrize("dtype", DTYPES)
def test_fractions_are_expected_in_16_bits_only(dtype, tmp_path):
    names = expect_first(dtype, tmp_path).tolerance
    assert any(map(is_moved, names)) == (dtype in NARROW)


def test_every_expected_fraction_can_decide(expected):
    arrays = load_arrays(expected.arrays)
    for quantity in filter(is_moved, expected.tolerance):
        assert 0 < expected.tolerance[quantity] < arrays[quantity] <= 1


def test_parameters_are_rounded_before_they_are_compared():
    before = {"w": np.array([1.0, 1.0, 1.0, 1.0])}
    after = {"w": np.array([1.0, 1.001, 1.01, 2.0])}
    found = measure_moved(after, before=before, dtype="bfloat16")
    assert found == {"moved:w": 0.5}
    found = measure_moved(after, before=before, dtype="float32")
    assert found == {"moved:w": 0.75}


def test_a_fraction_gains_four_standard_deviations_and_an_eighth():
    arrays = {"moved:w": np.array(0.25), "parameter:w": np.zeros((20, 20))}
    given = {"moved:w": 0.01, "parameter:w": 0.5}
    expected = {"moved:w": 0.01 + 0.1 + 0.03125, "parameter:w": 0.5}
    assert add_scatter(given, arrays=arrays) == pytest.approx(expected)


@pytest.mark.parametrize("fraction", [0.0, 0.16])
def test_a_fraction_below_its_tolerance_is_left_out(fraction):
    arrays = {"moved:w": np.array(fraction), "parameter:w": np.zeros(100)}
    assert add_scatter({"moved:w": 0.0}, arrays=arrays) == {}


def test_nothing_is_added_for_a_parameter_of_another_shape(expected):
    received = receive(expected)
    received["parameter:head.weight"] = received["parameter:head.weight"].T
    del received["parameter:conv1.weight"]
    added = add_moved(received, expected=expected, dtype="bfloat16")
    names = {name for name in added if is_moved(name)}
    assert not names & {"moved:head.weight", "moved:conv1.weight"}
    assert "moved:conv4.weight" in names


def test_nothing_is_added_where_no_fraction_is_expected(tmp_path):
    expected = expect_first("float32", tmp_path)
    received = receive(expected)
    assert add_moved(received, expected=expected, dtype="float32") is received
