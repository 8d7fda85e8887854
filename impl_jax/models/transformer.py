"""An encoder: embedded tokens, two blocks with attention, a linear head."""

from typing import Any

import jax
from jax import Array

from impl_jax.layers import Net, dense, embedding, layer_norm


def transformer(
    net: Net, tokens: Array, /, *, heads: int, dropout: float, **_: Any
) -> Array:  # (N, T)
    if dropout:
        raise NotImplementedError("impl_jax has no dropout")
    x = embedding(net.at("embedding"), tokens) + net["positions"]
    x = block(net.at("block1"), x, heads=heads)  # (N, T, width)
    x = block(net.at("block2"), x, heads=heads)
    x = layer_norm(net.at("norm"), x).mean(1)  # (N, width)
    return dense(net.at("head"), x)  # (N, classes)


def block(net: Net, x: Array, *, heads: int) -> Array:
    """Return attention and two dense layers, each added to its input."""
    y = layer_norm(net.at("norm1"), x)
    x = x + attention(net.at("attention"), y, heads=heads)  # (N, T, width)
    y = dense(net.at("hidden"), layer_norm(net.at("norm2"), x))
    y = jax.nn.gelu(y, approximate=False)  # (N, T, 4 width)
    return net.show(x + dense(net.at("output"), y))


def attention(net: Net, x: Array, *, heads: int) -> Array:
    """Return the values of all tokens, weighted for each token."""

    def split(name: str) -> Array:  # (N, heads, T, width / heads)
        y = dense(net.at(name), x)
        return y.reshape(*y.shape[:2], heads, -1).transpose(0, 2, 1, 3)

    query, key, value = map(split, ("query", "key", "value"))
    scores = query @ key.swapaxes(2, 3) / query.shape[3] ** 0.5
    y = jax.nn.softmax(scores) @ value  # (N, heads, T, width / heads)
    y = y.transpose(0, 2, 1, 3).reshape(x.shape)
    return net.show(dense(net.at("mixed"), y))  # (N, T, width)
