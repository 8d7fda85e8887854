"""TensorFlow's devices, threads, settings, clocks and memory."""

import os
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import tensorflow as tf
from compare.contract import Limit, LimitKernel

from impl_tf import FRAMEWORK


def configure(*, threads: int) -> None:
    """Apply what the environment cannot set; once, before any tensor."""
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_tensor_float_32_execution(False)
    # Denormals: TensorFlow flushes them to zero in every mode by itself.


def missing(*, device: str) -> str:
    """Return why this device cannot be used; empty if it can."""
    if device == "cuda" and not tf.config.list_physical_devices("GPU"):
        built = "with" if tf.test.is_built_with_cuda() else "without"
        return f"tensorflow {tf.__version__} (built {built} CUDA) finds no GPU"
    return ""


def versions() -> dict[str, str]:
    """Return the versions that results depend on."""
    return {"tensorflow": tf.__version__, "keras": version("keras")}


def settings() -> dict[str, str]:
    """Return every setting that can change a result.

    They are read from the framework, or as step.py sets them.
    """
    flushed = float(tf.constant(1e-38) * 0.1) == 0
    threading = tf.config.threading
    tf32 = tf.config.experimental.tensor_float_32_execution_enabled()
    return {
        "threads within an operation": str(
            threading.get_intra_op_parallelism_threads()
        ),
        "threads between operations": str(
            threading.get_inter_op_parallelism_threads()
        ),
        "denormals": "flushed to zero" if flushed else "kept",
        "TF32 in matrix products": str(tf32),
        "TF32 in convolutions": str(tf32),
        "convolution kernels on a GPU": "chosen by timing them",
        "modules hidden from it": ", ".join(FRAMEWORK.unwanted),
        "oneDNN": str(os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1") == "1"),
        "deterministic algorithms only": "False",
        "memory format of images": "NHWC",
        "optimizer, where one is named": "keras.optimizers.SGD",
        "compile options": "defaults; one concrete function a shape",
    }


def synchronize(*, device: str) -> None:
    """Wait until every device has finished all submitted work."""
    tf.test.experimental.sync_devices()


# differs: TensorFlow does not expose the device's clock
def mark(*, device: str) -> Any:
    """Record a time on the device's own clock; None if it has none."""
    return None


def between_ns(start: Any, end: Any) -> int | None:
    """Wait for two marks and return the time between them."""
    return None


def peak_device_bytes(*, device: str) -> int | None:
    """Return the peak of allocated device memory since `forget_peak`."""
    if device != "cuda":
        return None
    return tf.config.experimental.get_memory_info("GPU:0")["peak"]


# differs: TensorFlow does not report reserved memory
def reserved_bytes(*, device: str) -> int | None:
    """Return the peak of reserved device memory since `forget_peak`."""
    return None


def forget_peak(*, device: str) -> None:
    """Reset the peaks of device memory."""
    if device == "cuda":
        tf.config.experimental.reset_memory_stats("GPU:0")


def matrix_product(
    *, size: int, dtype: str, device: str
) -> Callable[[], None]:
    """Prepare a square matrix product, limited by arithmetic."""
    with tf.device(device_name(device)):
        a = tf.ones((size, size), dtype)

    def multiply() -> None:
        tf.matmul(a, a)
        synchronize(device=device)

    return multiply


def accumulation(*, size: int, dtype: str, device: str) -> Callable[[], None]:
    """Prepare an in-place addition, limited by memory bandwidth."""
    with tf.device(device_name(device)):
        x = tf.ones((size,), dtype)
        y = tf.Variable(x)

    def accumulate() -> None:
        y.assign_add(x, read_value=False)
        synchronize(device=device)

    return accumulate


LIMITS: dict[Limit, LimitKernel] = {
    "arithmetic": matrix_product,
    "bandwidth": accumulation,
}


def device_name(device: str) -> str:
    """Return TensorFlow's name of a device."""
    return {"cpu": "CPU:0", "cuda": "GPU:0"}[device]
