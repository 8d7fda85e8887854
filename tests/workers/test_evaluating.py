"""An eager session as the reference of its workload."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np

from compare.contract import Snapshot
from compare.numerics.arrays import save_arrays
from compare.workers import evaluating, messages

STATE = {"first": np.array([0.5, -1.0]), "second": np.array([2.0])}


class DrawingSession:
    """Its results depend on the draws since the state was loaded."""

    draws = 0

    def load(self, parameters):
        self.now, self.draws = dict(parameters), 0

    def set_parameters(self, parameters):
        self.now = dict(parameters)

    def parameters(self):
        return self.now

    def predict(self, batch):
        self.draws += 1
        return np.array(self.draws)

    def activations(self, batch):
        self.draws += 1
        return {"layer": np.array([self.draws]), "mask": np.array([-np.inf])}

    def step(self, batch):
        self.draws += 1
        return np.array(float(self.draws))

    def read_loss(self, loss):
        return loss

    def snapshot(self, batch):
        loss = self.step(batch)
        return Snapshot(loss=loss, gradients={}, parameters=self.now)


def test_every_part_of_a_step_starts_from_the_same_random_state(tmp_path):
    save_arrays(tmp_path / "state-0.npz", STATE)
    request = SimpleNamespace(save_in=str(tmp_path), restart=4, states=[0])
    run = evaluating.ReferenceRun(
        session=DrawingSession(), batches=[None], request=request
    )
    *_, alone = run.evaluate(nullcontext)
    assert alone.tensors["loss"] == 1
    assert alone.tensors["prediction"] == 1


class FailingSession:
    def activations(self, batch):
        raise TypeError("a layer returns no tensor")


def test_layers_are_not_compared_where_a_model_does_not_run_with_hooks():
    assert evaluating.read_activations(FailingSession(), None) == {}


class ConstantLayers:
    def activations(self, batch):
        return {
            "layer": np.array([1.0]),
            "mask": np.array([-np.inf]),
            "indices": np.array([1]),
        }


def test_outputs_that_are_not_finite_numbers_are_not_compared():
    found = evaluating.read_activations(ConstantLayers(), None)
    assert list(found) == ["activation:layer"]


class Cubes(DrawingSession):
    """The loss is a sum of cubes; the gradient of one parameter may be wrong."""

    wrong = ""

    def step(self, batch):
        return sum((array**3).sum() for array in self.now.values())

    def snapshot(self, batch):
        gradients = {name: 3 * array**2 for name, array in self.now.items()}
        if self.wrong:
            gradients[self.wrong] *= 0.9
        return Snapshot(loss=self.step(batch), gradients=gradients, parameters={})

    def place(self, batch):
        return batch


def check(session):
    workload = SimpleNamespace(
        parameters=lambda dtype: dict(STATE), batches=lambda dtype: iter([None])
    )
    request = messages.CheckGradient(directions=2, seed=0, dtype="float64")
    return evaluating.check_gradient(session, workload, request).found


def test_a_correct_gradient_needs_no_single_parameters():
    assert [each.tensor for each in check(Cubes())] == ["", ""]


def test_parameters_are_moved_one_by_one_where_a_gradient_is_wrong():
    session = Cubes()
    session.wrong = "first"
    found = check(session)
    wrong = [each.tensor for each in found if evaluating.is_clearly_wrong(each)]
    assert [each.tensor for each in found] == ["", "", "second", "first"]
    assert wrong[-1] == "first"
    assert "second" not in wrong
