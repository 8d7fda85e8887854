"""LSTM gate order: forget gate second or third."""

import jax.numpy as jnp
from flax import nnx
from jax import Array


def forget_second(
    x: Array, *, input_weight: Array, recurrent_weight: Array, bias: Array
) -> Array:
    inputs, units = x.shape[-1], len(recurrent_weight)
    cell = nnx.OptimizedLSTMCell(inputs, units, rngs=nnx.Rngs(0))
    cell.dense_i.kernel = nnx.Param(input_weight)
    cell.dense_h.kernel = nnx.Param(recurrent_weight)
    cell.dense_h.bias = nnx.Param(bias)
    state = jnp.zeros((len(x), units), x.dtype)
    carry = (state, state)
    for t in range(x.shape[1]):
        carry, state = cell(carry, x[:, t])
    return state  # the last one: (batch, units)


def forget_third(
    x: Array, *, input_weight: Array, recurrent_weight: Array, bias: Array
) -> Array:
    return forget_second(
        x,
        input_weight=_swapped(input_weight),
        recurrent_weight=_swapped(recurrent_weight),
        bias=_swapped(bias),
    )


def _swapped(blocks: Array) -> Array:
    i, second, third, o = jnp.split(blocks, 4, axis=-1)
    return jnp.concatenate((i, third, second, o), axis=-1)
