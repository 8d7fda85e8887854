"""Devices: where tensors are stored, and what happens if they are mixed."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import Array, Device

jax.config.update("jax_enable_x64", True)

SIZE = 64


# [step: choose a device]
def choose_device() -> Device:
    """Return a GPU if there is one, else the CPU."""
    return jax.devices()[0]  # accelerators come first


# [step: transfer]
def transferred(array: np.ndarray, device: Device) -> Array:
    """Return an array as a JAX array on a device."""
    return jax.device_put(array, device)


# [step: create and compute]
def main() -> dict[str, object]:
    """Compute on a device; mix devices; move a layer."""
    device = choose_device()
    rng = np.random.default_rng(0)
    x = transferred(rng.standard_normal((SIZE, SIZE)), device)
    product = x @ x  # on the same device
    where = str(product.device)

    # [step: back to main memory]
    on_cpu = np.asarray(product)  # copies, if it is on a GPU

    # [step: mixed devices]
    mixed = "not shown with one device"
    if len({*jax.devices(), *jax.devices("cpu")}) > 1:
        try:
            x + jax.device_put(x, jax.devices("cpu")[0])
        except ValueError as error:
            print(error)
            mixed = "refused"

    # [step: a layer]
    layer = nnx.Linear(
        SIZE, 1, use_bias=False, param_dtype=jnp.float64, rngs=nnx.Rngs(0)
    )
    layer.kernel[...] = jnp.ones((SIZE, 1))
    layer = jax.device_put(layer, device)
    places = [str(layer.kernel.device)]
    sums = layer(x)

    # [step: wait]
    jax.block_until_ready(sums)
    waited = f"for the {device.platform.upper()}"

    # [step: results]
    return {
        "product": on_cpu,
        "sums": sums,
        "same_device": places == [where],
        "where": where,
        "mixed": mixed,
        "waited": waited,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
