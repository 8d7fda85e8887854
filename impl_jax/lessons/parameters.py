"""Parameters, buffers and plain tensors: what a module trains and saves."""

import tempfile
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import nnx
from orbax.checkpoint import StandardCheckpointer

jax.config.update("jax_enable_x64", True)

RATE = 0.125


# [step: module]
class Scale(nnx.Module):
    """Module that scales and shifts each column and counts its calls."""

    def __init__(self, shift: np.ndarray) -> None:
        self.scale = nnx.Param(jnp.ones(3))
        self.calls = nnx.Variable(jnp.array(0))
        self.shift = jnp.array(shift)

    def __call__(self, x: jax.Array) -> jax.Array:  # (batch, 3)
        self.calls[...] += 1
        return x * self.scale + self.shift


# [step: list parameters]
def main() -> dict[str, object]:
    """List the parameters, train for one step, save and restore."""
    rng = np.random.default_rng(0)
    x = jnp.array(rng.standard_normal((8, 3)))
    y = jnp.array(rng.standard_normal((8, 3)))
    module = Scale(np.zeros(3))
    trained = sorted(nnx.state(module, nnx.Param))
    saved = sorted(nnx.state(module, nnx.Variable))

    # [step: gradients]
    def loss_of(module: Scale) -> jax.Array:
        return jnp.square(module(x) - y).mean()

    wanted = nnx.Any(nnx.Param, nnx.PathContains("shift"))
    gradients = nnx.grad(loss_of, argnums=nnx.DiffState(0, wanted))(module)

    # [step: optimizer]
    optimizer = nnx.Optimizer(module, optax.sgd(RATE), wrt=nnx.Param)
    optimizer.update(module, nnx.filter_state(gradients, nnx.Param))

    # [step: save]
    with (
        tempfile.TemporaryDirectory() as folder,
        StandardCheckpointer() as checkpointer,
    ):
        path = Path(folder) / "state"
        checkpointer.save(path, nnx.state(module, nnx.Variable))
        checkpointer.wait_until_finished()

        # [step: restore]
        other = Scale(np.full(3, 7.0))
        expected = nnx.state(other, nnx.Variable)
        nnx.update(other, checkpointer.restore(path, expected))

    # [step: results]
    return {
        "trained": trained,
        "saved": saved,
        "scale_gradient": gradients["scale"],
        "shift_gradient": gradients["shift"],
        "scale": module.scale,
        "calls": module.calls,
        "shift": module.shift,
        "restored_scale": other.scale,
        "restored_calls": other.calls,
        "restored_shift": other.shift,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
