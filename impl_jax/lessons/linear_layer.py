"""A linear layer written by hand, compared with `nn.Linear` and `Dense`."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

jax.config.update("jax_enable_x64", True)

STEPS, RATE = 60, 0.25


# [step: layer]
class Linear(nnx.Module):
    """Linear layer: a weighted sum of the inputs and a bias per output."""

    def __init__(self, weight: np.ndarray, bias: np.ndarray) -> None:
        self.weight = nnx.Param(jnp.array(weight))  # (inputs, outputs)
        self.bias = nnx.Param(jnp.array(bias))  # (outputs,)

    def __call__(self, x: jax.Array) -> jax.Array:  # (batch, inputs)
        return x @ self.weight + self.bias  # (batch, outputs)


# [step: train]
def train(layer: nnx.Module, x: jax.Array, y: jax.Array) -> list[float]:
    """Train a layer by gradient descent and return its losses."""

    @nnx.jit
    @nnx.value_and_grad
    def loss_and_gradients(layer: nnx.Module) -> jax.Array:
        return jnp.square(layer(x) - y).mean()

    losses = []
    for _ in range(STEPS):
        loss, gradients = loss_and_gradients(layer)
        losses.append(loss.item())
        parameters = nnx.state(layer, nnx.Param)
        moved = jax.tree.map(lambda p, g: p - RATE * g, parameters, gradients)
        nnx.update(layer, moved)
    return losses


# [step: data]
def main() -> dict[str, object]:
    """Train both layers from equal weights; return losses and weights."""
    rng = np.random.default_rng(0)
    x = jnp.array(rng.standard_normal((64, 5)))  # (batch, inputs)
    y = x @ jnp.array(rng.standard_normal((5, 2))) + 1  # (batch, outputs)
    weight = rng.uniform(-1, 1, (5, 2)) / np.sqrt(5)
    bias = np.zeros(2)

    # [step: own layer]
    layer = Linear(weight, bias)
    losses = train(layer, x, y)

    # [step: library layer]
    library = nnx.Linear(5, 2, param_dtype=jnp.float64, rngs=nnx.Rngs(0))
    library.kernel[...] = jnp.array(weight)
    library.bias[...] = jnp.array(bias)
    library_losses = train(library, x, y)

    # [step: results]
    return {
        "losses": losses,
        "library_losses": library_losses,
        "weight": layer.weight[...],
        "library_weight": library.kernel[...],  # (inputs, outputs)
        "bias": layer.bias[...],
        "library_bias": library.bias[...],
        "kept_shape": list(library.kernel.shape),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
