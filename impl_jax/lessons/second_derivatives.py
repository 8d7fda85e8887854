"""Second derivatives: Hessian-vector products and Newton's method."""

import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)

STEPS, RATE = 8, 1e-2


# [step: function]
def valley(w: jax.Array) -> jax.Array:
    """Return a less steep Rosenbrock function; its minimum is at (1, 1)."""
    x, y = w
    return (1 - x) ** 2 + 10 * (y - x**2) ** 2


# [step: gradient]
def gradient_of(w: jax.Array) -> jax.Array:
    """Return the gradient, which can be differentiated again."""
    return jax.grad(valley)(w)


# [step: hessian vector product]
def hessian_times(v: jax.Array, *, at: jax.Array) -> jax.Array:
    """Return the Hessian-vector product: the gradient's change along v."""
    _, product = jax.jvp(gradient_of, (at,), (v,))
    return product


# [step: start]
def main() -> dict[str, object]:
    """Minimise the function by Newton's method and gradient descent."""
    start = jnp.array([-1.2, 1.0])
    w = start
    product = hessian_times(jnp.ones_like(start), at=w)

    # [step: hessian]
    units = jnp.eye(2)
    hessian = jnp.stack([hessian_times(unit, at=w) for unit in units])

    # [step: newton]
    path, newton = [w.tolist()], [valley(w).item()]
    for _ in range(STEPS):
        rows = jnp.stack([hessian_times(unit, at=w) for unit in units])
        step = jnp.linalg.solve(rows, gradient_of(w))  # (2,)
        w = w - step
        path.append(w.tolist())
        newton.append(valley(w).item())

    # [step: gradient descent]
    w = start
    descent = [valley(w).item()]
    for _ in range(STEPS):
        step = RATE * gradient_of(w)
        w = w - step
        descent.append(valley(w).item())

    # [step: results]
    return {
        "product": product,
        "hessian": hessian,
        "path": path,
        "newton": newton,
        "descent": descent,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
