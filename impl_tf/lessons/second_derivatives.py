"""Second derivatives: Hessian-vector products and Newton's method."""

import tensorflow as tf

STEPS, RATE = 8, 1e-2


# [step: function]
def valley(w: tf.Tensor) -> tf.Tensor:
    """Return a less steep Rosenbrock function; its minimum is at (1, 1)."""
    x, y = tf.unstack(w)
    return (1 - x) ** 2 + 10 * (y - x**2) ** 2


# [step: gradient]
def gradient_of(w: tf.Tensor) -> tf.Tensor:
    """Return the gradient; an outer tape records its computation."""
    with tf.GradientTape() as inner:
        value = valley(w)
    return inner.gradient(value, w)


# [step: hessian vector product]
def hessian_times(v: tf.Tensor, *, at: tf.Tensor) -> tf.Tensor:
    """Return the Hessian-vector product: the gradient's change along v."""
    with tf.GradientTape() as outer:
        gradient = gradient_of(at)
    return outer.gradient(gradient, at, output_gradients=v)


# [step: start]
def main() -> dict[str, object]:
    """Minimise the function by Newton's method and gradient descent."""
    start = tf.constant([-1.2, 1.0], dtype=tf.float64)
    w = tf.Variable(start)
    product = hessian_times(tf.ones_like(start), at=w)

    # [step: hessian]
    units = tf.eye(2, dtype=tf.float64)
    hessian = tf.stack([hessian_times(unit, at=w) for unit in units])

    # [step: newton]
    path, newton = [w.numpy()], [valley(w).numpy()]
    for _ in range(STEPS):
        rows = tf.stack([hessian_times(unit, at=w) for unit in units])
        gradient = tf.expand_dims(gradient_of(w), 1)  # (2, 1)
        step = tf.squeeze(tf.linalg.solve(rows, gradient), 1)  # (2,)
        w.assign_sub(step)
        path.append(w.numpy())
        newton.append(valley(w).numpy())

    # [step: gradient descent]
    w.assign(start)
    descent = [valley(w).numpy()]
    for _ in range(STEPS):
        step = RATE * gradient_of(w)
        w.assign_sub(step)
        descent.append(valley(w).numpy())

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
