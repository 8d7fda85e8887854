"""Mistakes in the update, planted and named."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from compare.numerics.arrays import load_arrays
from tests.agreement.causes.planting import names


def test_parameters_that_are_never_updated_are_named(mlp):
    def run(state, batch):
        now = mlp.step(state, batch)
        kept = {n: state[n] for n in ("layer1.weight", "layer3.bias")}
        return replace(now, parameters={**now.parameters, **kept})

    found = mlp.causes(run)
    assert names(found) == ["frozen_parameter"]
    assert found[0].explanation == "layer1.weight and layer3.bias are never updated"


def test_a_single_parameter_that_is_never_updated_is_named(cnn):
    def run(state, batch):
        now = cnn.step(state, batch)
        kept = {"head.weight": state["head.weight"]}
        return replace(now, parameters={**now.parameters, **kept})

    assert cnn.explanations(run) == ["head.weight is never updated"]


@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_another_learning_rate_is_named(cnn, factor):
    rate = factor * cnn.workload.optimizer.learning_rate

    def run(state, batch):
        now = cnn.step(state, batch)
        after = cnn.update(state, now.gradients, learning_rate=rate)
        return replace(now, parameters=after)

    (cause,) = cnn.causes(run)
    assert cause.name == "learning_rate"
    words = f"the learning rate is {factor:g} times the requested one"
    assert cause.explanation == words


def test_a_learning_rate_that_changes_late_is_named_with_its_step(mlp):
    rate = mlp.workload.optimizer.learning_rate
    single_steps = 3  # the first one is repeated
    calls = count()

    def run(state, batch):
        now = mlp.step(state, batch)
        used = rate / 10 if next(calls) >= single_steps + 3 else rate
        after = mlp.update(state, now.gradients, learning_rate=used)
        return replace(now, parameters=after)

    (cause,) = mlp.causes(run)
    assert cause.explanation == (
        "from step 3 of a trajectory on, the learning rate is 0.1 times the requested "
        "one"
    )


def same(one, other):
    return all(np.array_equal(one[name], p) for name, p in other.items())


def momentum(session, factor, *, is_nesterov, is_coupled=True):
    """Return a step with momentum; the velocity is lost when a state is loaded."""
    optimizer = session.workload.optimizer
    rate, decay = optimizer.learning_rate, optimizer.weight_decay
    starts = [load_arrays(each.state) for each in session.expected]
    velocity = {}

    def run(state, batch):
        now = session.step(state, batch)
        if any(same(state, start) for start in starts):
            velocity.clear()
        after = {}
        for name, g in now.gradients.items():
            whole = g + decay * state[name] if is_coupled else g
            velocity[name] = factor * velocity.get(name, 0.0) + whole
            used = whole + factor * velocity[name] if is_nesterov else velocity[name]
            apart = 0.0 if is_coupled else decay * state[name]
            after[name] = state[name] - rate * (used + apart)
        return replace(now, parameters=after)

    return run


@pytest.mark.parametrize(
    ("title", "is_nesterov"), [("momentum", False), ("Nesterov momentum", True)]
)
@pytest.mark.parametrize("is_coupled", [True, False])
def test_momentum_is_named_with_its_factor(cnn, title, is_nesterov, is_coupled):
    run = momentum(cnn, 0.5, is_nesterov=is_nesterov, is_coupled=is_coupled)
    found = cnn.causes(run)
    assert names(found) == ["momentum"]
    assert found[0].explanation == f"{title} of 0.5 is used"


def test_momentum_that_survives_the_loading_of_parameters_is_named(adam):
    """The state of Adam is kept from one check to the next."""
    memory = {}

    def run(state, batch):
        now = adam.workload.reference(state, batch, memory=dict(memory))
        memory.update(now.memory)
        return now

    (cause,) = adam.causes(run, is_called_twice=True)
    assert cause.name == "optimizer_not_reset"
    words = "the optimizer's state was not reset when the parameters were loaded"
    assert cause.explanation == words
