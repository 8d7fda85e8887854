"""Devices: where tensors are stored, and what happens if they are mixed."""

import numpy as np
import tensorflow as tf
from tensorflow import Tensor
from tensorflow.keras.layers import Dense

SIZE = 64


# [step: choose a device]
def choose_device() -> str:
    """Return the name of a GPU if there is one, else of the CPU."""
    return "GPU:0" if tf.config.list_physical_devices("GPU") else "CPU:0"


# [step: transfer]
def transferred(array: np.ndarray, device: str) -> Tensor:
    """Return an array as a tensor on a device."""
    with tf.device(device):
        return tf.identity(tf.constant(array))


# [step: create and compute]
def main() -> dict[str, object]:
    """Compute on a device; mix devices; move a layer."""
    device = choose_device()
    rng = np.random.default_rng(0)
    x = transferred(rng.standard_normal((SIZE, SIZE)), device)
    product = x @ x  # on the same device
    where = product.device.partition("device:")[2]

    # [step: back to main memory]
    on_cpu = product.numpy()  # copies, if it is on a GPU

    # [step: mixed devices]
    with tf.device("CPU:0"):
        elsewhere = tf.identity(x)
    mixed = "copied" if device != "CPU:0" else "not shown without a GPU"
    np.testing.assert_array_equal(x + elsewhere, 2 * x)

    # [step: a layer]
    with tf.device(device):
        layer = Dense(
            1, use_bias=False, kernel_initializer="ones", dtype="float64"
        )
        layer.build(x.shape)
    kernel = layer.kernel.value
    places = [kernel.device.partition("device:")[2]]
    sums = layer(x)

    # [step: wait]
    if device == "CPU:0":
        waited = "not needed on a CPU"
    else:
        tf.test.experimental.sync_devices()  # until the GPU has finished
        waited = "for the GPU"

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
