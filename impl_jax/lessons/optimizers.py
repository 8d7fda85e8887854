"""Optimizers: momentum, Adam, AdamW and a learning-rate schedule."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import optax
from optax import GradientTransformation, adam, adamw, sgd

jax.config.update("jax_enable_x64", True)

STEPS, RATE, DECAY = 40, 0.125, 0.5
START, SCALES = [4.0, 4.0], [0.5, 8.0]


# [step: loss]
def loss_of(w: jax.Array) -> jax.Array:
    """Return a quadratic: flat along one axis, steep along the other."""
    return (jnp.array(SCALES) * jnp.square(w)).sum() / 2


# [step: adam by formula]
def by_formula(decay: float) -> jax.Array:
    """Return the path of Adam; with a decay, of AdamW."""
    w = jnp.array(START)
    m, v = jnp.zeros_like(w), jnp.zeros_like(w)
    path = []
    for step in range(1, STEPS + 1):
        gradient = jax.grad(loss_of)(w)
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * jnp.square(gradient)
        mean, square = m / (1 - 0.9**step), v / (1 - 0.999**step)
        w = w - RATE * (mean / (jnp.sqrt(square) + 1e-8) + decay * w)
        path.append(w)
    return jnp.stack(path)  # (steps, 2)


# [step: optimizer of the library]
def by_library(
    kind: Callable[..., GradientTransformation], **options: float
) -> jax.Array:
    """Return the path of an optimizer of the library."""
    w = jnp.array(START)
    optimizer = kind(RATE, **options)
    state = optimizer.init(w)
    path = []
    for _ in range(STEPS):
        gradient = jax.grad(loss_of)(w)
        update, state = optimizer.update(gradient, state, w)
        w = optax.apply_updates(w, update)
        path.append(w)
    return jnp.stack(path)  # (steps, 2)


# [step: plain and momentum]
def main() -> dict[str, object]:
    """Return the path of each optimizer, and the rates of a schedule."""
    plain = by_library(sgd)
    momentum = by_library(sgd, momentum=0.75)

    # [step: adam]
    exact, with_decay = by_formula(0.0), by_formula(DECAY)
    library = by_library(adam, eps=1e-8)
    decayed = by_library(adamw, eps=1e-8, weight_decay=DECAY)

    # [step: created after backward]
    w = jnp.array(START)
    gradient = jax.grad(loss_of)(w)
    optimizer = sgd(RATE)
    update, _ = optimizer.update(gradient, optimizer.init(w))
    late = optax.apply_updates(w, update)

    # [step: schedule]
    schedule = optax.exponential_decay(RATE, 1, decay_rate=0.5)
    optimizer = optax.inject_hyperparams(sgd)(schedule)
    state, rates = optimizer.init(w), []
    for _ in range(4):
        _, state = optimizer.update(gradient, state)
        rates.append(state.hyperparams["learning_rate"].item())

    # [step: results]
    return {
        "plain": plain,
        "momentum": momentum,
        "adam": exact,
        "adamw": with_decay,
        "adam_deviation": jnp.abs(library - exact).max(),
        "adamw_deviation": jnp.abs(decayed - with_decay).max(),
        "late": late,
        "rates": rates,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
