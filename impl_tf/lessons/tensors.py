"""Tensors: creation, dtypes, indexing, devices and in-place changes."""

import numpy as np
import tensorflow as tf

ROWS = [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]


# [step: creation]
def main() -> dict[str, object]:
    """Create tensors, index them and change one; return the results."""
    from_list = tf.constant(ROWS)  # (2, 3)
    from_numpy = tf.constant(np.array(ROWS))  # (2, 3)
    whole = tf.constant([1, 2, 3])
    print(from_list, from_numpy, whole, sep="\n")

    # [step: types]
    gap = tf.cast(from_list, tf.float64) - from_numpy

    # [step: filled]
    zeros = tf.zeros((2, 3))
    ones = tf.ones(3, dtype=tf.float64)
    counted = tf.range(0, 6, 2, dtype=tf.int64)

    # [step: indexing]
    x = from_numpy
    row = x[0]  # (3,)
    column = x[:, 1]  # (2,)
    corner = x[-1, -1]  # ()
    large = x[x > 0.35]  # (3,)
    swapped = tf.gather(x, [1, 0])  # (2, 3)

    # [step: device]
    with tf.device("CPU"):
        moved = tf.identity(x)
    device = tf.DeviceSpec.from_string(moved.device).device_type.lower()

    # [step: change]
    try:
        x[0, 0] = 10.0
    except TypeError as error:
        print(error)
    changed = tf.Variable(x)
    changed[0, 0].assign(10.0)

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
