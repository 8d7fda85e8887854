"""Backward hooks: read and change gradients on their way back."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array

jax.config.update("jax_enable_x64", True)

LIMIT = 1.0


# [step: layer]
def make_layer() -> nnx.Linear:
    """Return a layer whose weights are known."""
    layer = nnx.Linear(
        3, 2, use_bias=False, param_dtype=jnp.float64, rngs=nnx.Rngs(0)
    )
    layer.kernel[...] = jnp.array([[1.0, -1.0], [2.0, 0.5], [3.0, 4.0]])
    return layer


# [step: change a gradient]
@jax.custom_vjp
def clipped(x: Array) -> Array:
    """Return x; its gradient is clipped on the way back."""
    return x


clipped.defvjp(lambda x: (x, None), lambda _, g: (jnp.clip(g, -LIMIT, LIMIT),))


# [step: forward]
def main() -> dict[str, object]:
    """Return gradients with and without a change on the way back."""
    x = jnp.array(np.arange(6.0).reshape(2, 3) / 4)
    layer = make_layer()

    # [step: read a gradient]
    def loss_of(outputs: Array, factor: float = 1.0) -> Array:
        return jnp.square(factor * outputs).sum()

    outputs, pull_back = jax.vjp(layer, x)  # (batch, 2)
    seen = jax.grad(loss_of)(outputs)
    (whole,) = pull_back(seen)

    # [step: clip]
    limited = jax.grad(lambda x: loss_of(clipped(layer(x))))(x)

    # [step: hook of a module]
    norms = []
    for factor in [1.0, 2.0]:
        upstream = jax.grad(loss_of)(layer(x), factor)
        norms.append(jnp.linalg.norm(upstream).item())

    # [step: remove]
    jax.grad(lambda x: loss_of(layer(x)))(x)

    # [step: results]
    return {
        "seen": seen,
        "whole": whole,
        "limited": limited,
        "norms": norms,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
