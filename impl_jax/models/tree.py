"""A recursive network over the parse tree of a batch, with a linear head."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from impl_jax.layers import Net, dense


def tree(net: Net, inputs: tuple[Array, Array], **_: Any) -> Array:
    x, rows = inputs  # (N, leaves, features), (nodes, 3)
    encoded = jnp.tanh(dense(net.at("leaf"), x))
    leaves = encoded.transpose(1, 0, 2)  # (leaves, N, width)
    in_graph = isinstance(rows, jax.core.Tracer)
    run = run_in_order if in_graph else run_in_python
    return dense(net.at("head"), run(net.at("combine"), leaves, rows))


def run_in_python(net: Net, leaves: Array, rows: Array) -> Array:
    """Return the state of the root, operands first."""
    states = list(leaves)
    for operator, left, right in rows.tolist():
        operands = jnp.stack([states[left], states[right]])
        states.append(combine(net, operands, operator))
    return states[-1]


def run_in_order(net: Net, leaves: Array, rows: Array) -> Array:
    """Return the state of the root; a graph does not contain the tree."""
    count, first = len(rows), len(leaves)
    room = jnp.zeros((count, *leaves.shape[1:]), leaves.dtype)
    states = jnp.concatenate([leaves, room])

    def advance(states: Array, numbered: Any) -> tuple[Array, None]:
        number, (operator, left, right) = numbered
        operands = jnp.stack([states[left], states[right]])
        state = combine(net, operands, operator)
        return states.at[first + number].set(state), None

    states, _ = jax.lax.scan(advance, states, (jnp.arange(count), rows))
    return states[-1]


def combine(net: Net, operands: Array, operator: Any) -> Array:
    """Return tanh of a dense layer of two operands; each operator has one."""
    weights = net["weights"][operator]  # (2, width, width)
    z = (operands @ weights).sum(0)  # (N, width)
    return jnp.tanh(z + net["biases"][operator])
