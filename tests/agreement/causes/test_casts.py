"""Casts to narrower formats, planted and named."""

from __future__ import annotations

from dataclasses import replace

import ml_dtypes
import numpy as np
import pytest
from autograd.extend import defvjp, primitive

from tests.agreement.causes.planting import names

KINDS = {
    "float32": np.float32,
    "bfloat16": ml_dtypes.bfloat16,
    "float16": np.float16,
}


def cast(array, dtype):
    return np.asarray(array).astype(KINDS[dtype]).astype("float64")


@primitive
def traced_cast(array, dtype):
    return cast(array, dtype)


defvjp(traced_cast, lambda _, __, dtype: lambda g: traced_cast(g, dtype), None)


@pytest.fixture(params=KINDS)
def dtype(request):
    return request.param


def expect(session, run, words, dtype):
    """Require one cause, in these words."""
    found = session.causes(run)
    assert [cause.explanation for cause in found] == [words]
    assert names(found) == [f"{dtype}_rounding"]


def test_inputs_that_are_cast_are_named(mlp, dtype):
    def run(state, batch):
        return mlp.step(state, {**batch, "inputs": cast(batch["inputs"], dtype)})

    expect(mlp, run, f"inputs are cast to {dtype}", dtype)


def test_a_loss_that_is_cast_is_named(mlp, dtype):
    def run(state, batch):
        now = mlp.step(state, batch)
        return replace(now, loss=cast(now.loss, dtype))

    expect(mlp, run, f"the loss is cast to {dtype}", dtype)


def test_gradients_that_are_cast_are_named(mlp, dtype):
    def run(state, batch):
        now = mlp.step(state, batch)
        return mlp.end(
            state, now, {n: cast(g, dtype) for n, g in now.gradients.items()}
        )

    expect(mlp, run, f"gradients are cast to {dtype}", dtype)


def test_gradients_that_are_cast_for_the_update_are_named(mlp, dtype):
    def run(state, batch):
        now = mlp.step(state, batch)
        rounded = {n: cast(g, dtype) for n, g in now.gradients.items()}
        return replace(now, parameters=mlp.update(state, rounded))

    expect(mlp, run, f"gradients are cast to {dtype} for the update", dtype)


def test_updated_parameters_that_are_cast_are_named(mlp, dtype):
    def run(state, batch):
        now = mlp.step(state, batch)
        after = {name: cast(p, dtype) for name, p in now.parameters.items()}
        return replace(now, parameters=after)

    expect(mlp, run, f"updated parameters are cast to {dtype}", dtype)


@pytest.mark.parametrize(
    ("which", "verb"), [("layer2.weight", "is"), ("all parameters", "are")]
)
def test_parameters_that_are_cast_where_they_are_used_are_named(
    mlp, which, verb, dtype
):
    def use(arrays):
        meant = arrays if which == "all parameters" else [which]
        return {n: cast(a, dtype) if n in meant else a for n, a in arrays.items()}

    def run(state, batch):
        now = mlp.step(use(state), batch)
        return mlp.end(state, now, use(now.gradients))

    expect(mlp, run, f"{which} {verb} cast to {dtype} where used", dtype)


def test_a_parameter_that_is_cast_when_it_is_loaded_is_named(mlp, dtype):
    def run(state, batch):
        name = "layer1.weight"
        return mlp.step({**state, name: cast(state[name], dtype)}, batch)

    expect(mlp, run, f"layer1.weight is cast to {dtype} when loaded", dtype)


def test_the_output_of_a_layer_that_is_cast_is_named(mlp, dtype):
    def output(name, z):
        return traced_cast(z, dtype) if name == "layer2" else z

    def run(state, batch):
        return mlp.run_network(state, batch, output=output)

    expect(mlp, run, f"the output of layer2 is cast to {dtype}", dtype)


@pytest.mark.parametrize("narrow", ["bfloat16", "float16"])
def test_autocast_is_named(mlp, narrow):
    def rounded(_, array):
        return traced_cast(array, narrow)

    (cause,) = mlp.causes(
        lambda state, batch: mlp.run_network(
            state, batch, operand=rounded, output=rounded
        )
    )
    assert cause.name == "autocast"
    assert cause.explanation == f"layers compute in {narrow} (autocast)"
