"""Sequential: a two-layer network that classifies digits."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from sklearn.datasets import load_digits

jax.config.update("jax_enable_x64", True)

STEPS, RATE, TRAINED_ON = 60, 0.5, 1500
SHAPES = [(64, 32), (32,), (32, 10), (10,)]  # weight and bias of two layers


# [step: data]
def main() -> dict[str, object]:
    """Train a digit classifier; return losses, test result and weights."""
    digits = load_digits()
    images = jnp.array(digits.data / 16)  # (images, pixels)
    labels = jnp.array(digits.target)  # (images,)
    x, x_test = images[:TRAINED_ON], images[TRAINED_ON:]
    y, y_test = labels[:TRAINED_ON], labels[TRAINED_ON:]

    # [step: model]
    rngs = nnx.Rngs(0)
    model = nnx.Sequential(
        nnx.Linear(64, 32, param_dtype=jnp.float64, rngs=rngs),
        nnx.relu,
        nnx.Linear(32, 10, param_dtype=jnp.float64, rngs=rngs),
    )

    # [step: start]
    rng = np.random.default_rng(0)
    start = [rng.normal(0, 0.1, shape) for shape in SHAPES]
    hidden, _, output = model.layers
    parameters = [hidden.kernel, hidden.bias, output.kernel, output.bias]
    for parameter, value in zip(parameters, start, strict=True):
        parameter[...] = jnp.array(value)

    # [step: train]
    def cross_entropy(model: nnx.Module) -> jax.Array:
        each = optax.softmax_cross_entropy_with_integer_labels(model(x), y)
        return each.mean()

    @nnx.jit
    def step(model: nnx.Module, optimizer: nnx.Optimizer) -> jax.Array:
        loss, gradients = nnx.value_and_grad(cross_entropy)(model)
        optimizer.update(model, gradients)
        return loss

    optimizer = nnx.Optimizer(model, optax.sgd(RATE), wrt=nnx.Param)
    losses = [step(model, optimizer).item() for _ in range(STEPS)]

    # [step: test]
    read = model(x_test).argmax(axis=1)
    right = (read == y_test).sum()

    # [step: results]
    return {
        "losses": losses,
        "right": right,
        "tested": len(y_test),
        "hidden": hidden.kernel[...],  # (inputs, outputs)
        "output": output.kernel[...],
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
