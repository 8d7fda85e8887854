"""Gradient accumulation: gradients add up until they are zeroed."""

import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)

INPUTS, RATE, STEPS = (1.0, 2.0), 0.6, 14


# [step: descent]
def descent(*, zeroed: bool) -> list[float]:
    """Minimise (w * x)**2 / 2 for alternating inputs; return the weights."""
    slope = jax.grad(lambda w, x: jnp.square(w * x) / 2)
    w, total = jnp.array(1.0), jnp.array(0.0)
    path = [w.item()]
    for step in range(STEPS):
        x = INPUTS[step % 2]
        if zeroed:
            total = jnp.array(0.0)
        total = total + slope(w, x)
        w = w - RATE * total
        path.append(w.item())
    return path


# [step: recurrence]
def recurrence() -> list[float]:
    """Return the weights without zeroing, computed without a gradient."""
    path = [1.0, 1.0]
    for step in range(STEPS):
        x = INPUTS[step % 2]
        path.append((2 - RATE * x**2) * path[-1] - path[-2])
    return path[1:]


# [step: repeated backward]
def main() -> dict[str, object]:
    """Accumulate gradients by mistake and on purpose."""
    x = jnp.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])
    w = jnp.array([2.0, -1.0])
    gradient_of = jax.grad(lambda w, part: jnp.square(part @ w).sum())
    once = gradient_of(w, x)
    twice = once + gradient_of(w, x)

    # [step: gradient accumulation]
    in_parts = jnp.zeros_like(w)
    for part in jnp.split(x, 2):
        in_parts = in_parts + gradient_of(w, part)

    # [step: mean of parts]
    mean_in_parts = jnp.zeros_like(w)
    parts = jnp.split(x, 2)

    def mean_of(w: jax.Array, part: jax.Array) -> jax.Array:
        return jnp.square(part @ w).mean() / len(parts)

    for part in parts:
        mean_in_parts = mean_in_parts + jax.grad(mean_of)(w, part)

    # [step: with zeroing]
    zeroed = descent(zeroed=True)

    # [step: without zeroing]
    left_alone = descent(zeroed=False)

    # [step: prediction]
    predicted = recurrence()

    # [step: results]
    return {
        "once": once,
        "twice": twice,
        "in_parts": in_parts,
        "mean_in_parts": mean_in_parts,
        "zeroed": zeroed,
        "left_alone": left_alone,
        "predicted": predicted,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
