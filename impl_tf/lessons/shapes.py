"""Shapes: `reshape`, `transpose`, and which tensors share memory."""

import tensorflow as tf


# [step: reshape]
def main() -> dict[str, object]:
    """Reshape and transpose the same numbers, then overwrite them."""
    x = tf.reshape(tf.range(24, dtype=tf.float64), (2, 3, 4))
    flat = tf.reshape(x, (2, -1))  # (2, 12)

    # [step: axes of length one]
    wide = tf.expand_dims(x, 1)  # (2, 1, 3, 4)
    narrow = tf.squeeze(wide, 1)  # (2, 3, 4)

    # [step: transpose]
    swapped = tf.linalg.matrix_transpose(x)  # (2, 4, 3)
    moved = tf.transpose(x, (2, 0, 1))  # (4, 2, 3)

    # [step: order in memory]
    lined_up = tf.reshape(moved, [-1])  # (24,)

    # [step: shared memory]
    base = tf.Variable(x)
    reshaped = tf.reshape(base, (6, 4))
    transposed = tf.transpose(base, perm=(2, 0, 1))
    copied = tf.reshape(tf.transpose(base, perm=(2, 0, 1)), [-1])
    base.assign(tf.zeros_like(base))
    parts = (reshaped, transposed, copied)
    followed = [not each.numpy().any() for each in parts]

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
