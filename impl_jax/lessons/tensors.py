"""Tensors: creation, dtypes, indexing, devices and in-place changes."""

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)

ROWS = [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]


# [step: creation]
def main() -> dict[str, object]:
    """Create tensors, index them and change one; return the results."""
    from_list = jnp.array(ROWS, dtype=jnp.float32)  # (2, 3)
    from_numpy = jnp.array(np.array(ROWS))  # (2, 3)
    whole = jnp.array([1, 2, 3])
    print(from_list, from_numpy, whole, sep="\n")

    # [step: types]
    gap = from_list - from_numpy

    # [step: filled]
    zeros = jnp.zeros((2, 3), dtype=jnp.float32)
    ones = jnp.ones(3)
    counted = jnp.arange(0, 6, 2)

    # [step: indexing]
    x = from_numpy
    row = x[0]  # (3,)
    column = x[:, 1]  # (2,)
    corner = x[-1, -1]  # ()
    large = x[x > 0.35]  # (3,)
    swapped = x[jnp.array([1, 0])]  # (2, 3)

    # [step: device]
    moved = jax.device_put(x, jax.devices("cpu")[0])
    device = moved.device.platform

    # [step: change]
    try:
        x[0, 0] = 10.0
    except TypeError as error:
        print(error)
    changed = x.at[0, 0].set(10.0)

    # [step: results]
    return {
        "from_list": from_list,
        "from_numpy": from_numpy,
        "whole": whole,
        "gap": gap,
        "zeros": zeros,
        "ones": ones,
        "counted": counted,
        "row": row,
        "column": column,
        "corner": corner,
        "large": large,
        "swapped": swapped,
        "device": device,
        "changed": changed,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
