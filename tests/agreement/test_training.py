"""Tests of the checks on the last step of a training and its validation."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from compare.agreement import training
from compare.runs.words import Check
from tests.support.in_process import CheckedSession, small_cnn, train


@pytest.fixture(scope="module")
def workload(tmp_path_factory):
    return small_cnn(tmp_path_factory.mktemp("data"))


def examine(session, folder):
    train(session, folder=folder)
    return check(session.workload, folder)


def check(workload, folder):
    last = training.find_last_step(workload, dtype="float64")
    return training.examine_training(
        workload, last=last, dtype="float64", folder=folder
    )


def disagreeing(findings):
    return {
        (f.check, f.quantity.partition(":")[0])
        for f in findings
        if f.verdict == "disagrees"
    }


def test_a_correct_training_agrees_in_its_last_step_and_its_validation(
    workload, tmp_path
):
    findings = examine(CheckedSession(workload), tmp_path)
    assert {f.verdict for f in findings} == {"agrees"}
    assert {f.check for f in findings} == {Check.TRAINING, Check.VALIDATION}
    compared = {f.quantity for f in findings}
    assert {"loss", "prediction", "metric:loss", "metric:accuracy"} <= compared
    last = workload.epochs * sum(1 for _ in workload.batches("float64")) - 1
    assert {f.step for f in findings} == {last}


def test_an_update_that_is_skipped_from_some_step_on_is_found_in_the_last_step(
    workload, tmp_path
):
    class Skipping(CheckedSession):
        steps = 0

        def step(self, batch):
            self.steps += 1
            before = dict(self.now)
            loss = super().step(batch)
            if self.steps > 20:
                self.now = before
            return loss

    found = disagreeing(examine(Skipping(workload), tmp_path))
    assert (Check.TRAINING, "parameter") in found


def test_wrong_outputs_of_the_validation_are_found(workload, tmp_path):
    class Biased(CheckedSession):
        def predict(self, batch):
            return super().predict(batch) + 1e-9

    found = disagreeing(examine(Biased(workload), tmp_path))
    assert (Check.VALIDATION, "prediction") in found


def test_a_prediction_that_changes_parameters_is_found(workload, tmp_path):
    class Training(CheckedSession):
        def predict(self, batch):
            outputs = super().predict(batch)
            self.step(batch)
            return outputs

    found = disagreeing(examine(Training(workload), tmp_path))
    assert found == {(Check.VALIDATION, "parameter")}


@pytest.mark.parametrize("metric", ["loss", "accuracy"])
def test_a_wrong_metric_is_found(workload, tmp_path, metric, monkeypatch):
    session = CheckedSession(workload)
    train(session, folder=tmp_path)
    path = tmp_path / "validation.npz"
    arrays = dict(training.load_arrays(path))
    arrays[f"metric:{metric}"] = arrays[f"metric:{metric}"] * (1 - 1e-6)
    training.save_arrays(path, arrays)
    findings = check(workload, tmp_path)
    assert disagreeing(findings) == {(Check.VALIDATION, "metric")}


def accuracy_of_gap(workload, trained, folder, *, gap):
    """Return the findings on prediction and accuracy if all samples have this gap.

    Without weights, the outputs of every sample are the biases of the last layer.
    """
    shutil.copytree(trained, folder)
    last = dict(training.load_arrays(folder / "last.npz"))
    for name in [n for n in last if n.startswith("parameter:")]:
        last[name] = np.zeros_like(last[name])
    last["parameter:head.bias"][:2] = 1.0, 1.0 + gap
    training.save_arrays(folder / "last.npz", last)
    return {
        f.quantity: f for f in check(workload, folder) if f.check is Check.VALIDATION
    }


def test_samples_within_twice_the_tolerance_may_change_their_class(workload, tmp_path):
    trained = tmp_path / "trained"
    train(CheckedSession(workload), folder=trained)
    wide = accuracy_of_gap(workload, trained, tmp_path / "0", gap=1e-3)
    assert wide["metric:accuracy"].tolerance == 0.0
    assert wide["metric:accuracy"].floors == float("inf")
    tolerance = wide["prediction"].tolerance
    assert 0 < tolerance < 1e-4
    for number, (times, share) in enumerate([(0, 1.0), (1.6, 1.0), (2.4, 0.0)], 1):
        found = accuracy_of_gap(
            workload, trained, tmp_path / str(number), gap=times * tolerance
        )
        assert found["metric:accuracy"].tolerance == share
