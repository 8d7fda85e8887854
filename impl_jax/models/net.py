"""A net that is described layer by layer; see `compare.workloads.net`."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
from jax import Array

from impl_jax.layers import Net, batch_norm, conv, dense, normalize_last

Shape = Sequence[int]


def net(
    net: Net, x: Array, *, layers: Sequence[tuple[str, Shape, Shape]]
) -> Array:
    for number, (kind, sizes, _) in enumerate(layers):
        x = LAYERS[kind](net.at(f"layer{number}"), x, sizes)
    return x


def attention(net: Net, x: Array) -> Array:  # (N, T, width)
    """Return scaled dot-product attention with one head."""
    query, key, value = (
        dense(net.at(name), x) for name in ("query", "key", "value")
    )
    scores = query @ key.swapaxes(1, 2) * x.shape[-1] ** -0.5
    return net.show(jax.nn.softmax(scores) @ value)


def pool(
    x: Array, size: int, start: float, join: Callable[..., Array]
) -> Array:
    """Return the joined numbers of each window, without overlap."""
    window = (1, size, size, 1)
    # JAX differentiates a maximum only if its start is a number of NumPy.
    first = x.dtype.type(start)
    return jax.lax.reduce_window(x, first, join, window, window, "VALID")


def function(call: Callable[[Array], Array]) -> Callable[..., Array]:
    """Return a function without parameters as a layer."""
    return lambda net, x, _: net.show(call(x))


LAYERS: dict[str, Callable[[Net, Array, Shape], Array]] = {
    "conv": lambda net, x, sizes: conv(net, x, stride=sizes[2]),
    "batch_norm": lambda net, x, _: batch_norm(net, x),
    "avg_pool": lambda _, x, sizes: (
        pool(x, sizes[0], 0.0, jax.lax.add) / sizes[0] ** 2
    ),
    "max_pool": lambda _, x, sizes: pool(x, sizes[0], -jnp.inf, jax.lax.max),
    "global_pool": function(lambda x: x.mean((1, 2))),
    "mean_position": function(lambda x: x.mean(1)),
    "flatten": function(lambda x: x.reshape(len(x), -1)),
    "sequence": lambda _, x, sizes: x.reshape(len(x), sizes[0], -1),
    "attention": lambda net, x, _: attention(net, x),
    "dense": lambda net, x, _: dense(net, x),
    "residual": lambda net, x, _: net.show(x + dense(net, x)),
    "layer_norm": function(normalize_last),
    "softmax": function(jax.nn.softmax),
    "relu": function(jax.nn.relu),
    "tanh": function(jnp.tanh),
    "sigmoid": function(jax.nn.sigmoid),
    "gelu": function(lambda x: jax.nn.gelu(x, approximate=False)),
    "leaky_relu": function(lambda x: jax.nn.leaky_relu(x, 2.0**-6)),
    "softplus": function(jax.nn.softplus),
}
