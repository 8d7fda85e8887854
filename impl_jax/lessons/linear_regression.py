"""Linear regression: how the loss and the optimizer are connected."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx

jax.config.update("jax_enable_x64", True)

EPOCHS, RATE = 100, 0.125


# [step: data]
def main() -> dict[str, object]:
    """Fit a plane to noisy points; return losses, fit and best fit."""
    rng = np.random.default_rng(0)
    points = rng.standard_normal((100, 2))
    heights = points @ [[2.0], [-3.0]] + 4 + rng.normal(0, 0.1, (100, 1))
    x = jnp.array(points)  # (points, 2)
    y = jnp.array(heights)  # (points, 1)

    # [step: model]
    zeros = nnx.initializers.zeros
    model = nnx.Linear(
        2, 1, kernel_init=zeros, param_dtype=jnp.float64, rngs=nnx.Rngs(0)
    )

    # [step: loss]
    def squared_error(model: nnx.Linear) -> jax.Array:
        return optax.squared_error(model(x), y).mean()

    # [step: optimizer]
    trained = nnx.Param
    optimizer = nnx.Optimizer(model, optax.sgd(RATE), wrt=trained)
    loss_and_gradients = nnx.jit(
        nnx.value_and_grad(squared_error, argnums=nnx.DiffState(0, trained))
    )

    losses = []
    for _ in range(EPOCHS):
        # [step: forward]
        loss, gradients = loss_and_gradients(model)
        losses.append(loss.item())

        # [step: backward and update]
        optimizer.update(model, gradients)

    # [step: least squares]
    best, *_ = np.linalg.lstsq(np.c_[points, np.ones(100)], heights)

    # [step: results]
    return {
        "losses": losses,
        "weight": model.kernel[...],  # (inputs, outputs)
        "bias": model.bias[...],
        "best": best,  # (inputs and bias, outputs)
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
