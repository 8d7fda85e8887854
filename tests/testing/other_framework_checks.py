"""Properties of assertions on TensorFlow, JAX and pairs of frameworks.

They run in a process that imports all; `test_agreement.py` reports each.
"""

from __future__ import annotations

import copy
import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import jax
import jax.numpy as jnp
import keras
import numpy as np
import tensorflow as tf
import torch
from flax import nnx

from compare.errors import UsageError
from compare.runs.words import Verdict
from compare.testing import (
    assert_agrees,
    assert_compiles,
    compare_functions,
    inspect_captures,
)
from compare.workloads import build
from impl_jax.session import Session as JaxSession
from impl_tf.session import Session as TfSession
from impl_torch.session import Session as TorchSession
from tests.support.properties import check_properties, describe_missing_error

X = np.random.default_rng(0).standard_normal((5, 8)).astype("float32")


def _model(eps=1e-3):
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.layers.Input((8,)),
            keras.layers.Dense(16, activation="tanh"),
            keras.layers.LayerNormalization(epsilon=eps),
            keras.layers.Dense(4),
        ]
    )


def keras_models_are_built_again_in_float64():
    found = assert_agrees(_model(), _model(), X)
    assert not found.checks[0].not_run


def another_epsilon_of_a_keras_layer_is_found():
    found = compare_functions(_model(), _model(eps=1e-4), X)
    assert found.failed.dtype == "float64"
    assert keras.config.dtype_policy().name == "float32"


def a_captured_keras_model_agrees_and_keeps_its_variables():
    model = _model()
    before = [v.numpy().copy() for v in model.variables]
    found = assert_agrees(model, tf.function(model), X)
    assert "keeps the dtype float32" in found.checks[0].not_run
    for variable, value in zip(model.variables, before, strict=True):
        np.testing.assert_array_equal(variable.numpy(), value)


def a_function_that_was_captured_before_is_compared():
    model = _model()
    captured = tf.function(model.__call__)
    captured(tf.constant(X))
    assert_agrees(model, captured, X)


def a_wrong_gradient_of_tensorflow_is_found():
    @tf.custom_gradient
    def square(x):
        return x * x, lambda upstream: upstream * x

    found = compare_functions(lambda x: x * x, square, tf.constant(X))
    assert "gradient" in str(found.failed.first_difference.quantity)


def a_wrong_gradient_of_a_power_is_found():
    @tf.custom_gradient
    def square(x):
        return x**2, lambda upstream: upstream * 3 * x

    x = tf.constant(X)
    assert_agrees(lambda x: tf.reduce_mean(x**2), lambda x: tf.reduce_mean(x * x), x)
    found = compare_functions(lambda x: tf.identity(x**2), square, x)
    assert "gradient" in str(found.failed.first_difference.quantity)


def slots_that_a_step_creates_are_reset():
    weight = tf.Variable(tf.ones((8, 4)))
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9)

    def step(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(x @ weight))
        optimizer.apply_gradients([(tape.gradient(loss, weight), weight)])
        return loss

    assert_agrees(step, step, [X, X])
    assert not any(np.any(v.numpy()) for v in optimizer.variables if v.ndim)


def recaptures_are_counted_in_functions_that_were_called_before():
    calls = [tf.constant(X), tf.constant(X[:2])]
    for double in (tf.function(lambda x: 2 * x), jax.jit(lambda x: 2 * x)):
        own = [jnp.asarray(x) if "Pjit" in str(type(double)) else x for x in calls]
        for x in own:
            double(x)
        assert_compiles(double, own, recompiles=1)


def one_tensor_that_is_passed_twice_has_two_gradients():
    twice = (torch.from_numpy(X),) * 2
    assert_agrees(
        lambda q, k: torch.relu(q * k), lambda q, k: jnp.maximum(q * k, 0), twice
    )


def models_of_flax_with_draws_and_statistics_are_captured():
    layers = nnx.Linear(8, 4, rngs=nnx.Rngs(0)), nnx.Dropout(0.5, rngs=nnx.Rngs(1))
    model = nnx.Sequential(*layers)
    model.eval()
    assert_agrees(model, model, X)
    norm = nnx.BatchNorm(8, rngs=nnx.Rngs(0))
    for captured in (norm, nnx.jit(lambda x: 2 * x)):
        assert_compiles(captured, jnp.asarray(X))


def a_function_that_fails_in_trials_is_still_compared():
    def scanned(x):
        return jax.lax.scan(lambda c, row: (c + row, c), x[0], x[:0])[0]

    assert_agrees(scanned, lambda x: x[0] * 1.0, X)


def a_python_call_in_a_graph_is_counted():
    @tf.function
    def calls_python(x):
        return tf.numpy_function(np.tanh, [x], tf.float32)

    assert_compiles(calls_python, tf.constant(X), breaks=1)


def retraces_are_counted():
    @tf.function
    def double(x):
        return 2 * x

    assert_compiles(double, [tf.constant(X), tf.constant(X)])
    calls = [tf.constant(X), tf.constant(X[:2])]
    assert_compiles(double, calls, recompiles=1)


def jax_models_agree_with_their_captured_form():
    model = nnx.Sequential(
        nnx.Linear(8, 16, rngs=nnx.Rngs(0)),
        nnx.gelu,
        nnx.Linear(16, 4, rngs=nnx.Rngs(1)),
    )
    found = assert_agrees(model, nnx.jit(model), X)
    assert not found.checks[0].not_run


def a_model_that_changes_its_state_in_jax_is_compared_and_restored():
    norm = nnx.BatchNorm(8, rngs=nnx.Rngs(0))
    before = np.array(norm.mean[...])
    assert_agrees(norm, copy.deepcopy(norm), X)
    np.testing.assert_array_equal(norm.mean[...], before)


def a_branch_that_jax_cannot_capture_is_reported_with_its_line():
    def branch(x):
        return x if x.sum() > 0 else -x

    found = inspect_captures(branch, jnp.asarray(X))
    assert found.is_refused
    assert found.breaks[0].file == __file__


def a_new_shape_makes_jax_capture_again():
    assert_compiles(lambda x: x * 2, [jnp.asarray(X), jnp.asarray(X[:2])], recompiles=1)


def loops_of_jax_are_bounded():
    def scanned(x):
        return jax.lax.scan(lambda c, row: (c * 0.9 + row, c), jnp.zeros_like(x[0]), x)[
            0
        ]

    def unrolled(x):
        total = jnp.zeros_like(x[0])
        for row in x:
            total = row + 0.9 * total
        return total

    assert_agrees(scanned, unrolled, jnp.asarray(X))


def three_frameworks_agree_on_softmax_and_its_gradient():
    one = torch.nn.functional.softmax
    for other in (tf.nn.softmax, jax.nn.softmax):
        found = assert_agrees(lambda x: one(x, dim=-1), lambda x, f=other: f(x), X)
        quantities = [str(r.quantity) for r in found.checks[0].results]
        assert quantities == ["output", "gradient of the input 0"]


def another_axis_in_another_framework_is_found():
    for other in (tf.nn.softmax, jax.nn.softmax):
        found = compare_functions(
            lambda x: torch.softmax(x, 0), lambda x, f=other: f(x), X
        )
        assert found.verdict is Verdict.DISAGREES


def a_function_of_two_frameworks_is_refused():
    def both(x):
        return tf.constant(torch.ones(2).numpy())

    return describe_missing_error(
        UsageError, lambda: assert_agrees(both, both, X), "PyTorch and TensorFlow"
    )


def sessions_of_three_frameworks_agree_step_by_step():
    workload = build("two_layer", {"batch": 8, "inputs": 6, "hidden": 5, "outputs": 3})
    options = {"mode": "eager", "device": "cpu", "dtype": "float32"}
    torch_session = TorchSession(workload, **options)
    batches = [b for b, _ in zip(workload.batches("float32"), range(2), strict=False)]
    for make in (TfSession, JaxSession):
        found = assert_agrees(torch_session, make(workload, **options), batches)
        names = {r.quantity.name for r in found.checks[-1].results}
        assert "loss" in names


def a_session_with_another_rate_is_found():
    sizes = {"batch": 8, "inputs": 6, "hidden": 5, "outputs": 3}
    options = {"mode": "eager", "device": "cpu", "dtype": "float32"}
    one, other = (
        build("two_layer", sizes),
        build("two_layer", sizes | {"learning_rate": 2e-3}),
    )
    batches = [b for b, _ in zip(one.batches("float32"), range(2), strict=False)]
    found = compare_functions(
        TorchSession(one, **options), TfSession(other, **options), batches
    )
    assert "updated" in str(found.failed.first_difference.quantity)


if __name__ == "__main__":
    print(json.dumps(check_properties(globals())))
