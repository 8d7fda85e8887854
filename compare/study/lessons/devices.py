"""Devices: where tensors are stored, and what happens if they are mixed.

A tensor is stored in the memory of a device: the CPU, or an accelerator such as a GPU.
An operation runs on the device of its operands. Programs therefore have to bring data
and parameters to the same device, and results back to the CPU. This program uses a GPU
where there is one, and runs on a CPU as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "choose a device": "Write a program so that it runs on both. PyTorch calls "
        "NVIDIA's GPUs `cuda`; TensorFlow numbers all GPUs.",
        "transfer": "`to` and `tf.device` copy to the device. From pinned memory, "
        "which the system does not move, a GPU copies by itself, and with "
        "`non_blocking` Python does not wait for it. A `DataLoader` does the same with "
        "`pin_memory`. Without a GPU, pinned memory has no use.",
        "create and compute": "The product is computed where its operands are: "
        "`{{ torch.where }}` in PyTorch, `{{ tf.where }}` in TensorFlow. In this run "
        "no other device was used.",
        "back to main memory": "NumPy's arrays are in the memory of the CPU. PyTorch "
        "raises an error for a tensor on a GPU and asks for `cpu()`, because a copy "
        "should be visible in the program. TensorFlow's `numpy` copies.",
        "mixed devices": "PyTorch does not mix devices. The device `meta` stores "
        "shapes without numbers, so the error can be shown on any machine: `mixed` is "
        "{{ torch.mixed }}. TensorFlow copies an operand that is somewhere else: "
        "{{ tf.mixed }}. This is convenient, but copies at every step make a program "
        "slow without a message.",
        "a layer": "A PyTorch module is created on the CPU, and `to` moves all its "
        "parameters and buffers in place. Move it before you create the optimizer. A "
        "TensorFlow variable stays where it was created, so the layer is built inside "
        "the block.",
        "wait": "A GPU computes while Python goes on. To measure a time, wait until it "
        "has finished; else only the launch is measured. In this run: "
        "{{ torch.waited }}.",
        "results": "The results are the same on every device up to rounding. The names "
        "of devices, and what mixing them does, are specific to each framework.",
    },
    apis={
        "torch": (
            "torch.cuda.is_available",
            "torch.Tensor.to",
            "torch.Tensor.pin_memory",
            "torch.nn.Module.to",
            "torch.cuda.synchronize",
        ),
        "tf": ("tf.config.list_physical_devices", "tf.device", "tf.identity"),
        "jax": (
            "jax.devices",
            "jax.device_put",
            "jax.block_until_ready",
            "flax.nnx.Linear",
        ),
    },
    own={
        "where": "each framework has its own names of devices",
        "mixed": "PyTorch refuses mixed devices, TensorFlow copies",
        "waited": "JAX does not wait for a CPU either",
    },
    exercise=Exercise(
        task="Use a larger matrix: `SIZE` becomes `128`. Does anything change in where "
        "the results are?",
        change={"SIZE = 64": "SIZE = 128"},
        answer="No. The device depends on the operands, not on their size: "
        "`{{ torch.where }}` and `{{ tf.where }}`. Whether a GPU pays does depend on "
        "the size: a small product takes less time than its launch.",
        holds=lambda before, after: bool(
            after["where"] == before["where"]
            and after["product"].shape == (128, 128)
            and after["same_device"]
        ),
    ),
)


def expected() -> Arrays:
    """Return the same product and sums."""
    x = np.random.default_rng(0).standard_normal((64, 64))
    return {"product": x @ x, "sums": x.sum(1, keepdims=True)}
