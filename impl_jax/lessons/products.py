"""Matrix products: dot, `matmul`, batched `matmul` and broadcasting."""

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)


# [step: data]
def main() -> dict[str, object]:
    """Compute each kind of product that a network needs."""
    rng = np.random.default_rng(0)
    u = jnp.array(rng.standard_normal(3))
    v = jnp.array(rng.standard_normal(3))
    a = jnp.array(rng.standard_normal((2, 3)))
    b = jnp.array(rng.standard_normal((3, 4)))
    w = jnp.array(rng.standard_normal((3, 1)))
    y = jnp.array(rng.standard_normal(2))
    many_a = jnp.array(rng.standard_normal((5, 2, 3)))
    many_b = jnp.array(rng.standard_normal((5, 3, 4)))

    # [step: vectors]
    elementwise = u * v  # (3,)
    dot = jnp.dot(u, v)  # ()

    # [step: matrices]
    applied = a @ v  # (2,)
    product = jnp.matmul(a, b)  # (2, 4)

    # [step: batches]
    pairs = jax.vmap(jnp.matmul)(many_a, many_b)  # (5, 2, 4)
    same_pairs = many_a @ many_b  # (5, 2, 4)

    # [step: broadcast matrix]
    against_one = many_a @ b  # (5, 2, 4)

    # [step: broadcast elements]
    shifted = many_a + v  # (5, 2, 3)
    table = u[:, None] * v  # (3, 3)

    # [step: loss]
    scores = a @ w  # (2, 1)
    error = scores[:, 0] - y  # (2,)
    loss = jnp.square(error).mean()

    # [step: results]
    return {
        "elementwise": elementwise,
        "dot": dot,
        "applied": applied,
        "product": product,
        "pairs": pairs,
        "same_pairs": same_pairs,
        "against_one": against_one,
        "shifted": shifted,
        "table": table,
        "error": error,
        "loss": loss,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
