"""The training loop: zero_grad, backward and step in the wrong order."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array
from optax import GradientTransformation

jax.config.update("jax_enable_x64", True)

STEPS, RATE = 30, 0.5


# [step: start]
def start() -> tuple[Array, GradientTransformation]:
    """Return weights of zero and an optimizer for them."""
    return jnp.zeros((3, 1)), optax.sgd(RATE)


def squared_error(weight: Array, x: Array, y: Array) -> Array:
    """Return the mean squared error of the weighted sums."""
    return jnp.square(x @ weight - y).mean()


# [step: data]
def main() -> dict[str, object]:
    """Train in one right and three wrong orders; return all losses."""
    rng = np.random.default_rng(0)
    x = jnp.array(rng.standard_normal((32, 3)))  # (batch, inputs)
    y = x.sum(axis=1, keepdims=True)  # (batch, 1)
    right, stale, zeroed, summed = [], [], [], []
    loss_and_gradient = jax.value_and_grad(squared_error)

    # [step: right order]
    weight, optimizer = start()
    state = optimizer.init(weight)
    for _ in range(STEPS):
        loss, gradient = loss_and_gradient(weight, x, y)
        right.append(loss.item())
        update, state = optimizer.update(gradient, state)
        weight = optax.apply_updates(weight, update)

    # [step: step before backward]
    weight, optimizer = start()
    state = optimizer.init(weight)
    gradient = jnp.zeros_like(weight)
    for _ in range(STEPS):
        stale.append(squared_error(weight, x, y).item())
        update, state = optimizer.update(gradient, state)
        _, gradient = loss_and_gradient(weight, x, y)
        weight = optax.apply_updates(weight, update)

    # [step: zero before step]
    weight, optimizer = start()
    state = optimizer.init(weight)
    for _ in range(STEPS):
        loss, gradient = loss_and_gradient(weight, x, y)
        zeroed.append(loss.item())
        gradient = jnp.zeros_like(gradient)
        update, state = optimizer.update(gradient, state)
        weight = optax.apply_updates(weight, update)

    # [step: never zeroed]
    weight, optimizer = start()
    state = optimizer.init(weight)
    total = jnp.zeros_like(weight)
    for _ in range(STEPS):
        loss, gradient = loss_and_gradient(weight, x, y)
        summed.append(loss.item())
        total = total + gradient
        update, state = optimizer.update(total, state)
        weight = optax.apply_updates(weight, update)

    # [step: results]
    return {
        "right": right,
        "stale": stale,
        "zeroed": zeroed,
        "summed": summed,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
