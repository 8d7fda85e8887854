"""Nested modules: three blocks of two branches, and parameter names."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array

jax.config.update("jax_enable_x64", True)

WIDTH = 6


# [step: layer]
class Linear(nnx.Module):
    """Linear layer: a weighted sum of the inputs and a bias per output."""

    def __init__(self, weight: np.ndarray) -> None:
        self.weight = nnx.Param(jnp.array(weight))
        self.bias = nnx.Param(jnp.zeros(weight.shape[1]))

    def __call__(self, x: Array) -> Array:  # (batch, inputs)
        return x @ self.weight + self.bias  # (batch, outputs)


# [step: block]
class Block(nnx.Module):
    """Two branches that read the same input; their outputs concatenated."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.left = Linear(rng.standard_normal((WIDTH, WIDTH // 2)))
        self.right = Linear(rng.standard_normal((WIDTH, WIDTH // 2)))

    def __call__(self, x: Array) -> Array:  # (batch, width)
        left, right = self.left(x), self.right(x)  # (batch, width / 2) each
        return jnp.concat([jax.nn.relu(left), jnp.tanh(right)], axis=-1)


# [step: net]
class Net(nnx.Module):
    """Network of three blocks in sequence."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.blocks = nnx.List([Block(rng) for _ in range(3)])

    def __call__(self, x: Array) -> Array:  # (batch, width)
        for block in self.blocks:
            x = block(x)
        return x  # (batch, width)


# [step: forward and backward]
def main() -> dict[str, object]:
    """Run one forward and backward pass; count and name the parameters."""
    rng = np.random.default_rng(0)
    net = Net(rng)
    x = jnp.array(rng.standard_normal((4, WIDTH)))

    def loss_of(net: Net) -> tuple[Array, Array]:
        output = net(x)
        return jnp.square(output).sum(), output

    gradients, output = nnx.grad(loss_of, has_aux=True)(net)

    # [step: parameters]
    state = nnx.state(net, nnx.Param)
    parameters = jax.tree.leaves(state)
    numbers = sum(parameter.size for parameter in parameters)

    # [step: names]
    paths = [path for path, _ in nnx.to_flat_state(state)]
    state_names = [str(path) for path in paths]
    names = sorted(".".join(map(str, path)) for path in paths)

    # [step: access a parameter]
    first = net.blocks[0].left.weight
    return {
        "output": output,
        "tensors": len(parameters),
        "numbers": numbers,
        "state_names": state_names,
        "names": names,
        "first": first[...],
        "first_gradient": gradients["blocks"][0]["left"]["weight"][...],
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
