"""Modules that the program of a batch puts in an order, and a linear head."""

from typing import Any

import jax.numpy as jnp
from jax import Array

from impl_jax.layers import Net, dense


def modular(net: Net, inputs: tuple[Array, Array], **_: Any) -> Array:
    x, program = inputs  # (N, width), (depth,)
    bank = net.at("bank")
    # A graph must not contain the program: it serves every batch.
    weights = bank["weights"][program]  # (depth, width, width)
    biases = bank["biases"][program]  # (depth, width)
    for place in range(len(program)):
        x = jnp.tanh(x @ weights[place] + biases[place])  # (N, width)
    return dense(net.at("head"), bank.show(x))  # (N, outputs)
