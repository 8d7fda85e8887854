"""Tensors: creation, dtypes, indexing, devices and in-place changes.

A tensor is an array with a shape, a data type (`dtype`) and a device. All frameworks
create tensors from lists or from NumPy arrays, and index them in NumPy's notation. They
differ in their defaults: the dtype of integers, whether operands of different dtypes
may be mixed, and whether a tensor can be changed in place.
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
        "PyTorch and TensorFlow. A NumPy array keeps its own dtype, and NumPy's "
        "default is `{{ from_numpy.dtype.name }}`. Integers become "
        "`{{ torch.whole.dtype.name }}` in PyTorch and `{{ tf.whole.dtype.name }}` in "
        "TensorFlow.",
        "types": "Both tensors were created from the same decimals, yet they differ "
        "by up to {{ gap.max()|figure(2) }}: the narrower dtype rounded them. PyTorch "
        "converts the narrower operand automatically (type promotion). TensorFlow "
        "raises an error for mixed dtypes, so the program converts explicitly with "
        "`tf.cast`.",
        "filled": "Without a `dtype` argument, zeros and ones are "
        "`{{ zeros.dtype.name }}` in PyTorch and TensorFlow. `arange` and `range` "
        "count up to the end value and exclude it: here {{ counted|figure }}.",
        "indexing": "An integer index selects one position on an axis and removes the "
        "axis. A colon keeps the whole axis. A condition is a Boolean mask and "
        "selects the elements for which it is true, here {{ large|figure }}. A list "
        "of positions is also an index in PyTorch; TensorFlow has an operation for "
        "it, `gather`.",
        "device": "Every tensor is stored on a device, here `{{ device }}`. PyTorch "
        "creates new tensors on the CPU by default, and `to` moves them. TensorFlow "
        "places floating-point tensors on a GPU by default if one is available; "
        "`tf.device` selects another device.",
        "change": "A PyTorch tensor can be changed in place, like a NumPy array. A "
        "TensorFlow tensor is immutable, as the error message shows; only a "
        "`Variable` can be changed, with `assign`. All programs change a copy: its "
        "first element is now {{ changed[0, 0]|figure }}, and the original keeps "
        "{{ from_numpy[0, 0]|figure }}.",
        "results": "All results are converted to NumPy arrays and compared by name. "
        "The dtypes are compared too: if two programs return different dtypes, the "
        "comparison fails. Only `whole` is exempt.",
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
        "jax": (
            "jax.numpy.array",
            "jax.numpy.arange",
            "jax.device_put",
            "jax.numpy.ndarray.at",
        ),
    },
    own={"whole": "integers without a dtype get each framework's own default"},
    exercise=Exercise(
        task="Request the wider dtype when the list becomes a tensor. What happens to "
        "the difference between the two tensors?",
        change={
            "torch.tensor(ROWS)": "torch.tensor(ROWS, dtype=torch.float64)",
            "tf.constant(ROWS)": "tf.constant(ROWS, dtype=tf.float64)",
            "jnp.array(ROWS, dtype=jnp.float32)": "jnp.array(ROWS, dtype=jnp.float64)",
        },
        answer="In the first element, the difference goes from "
        "{{ before.gap[0, 0]|figure(2) }} to exactly {{ after.gap[0, 0]|figure }}. "
        "The decimals were rounded when the list became "
        "`{{ before.from_list.dtype.name }}`; a later cast could not restore the lost "
        "digits.",
        holds=lambda before, after: bool(
            before["gap"].any() and not after["gap"].any()
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays, computed with NumPy."""
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
