"""Shapes: reshape and transpose, and what shares memory with what.

A shape is a way of reading numbers that lie in memory one after another. Some
operations only change the way of reading, others move the numbers. In PyTorch one has
to know which is which, because two tensors may be two views of the same numbers. In
TensorFlow a tensor never changes, so it makes no difference that one could see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "reshape": "The numbers keep their order and are cut into rows anew, here from "
        "{{ x.shape|figure }} to {{ flat.shape|figure }}. The axis written `-1` is "
        "worked out from the others. PyTorch's `view` promises not to copy; its "
        "`reshape` copies where it must.",
        "axes of one": "An axis of length one holds no further numbers, but it decides "
        "what is lined up with what when two shapes meet. Name the axis that "
        "`squeeze` is to take away: without a name it takes every axis of length one, "
        "also a batch of one.",
        "transpose": "Axes change places. The list says for each new axis which old "
        "one it was: {{ x.shape|figure }} becomes {{ moved.shape|figure }}. PyTorch "
        "calls the exchange of two axes `transpose` and any order `permute`; "
        "TensorFlow's `transpose` takes any order.",
        "order in memory": "PyTorch's permuted tensor is the old memory read in "
        "another order, which `view` cannot cut into rows: hence the message. "
        "`reshape` copies the numbers into the new order first. TensorFlow moved them "
        "when it transposed, so nothing is left to complain about.",
        "shared memory": "Overwrite the original with zeros and see which of its "
        "relatives follow. The answers, for the reshaped, the transposed and the "
        "copied one: {{ torch.followed|figure }} in PyTorch, where only a `reshape` "
        "that has to copy cuts the tie, and {{ tf.followed|figure }} in TensorFlow. "
        "There a variable changes, but what was computed from it stays as it was.",
        "results": "Whether a relative follows is the one thing here in which the two "
        "cannot agree. All other numbers stand at the same places.",
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
    },
    own={"followed": "PyTorch's views share memory, TensorFlow's tensors never change"},
    exercise=Exercise(
        task="Get from `x` to the shape of `moved` by a reshape in place of the "
        "permutation. The shape is right. Are the numbers?",
        change={
            "x.permute(2, 0, 1)": "x.reshape(4, 2, 3)",
            "tf.transpose(x, (2, 0, 1))": "tf.reshape(x, (4, 2, 3))",
        },
        answer="No. The first block was {{ before.moved[0]|figure }} and is now "
        "{{ after.moved[0]|figure }}: a reshape never moves a number past another. "
        "Nothing complains, which makes this a mistake that is found late.",
        holds=lambda before, after: (
            before["moved"].shape == after["moved"].shape
            and not np.array_equal(before["moved"], after["moved"])
            and np.array_equal(after["moved"].ravel(), after["x"].ravel())
        ),
    ),
)


def expected() -> Arrays:
    """The same with NumPy."""
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
