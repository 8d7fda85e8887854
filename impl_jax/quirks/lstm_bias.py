"""LSTM bias: two vectors (bias_ih and bias_hh) or one."""

import jax
import jax.numpy as jnp
from flax import nnx
from jax import Array


def both_learn(
    x: Array,
    *,
    input_weight: Array,
    recurrent_weight: Array,
    biases: Array,
) -> Array:
    inputs, units = x.shape[-1], len(recurrent_weight)
    cell = nnx.OptimizedLSTMCell(inputs, units, rngs=nnx.Rngs(0))
    cell.dense_i.kernel = nnx.Param(input_weight)
    cell.dense_h.kernel = nnx.Param(recurrent_weight)
    cell.dense_h.bias = nnx.Param(biases[0] + biases[1])
    state = jnp.zeros((len(x), units), x.dtype)
    carry = (state, state)
    for t in range(x.shape[1]):
        carry, state = cell(carry, x[:, t])
    return state  # the last one: (batch, units)


def one_learns(
    x: Array,
    *,
    input_weight: Array,
    recurrent_weight: Array,
    biases: Array,
) -> Array:
    fixed = jax.lax.stop_gradient(biases[1])
    return both_learn(
        x,
        input_weight=input_weight,
        recurrent_weight=recurrent_weight,
        biases=jnp.stack((biases[0], fixed)),
    )
