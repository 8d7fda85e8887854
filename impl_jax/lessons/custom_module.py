"""Custom modules: nn.Module, keras.Model and a residual connection."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from jax import Array
from sklearn.datasets import load_digits

jax.config.update("jax_enable_x64", True)

STEPS, RATE, USES = 50, 0.125, 2
SHAPES = [(64, 32), (32,), (32, 32), (32,), (32, 10), (10,)]


# [step: class]
class Net(nnx.Module):
    """The two-layer network, with a shared layer between the two."""

    def __init__(self, rngs: nnx.Rngs) -> None:
        options = {"param_dtype": jnp.float64, "rngs": rngs}
        self.hidden = nnx.Linear(64, 32, **options)
        self.between = nnx.Linear(32, 32, **options)
        self.final = nnx.Linear(32, 10, **options)

    def __call__(self, x: Array) -> Array:  # (batch, pixels)
        h = jax.nn.relu(self.hidden(x))  # (batch, hidden)
        for _ in range(USES):
            h = h + jax.nn.relu(self.between(h))
        return self.final(h)  # (batch, digits)


# [step: data]
def main() -> dict[str, object]:
    """Train a digit classifier; return losses, parameters and weights."""
    digits = load_digits()
    x = jnp.array(digits.data / 16)  # (images, pixels)
    y = jnp.array(digits.target)  # (images,)

    # [step: start]
    model = Net(nnx.Rngs(0))
    rng = np.random.default_rng(0)
    start = [rng.normal(0, 0.1, shape) for shape in SHAPES]
    layers = [model.hidden, model.between, model.final]
    parameters = [p for each in layers for p in (each.kernel, each.bias)]
    for parameter, value in zip(parameters, start, strict=True):
        parameter[...] = jnp.array(value)
    numbers = sum(p.size for p in jax.tree.leaves(nnx.state(model, nnx.Param)))

    # [step: train]
    def cross_entropy(model: Net) -> Array:
        each = optax.softmax_cross_entropy_with_integer_labels(model(x), y)
        return each.mean()

    @nnx.jit
    def step(model: Net, optimizer: nnx.Optimizer) -> Array:
        loss, gradients = nnx.value_and_grad(cross_entropy)(model)
        optimizer.update(model, gradients)
        return loss

    optimizer = nnx.Optimizer(model, optax.sgd(RATE), wrt=nnx.Param)
    losses = [step(model, optimizer).item() for _ in range(STEPS)]

    # [step: results]
    return {
        "losses": losses,
        "numbers": numbers,
        "hidden": model.hidden.kernel[...],  # (inputs, outputs)
        "between": model.between.kernel[...],
        "final": model.final.kernel[...],
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
