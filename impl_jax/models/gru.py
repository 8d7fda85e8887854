"""An embedding, a GRU over padded tokens, a linear head on its last state."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from impl_jax.layers import Net, dense, embedding


def gru(
    net: Net, tokens: Array, /, *, units: int, **_: Any
) -> Array:  # (N, T)
    is_token = tokens != 0  # 0 is padding, at the end of a sequence
    x = embedding(net.at("embedding"), tokens)  # (N, T, width)
    state = jnp.zeros((len(x), units), x.dtype)
    for now in range(x.shape[1]):
        after = cell(net.at("cell"), x[:, now], state)  # (N, units)
        # After its last token, a sequence keeps its state.
        state = jnp.where(is_token[:, now, None], after, state)
    return dense(net.at("head"), state)  # (N, classes)


def cell(net: Net, x: Array, state: Array) -> Array:
    """Return the next state. The gates are reset, update, candidate."""
    given = x @ net["input_weight"] + net["input_bias"]
    past = state @ net["recurrent_weight"] + net["recurrent_bias"]
    r, z, n = jnp.split(given, 3, 1)  # each (N, units)
    past_r, past_z, past_n = jnp.split(past, 3, 1)
    r, z = jax.nn.sigmoid(r + past_r), jax.nn.sigmoid(z + past_z)
    n = jnp.tanh(n + r * past_n)
    return net.show((1 - z) * n + z * state)  # (N, units)
