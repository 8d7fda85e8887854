"""Shapes: `reshape`, `transpose`, and which tensors share memory."""

import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)


# [step: reshape]
def main() -> dict[str, object]:
    """Reshape and transpose the same numbers, then overwrite them."""
    x = jnp.arange(24.0).reshape(2, 3, 4)
    flat = x.reshape(2, -1)  # (2, 12)

    # [step: axes of length one]
    wide = jnp.expand_dims(x, 1)  # (2, 1, 3, 4)
    narrow = wide.squeeze(1)  # (2, 3, 4)

    # [step: transpose]
    swapped = jnp.swapaxes(x, 1, 2)  # (2, 4, 3)
    moved = x.transpose(2, 0, 1)  # (4, 2, 3)

    # [step: order in memory]
    lined_up = moved.reshape(-1)  # (24,)

    # [step: shared memory]
    base = x
    reshaped = base.reshape(6, 4)
    transposed = base.transpose(2, 0, 1)
    copied = base.transpose(2, 0, 1).reshape(-1)
    base = base.at[:].set(0)
    parts = (reshaped, transposed, copied)
    followed = [not each.any() for each in parts]

    # [step: results]
    return {
        "x": x,
        "flat": flat,
        "wide": wide,
        "narrow": narrow,
        "swapped": swapped,
        "moved": moved,
        "lined_up": lined_up,
        "followed": followed,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
