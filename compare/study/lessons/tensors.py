"""Tensors: where they come from, and which of the two can be changed.

A tensor is an array with a shape, a type and a device. Both frameworks make it from
lists or from NumPy and cut it up in NumPy's notation. They differ in what they do
without being asked: which type whole numbers get, whether types may mix, and whether
a tensor can be written to at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "creation": "A list of decimal numbers becomes `{{ from_list.dtype.name }}` in "
        "both. A NumPy array keeps its own type, and NumPy's default is "
        "`{{ from_numpy.dtype.name }}`. Whole numbers become "
        "`{{ torch.whole.dtype.name }}` in PyTorch and `{{ tf.whole.dtype.name }}` in "
        "TensorFlow.",
        "types": "The two hold the same decimals, yet they differ by up to "
        "{{ gap.max()|figure(2) }}: the narrow type rounded them. "
        "PyTorch widens the narrower operand by itself. TensorFlow refuses to mix "
        "types, so it takes a `cast` that everybody can see.",
        "filled": "Without a `dtype`, zeros and ones are `{{ zeros.dtype.name }}` in "
        "both. `arange` and `range` count up to the end without reaching it: here "
        "{{ counted|figure }}.",
        "indexing": "A number picks one place on an axis and drops the axis, a colon "
        "keeps it whole, and a condition picks what it is true for, here "
        "{{ large|figure }}. A list of positions is an index in PyTorch; in "
        "TensorFlow it is an operation, `gather`.",
        "device": "Every tensor lives on a device, here `{{ device }}`. PyTorch makes "
        "new tensors on the CPU unless told otherwise, and `to` moves them. TensorFlow "
        "puts them on a GPU by itself if it sees one; `tf.device` says where instead.",
        "change": "A PyTorch tensor can be written to, like a NumPy array. A "
        "TensorFlow tensor cannot, as the message shows; what changes is a "
        "`Variable`, by `assign`. Both programs change a copy: its corner is now "
        "{{ changed[0, 0]|figure }}, and the original keeps its "
        "{{ from_numpy[0, 0]|figure }}.",
        "results": "Everything goes back to NumPy by name. The types are compared, "
        "too: a lesson that returned another type than its counterpart would not "
        "agree with it. Only `whole` is excused.",
    },
    apis={
        "torch": (
            "torch.tensor",
            "torch.arange",
            "torch.Tensor.to",
            "torch.Tensor.clone",
        ),
        "tf": (
            "tf.constant",
            "tf.cast",
            "tf.range",
            "tf.gather",
            "tf.device",
            "tf.Variable",
        ),
    },
    own={"whole": "whole numbers without a type get each framework's own default"},
    exercise=Exercise(
        task="Ask for the wide type when the list becomes a tensor. What becomes of "
        "the gap between the two tensors?",
        change={
            "torch.tensor(ROWS)": "torch.tensor(ROWS, dtype=torch.float64)",
            "tf.constant(ROWS)": "tf.constant(ROWS, dtype=tf.float64)",
        },
        answer="It goes from {{ before.gap[0, 0]|figure(2) }} in the first corner to "
        "{{ after.gap[0, 0]|figure }}, exactly. The decimals were rounded when the "
        "list became `{{ before.from_list.dtype.name }}`; a later cast could not bring "
        "back what was lost.",
        holds=lambda before, after: bool(
            before["gap"].any() and not after["gap"].any()
        ),
    ),
)


def expected() -> Arrays:
    """The same with NumPy."""
    x = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]])
    changed = x.copy()
    changed[0, 0] = 10
    return {
        "from_list": x.astype("float32"),
        "from_numpy": x,
        "gap": x.astype("float32") - x,
        "zeros": np.zeros((2, 3), dtype="float32"),
        "ones": np.ones(3),
        "counted": np.arange(0, 6, 2, dtype="int64"),
        "row": x[0],
        "column": x[:, 1],
        "corner": x[-1, -1],
        "large": x[x > 0.35],
        "swapped": x[[1, 0]],
        "changed": changed,
    }
