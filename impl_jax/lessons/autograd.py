"""Autograd: gradients from a computational graph recorded at run time."""

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

    # [step: forward]
    def loss_of(w1: jax.Array, w2: jax.Array) -> jax.Array:
        hidden = jnp.maximum(x @ w1, 0)  # (batch, hidden)
        return jnp.square(hidden @ w2 - y).sum()

    losses = []
    for _ in range(STEPS):
        # [step: backward]
        loss_and_gradients = jax.value_and_grad(loss_of, argnums=(0, 1))
        loss, (grad1, grad2) = loss_and_gradients(w1, w2)
        losses.append(loss.item())

        # [step: update]
        w1 = w1 - RATE * grad1
        w2 = w2 - RATE * grad2

    # [step: results]
    return {
        "losses": losses,
        "grad1": grad1,
        "grad2": grad2,
        "w1": w1,
        "w2": w2,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
