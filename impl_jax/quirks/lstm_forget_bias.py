"""LSTM forget-gate bias: initialised to 1 or around 0."""

from typing import Any

import jax.numpy as jnp
from flax import nnx
from jax import Array
from jax.nn.initializers import zeros


def starts_at_zero(
    x: Array, *, input_weight: Array, recurrent_weight: Array, bias: Array
) -> Array:
    return _run(x, input_weight, recurrent_weight, bias, bias_init=zeros)


def starts_at_one(
    x: Array, *, input_weight: Array, recurrent_weight: Array, bias: Array
) -> Array:
    def one_to_forget(key: Array, shape: Any, dtype: Any, **_: Any) -> Array:
        units = shape[0] // 4  # of the blocks input, forget, cell, output
        return jnp.zeros(shape, dtype).at[units : 2 * units].set(1)

    return _run(
        x, input_weight, recurrent_weight, bias, bias_init=one_to_forget
    )


def _run(
    x: Array,
    input_weight: Array,
    recurrent_weight: Array,
    bias: Array,
    *,
    bias_init: Any,
) -> Array:
    inputs, units = x.shape[-1], len(recurrent_weight)
    cell = nnx.OptimizedLSTMCell(
        inputs, units, bias_init=bias_init, rngs=nnx.Rngs(0)
    )
    cell.dense_i.kernel = nnx.Param(input_weight)
    cell.dense_h.kernel = nnx.Param(recurrent_weight)
    start = cell.dense_h.bias
    assert start is not None
    cell.dense_h.bias = nnx.Param(start + bias)
    state = jnp.zeros((len(x), units), x.dtype)
    carry = (state, state)
    for t in range(x.shape[1]):
        carry, state = cell(carry, x[:, t])
    return state  # the last one: (batch, units)
