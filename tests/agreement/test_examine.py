"""Every check runs on a session, and the arrays that it saved are compared.

The worker computes with NumPy; tests change single results.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from compare import workloads
from compare.agreement import examine
from compare.agreement.examine import read_saved_arrays
from compare.errors import WorkerError
from compare.numerics.arrays import load_arrays, save_arrays
from compare.reference.expectation import expectations
from compare.runs.words import Against, Check, Inputs
from compare.workers import messages
from tests.support.reference_worker import ReferenceWorker

CONFIG = {"batch": 5, "inputs": 4, "hidden": 3, "outputs": 2, "learning_rate": 2.0**-8}
STEPS = 9  # with the states before steps 0 and 8


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (np.asarray("large"), "<U5"),
        (np.asarray(1j), "complex128"),
        (np.asarray("2026-01-31", "datetime64[D]"), r"datetime64\[D\]"),
    ],
)
def test_arrays_without_real_numbers_are_an_error_of_the_worker(tmp_path, array, dtype):
    path = tmp_path / "snapshot.npz"
    save_arrays(path, {"loss": array})
    with pytest.raises(WorkerError, match=f"snapshot.npz; loss has dtype {dtype}"):
        read_saved_arrays(path)


def test_arrays_that_are_not_finite_are_read_as_they_are(tmp_path):
    path = tmp_path / "snapshot.npz"
    save_arrays(path, {"loss": np.asarray(np.nan), "label": np.asarray(3)})
    assert np.isnan(read_saved_arrays(path)["loss"])


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """Return what is expected of a small network in float32, as a probe."""
    workload = workloads.build("two_layer", CONFIG)
    folder = tmp_path_factory.mktemp("expected")
    return expectations(
        workload, dtype="float32", steps=STEPS, folder=folder, inputs=Inputs.PROBE
    )


def worker_with(change=lambda request, arrays: arrays):
    """Return a worker that has built the session and changes its results."""
    worker = ReferenceWorker(change=change)
    worker.request(
        messages.Prepare(
            workload="two_layer",
            config=CONFIG,
            mode="eager",
            device="cpu",
            dtype="float32",
        ),
        messages.Prepared,
    )
    return worker


def examine_with(change, *, expected, folder):
    return examine.examine_session(
        worker_with(change), expected=expected, dtype="float32", folder=folder
    )


def change_call(request, number, name, by):
    """Return a change of one array, in one call of a request."""
    calls = Counter()

    def change(called, arrays):
        calls[called] += 1
        if (called, calls[called]) != (request, number):
            return arrays
        return {**arrays, name: arrays[name] + by}

    return change


def test_the_reference_agrees_in_every_check(expected, tmp_path):
    folder = tmp_path / "new" / "folder"
    found = examine_with(lambda _, arrays: arrays, expected=expected, folder=folder)
    assert found.first is None
    assert isinstance(found.checked, tuple)
    assert {finding.verdict for finding in found.findings} == {"agrees"}
    assert {finding.inputs for finding in found.findings} == {Inputs.PROBE}
    counts = Counter((f.check, f.step) for f in found.findings)
    assert counts == {
        (Check.STEP, 0): 5,
        (Check.STEP, 8): 5,
        (Check.DETERMINISM, 0): 5,
        (Check.PREDICTION, 0): 3,
        (Check.PREDICTION, 8): 3,
        **{(Check.TRAJECTORY, step): 3 for step in range(STEPS)},
    }
    repeated = [f for f in found.findings if f.check is Check.DETERMINISM]
    assert {f.against for f in repeated} == {Against.ITSELF}
    assert list(load_arrays(folder / "repeated.npz")) == [f.quantity for f in repeated]
    assert [path.name for path in folder.iterdir()] == ["repeated.npz"]
    assert [each.expected for each in found.checked] == expected
    assert [each.again is not None for each in found.checked] == [
        each.check is Check.STEP and each.step == 0 for each in expected
    ]
    first = found.checked[0]
    assert set(first.again) == set(first.received)
    assert all(each.agrees for each in found.checked)


def test_every_request_names_the_state_and_the_step_that_are_expected(
    expected, tmp_path
):
    worker = worker_with()
    examine.examine_session(worker, expected=expected, dtype="float32", folder=tmp_path)
    by_check = {
        check: [each for each in expected if each.check is check]
        for check in (Check.STEP, Check.PREDICTION, Check.TRAJECTORY)
    }
    sent = [
        (type(r).__name__, r.state, getattr(r, "step", None))
        for r in worker.requests[1:]
    ]
    first, later = by_check[Check.STEP]
    trajectory = by_check[Check.TRAJECTORY]
    assert sent == [
        ("TakeSnapshot", str(first.state), 0),
        ("TakeSnapshot", str(first.state), 0),
        ("TakeSnapshot", str(later.state), 8),
        *(("Predict", str(e.state), e.step) for e in by_check[Check.PREDICTION]),
        ("RunTrajectory", str(trajectory[0].state), None),
    ]
    assert worker.requests[-1].steps == STEPS
    assert worker.requests[-1].restarts == {
        step: str(state) for step, state in trajectory[-1].restarts.items()
    }
    assert set(worker.requests[-1].restarts) == {4, 8}


@pytest.mark.parametrize(
    ("changed", "failed", "position"),
    [
        (("TakeSnapshot", 1, "loss"), (Check.STEP, 0), 0),
        (("TakeSnapshot", 3, "gradient:hidden.weight"), (Check.STEP, 8), 1),
        (("Predict", 1, "prediction"), (Check.PREDICTION, 0), 2),
        (("Predict", 2, "parameter:output.weight"), (Check.PREDICTION, 8), 3),
        (("RunTrajectory", 1, "loss"), (Check.TRAJECTORY, 0), 4),
        (("RunTrajectory", 6, "loss"), (Check.TRAJECTORY, 5), 9),
    ],
)
def test_the_check_that_fails_is_returned_at_its_position(
    expected, tmp_path, changed, failed, position
):
    change, quantity = change_call(*changed, by=1.0), changed[-1]
    found = examine_with(change, expected=expected, folder=tmp_path)
    wrong = [
        (f.check, f.step, f.quantity)
        for f in found.findings
        if f.verdict == "disagrees" and f.check is not Check.DETERMINISM
    ]
    assert wrong == [(*failed, quantity)]
    assert (found.first.expected.check, found.first.expected.step) == failed
    reference = load_arrays(found.first.expected.arrays)[quantity]
    np.testing.assert_allclose(
        found.first.received[quantity] - reference, 1.0, rtol=1e-5
    )
    failing = [each for each in found.checked if not each.agrees]
    assert failing == [found.first]
    assert found.checked.index(found.first) == position


def test_only_the_first_of_several_failures_is_returned(expected, tmp_path):
    def change(_, arrays):
        return {name: array + 1.0 for name, array in arrays.items()}

    found = examine_with(change, expected=expected, folder=tmp_path)
    assert found.first.expected.check is Check.STEP
    assert found.first.expected.step == 0


def test_the_spread_of_two_repetitions_widens_the_tolerance_of_every_check(
    expected, tmp_path
):
    tolerance = expected[0].tolerance["loss"]

    def vary(by):
        return change_call("TakeSnapshot", 1, "loss", by=by * tolerance)

    within = examine_with(vary(1.5), expected=expected, folder=tmp_path / "a")
    assert within.first is None, "half of it is the variant's own spread"
    spread = {
        f.quantity: f.max_abs_error
        for f in within.findings
        if f.check is Check.DETERMINISM
    }
    assert spread["loss"] == pytest.approx(1.5 * tolerance, rel=1e-3)
    (repeated,) = [
        f
        for f in within.findings
        if (f.check, f.quantity) == (Check.DETERMINISM, "loss")
    ]
    assert repeated.expected == repeated.received + spread["loss"], "changed at first"
    widened = [f for f in within.findings if f.quantity == "loss"]
    for finding in widened:
        if finding.check is not Check.DETERMINISM:
            (own,) = [
                e.tolerance["loss"]
                for e in expected
                if (e.check, e.step) == (finding.check, finding.step)
            ]
            assert finding.tolerance == own + min(spread["loss"], own)
    beyond = examine_with(vary(2.5), expected=expected, folder=tmp_path / "b")
    assert beyond.first.expected.check is Check.STEP


def test_the_activations_of_a_step_are_keyed_by_quantity(expected, tmp_path):
    worker = worker_with()
    later = next(e for e in expected if e.check is Check.STEP and e.step == 8)
    found = examine.request_activations(worker, expected=later, folder=tmp_path)
    assert list(found) == ["activation:hidden", "activation:output"]
    reference = load_arrays(later.arrays)
    for name, array in found.items():
        np.testing.assert_allclose(array, reference[name], rtol=1e-5)
    assert (worker.requests[-1].state, worker.requests[-1].step) == (
        str(later.state),
        8,
    )
    assert not list(tmp_path.iterdir())


def test_a_worker_that_saves_nothing_has_failed(expected, tmp_path):
    worker = SimpleNamespace(request=lambda *_: messages.Done())
    for request in (
        examine.request_snapshot,
        examine.request_prediction,
        examine.request_activations,
    ):
        with pytest.raises(WorkerError, match="expected arrays in"):
            request(worker, expected=expected[0], folder=tmp_path)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut"])
def test_a_damaged_file_is_an_error_of_the_worker(tmp_path, content):
    path = tmp_path / "snapshot.npz"
    path.write_bytes(content)
    with pytest.raises(WorkerError, match=r"expected arrays in snapshot\.npz"):
        read_saved_arrays(path)


def test_a_file_is_deleted_once_it_is_read(tmp_path):
    path = tmp_path / "snapshot.npz"
    save_arrays(path, {"loss": np.ones(2)})
    np.testing.assert_array_equal(read_saved_arrays(path)["loss"], [1.0, 1.0])
    assert not path.exists()


def test_missing_tensors_are_not_compared_with_an_earlier_file(expected, tmp_path):
    save_arrays(tmp_path / "snapshot.npz", load_arrays(expected[0].arrays))
    worker = SimpleNamespace(request=lambda *_: messages.Done())
    examine.request_snapshot(worker, expected=expected[0], folder=tmp_path)
    with pytest.raises(WorkerError):
        examine.request_snapshot(worker, expected=expected[0], folder=tmp_path)


def test_a_workload_of_its_own_is_marked_as_such(expected, tmp_path):
    own = [replace(each, inputs=Inputs.WORKLOAD) for each in expected]
    found = examine_with(lambda _, arrays: arrays, expected=own, folder=tmp_path)
    assert {finding.inputs for finding in found.findings} == {Inputs.WORKLOAD}
