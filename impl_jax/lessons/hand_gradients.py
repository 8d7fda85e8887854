"""Gradients by hand: backpropagation in a two-layer network."""

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)

STEPS, RATE = 100, 1e-4


# [step: data]
def main() -> dict[str, object]:
    """Train on random data; return losses, last gradients and weights."""
    rng = np.random.default_rng(0)
    x = jnp.array(rng.standard_normal((16, 20)))  # (batch, inputs)
    y = jnp.array(rng.standard_normal((16, 4)))  # (batch, outputs)

    # [step: parameters]
    w1 = jnp.array(rng.standard_normal((20, 30)))
    w2 = jnp.array(rng.standard_normal((30, 4)))

    losses = []
    for _ in range(STEPS):
        # [step: forward]
        hidden = x @ w1  # (batch, hidden)
        active = jnp.maximum(hidden, 0)
        error = active @ w2 - y  # (batch, outputs)
        losses.append(jnp.square(error).sum().item())

        # [step: backward]
        grad_error = 2 * error  # (batch, outputs)
        grad_w2 = active.T @ grad_error  # (hidden, outputs)
        grad_active = grad_error @ w2.T  # (batch, hidden)
        grad_hidden = jnp.where(hidden > 0, grad_active, 0)
        grad_w1 = x.T @ grad_hidden  # (inputs, hidden)

        # [step: update]
        w1 = w1 - RATE * grad_w1
        w2 = w2 - RATE * grad_w2

    # [step: results]
    return {
        "losses": losses,
        "grad_w1": grad_w1,
        "grad_w2": grad_w2,
        "w1": w1,
        "w2": w2,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
