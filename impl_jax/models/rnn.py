"""A tanh cell over sequences of any length, a head on its last state."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from impl_jax.layers import Net, dense


def rnn(net: Net, x: Array, *, units: int, **_: Any) -> Array:
    is_given = jnp.any(x != 0, 2)  # (N, T); padding is all zero
    state = jnp.zeros((len(x), units), x.dtype)
    for now in range(x.shape[1]):
        after = cell(net.at("cell"), x[:, now], state)  # (N, units)
        state = jnp.where(is_given[:, now, None], after, state)
    return dense(net.at("head"), state)  # (N, classes)


def cell(net: Net, x: Array, state: Array) -> Array:
    """Return tanh of a dense layer of the inputs and the state."""
    given, past = x @ net["input_weight"], state @ net["recurrent_weight"]
    return net.show(jnp.tanh(given + past + net["bias"]))  # (N, units)
