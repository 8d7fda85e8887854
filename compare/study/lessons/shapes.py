"""Shapes: `reshape`, `transpose`, and which tensors share memory.

A tensor's numbers are stored in memory one after another, and its shape defines how
they are read. Some operations only change how the numbers are read and return a view;
others copy the numbers into a new order. In PyTorch the difference matters, because two
tensors may be views of the same memory. In TensorFlow a tensor never changes, so the
difference has no visible effect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "reshape": "A reshape keeps the numbers in order and divides them into rows "
        "again: {{ x.shape|figure }} becomes {{ flat.shape|figure }}. The size of the "
        "axis written as `-1` is computed from the others. PyTorch's `view` never "
        "copies; its `reshape` copies only where it must.",
        "axes of length one": "An axis of length one adds no numbers, but it "
        "determines how two shapes are aligned in broadcasting. Pass `squeeze` the "
        "axis that it should remove. Without one it removes every axis of length one, "
        "including a batch axis of length one.",
        "transpose": "A transpose changes the order of the axes. The list gives, for "
        "each new axis, the number of the old one: {{ x.shape|figure }} becomes "
        "{{ moved.shape|figure }}. In PyTorch, `transpose` swaps two axes and "
        "`permute` accepts any order; TensorFlow's `transpose` accepts any order.",
        "order in memory": "PyTorch's permuted tensor reads the old memory in another "
        "order: it is not contiguous. `view` cannot divide it into rows and raises "
        "the error that is printed. `reshape` first copies the numbers into the new "
        "order. TensorFlow moved the numbers when it transposed the tensor, so its "
        "`reshape` needs no special case.",
        "shared memory": "Overwrite the original with zeros and check which of the "
        "derived tensors change with it. For the reshaped, the transposed and the "
        "copied tensor, the results are {{ torch.followed|figure }} in PyTorch, where "
        "only a `reshape` that must copy ends the sharing. In TensorFlow they are "
        "{{ tf.followed|figure }}: the variable changes, but the tensors computed "
        "from it do not.",
        "results": "Whether a derived tensor changes with the original is the only "
        "result in which the frameworks cannot agree. All other arrays have the same "
        "numbers in the same positions.",
    },
    apis={
        "torch": (
            "torch.Tensor.view",
            "torch.Tensor.reshape",
            "torch.Tensor.unsqueeze",
            "torch.Tensor.squeeze",
            "torch.Tensor.transpose",
            "torch.Tensor.permute",
        ),
        "tf": (
            "tf.reshape",
            "tf.expand_dims",
            "tf.squeeze",
            "tf.linalg.matrix_transpose",
            "tf.transpose",
        ),
        "jax": (
            "jax.numpy.reshape",
            "jax.numpy.expand_dims",
            "jax.numpy.squeeze",
            "jax.numpy.swapaxes",
            "jax.numpy.transpose",
        ),
    },
    own={"followed": "PyTorch's views share memory, TensorFlow's tensors never change"},
    exercise=Exercise(
        task="Create the shape of `moved` with a reshape of `x` instead of the "
        "permutation. The shape is correct. Are the numbers?",
        change={
            "x.permute(2, 0, 1)": "x.reshape(4, 2, 3)",
            "tf.transpose(x, (2, 0, 1))": "tf.reshape(x, (4, 2, 3))",
            "x.transpose(2, 0, 1)": "x.reshape(4, 2, 3)",
        },
        answer="No. The first block was {{ before.moved[0]|figure }} and is now "
        "{{ after.moved[0]|figure }}: a reshape never changes the order of the "
        "numbers. No framework raises an error, so this mistake is found late.",
        holds=lambda before, after: (
            before["moved"].shape == after["moved"].shape
            and not np.array_equal(before["moved"], after["moved"])
            and np.array_equal(after["moved"].ravel(), after["x"].ravel())
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays, computed with NumPy."""
    x = np.arange(24.0).reshape(2, 3, 4)
    moved = x.transpose(2, 0, 1)
    return {
        "x": x,
        "flat": x.reshape(2, -1),
        "wide": x[:, np.newaxis],
        "narrow": x,
        "swapped": x.swapaxes(1, 2),
        "moved": moved,
        "lined_up": moved.ravel(),
    }
