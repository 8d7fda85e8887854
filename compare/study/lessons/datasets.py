"""Dataset, DataLoader and tf.data: batches, shuffling and streams.

Some data can be read by index. Other data arrive one element after another, and how
many there are is not known in advance. PyTorch has a class for each kind, the map-style
and the iterable-style data set, and one `DataLoader` for both. In TensorFlow every data
set is a stream, and every operation on it returns another stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "map style data set": "A map-style data set provides its length and the "
        "element at an index. PyTorch expects a class with these two methods. "
        "`tf.data` has no such class; any object works if its `__getitem__` accepts a "
        "tensor as the index. (For arrays in memory, `Dataset.from_tensor_slices((x, "
        "y))` is the usual form; the `PyDataset` of Keras returns whole batches by "
        "index, for `fit`.)",
        "iterable style data set": "The length of a Collatz sequence is not known "
        "before it ends, so the sequence can only be iterated over. An "
        "`IterableDataset` has to implement only `__iter__`; it is never read by "
        "index. TensorFlow accepts any callable that returns an iterable, here the "
        "class itself.",
        "epochs": "One pass over all batches is an epoch. You can iterate repeatedly "
        "over a `DataLoader` and over a `tf.data` pipeline; each `for` loop starts a "
        "new epoch.",
        "batches": "A PyTorch `DataLoader` draws indices, reads each element and "
        "stacks them into a mini-batch, of one element unless `batch_size` is given. "
        "Tensors, arrays and numbers are stacked, also in tuples, lists and "
        "dictionaries (`default_collate`). Strings are collected in a list; most other "
        "types raise an error. TensorFlow maps a stream of indices to a stream of "
        "elements, and batches that stream. The mapped function is traced once into a "
        "graph, so it must consist of tensor operations. Both give batches of {{ "
        "sizes|figure }} elements; the last one is smaller.",
        "last batch": "A smaller batch at the end has a different shape. Its mean "
        "is noisier, and a compiled step may have to be compiled again. `drop_last`, "
        "in TensorFlow `drop_remainder`, leaves it out: {{ whole_sizes|figure }}. In "
        "TensorFlow the batch size is then also known before the first batch is read.",
        "batches of a stream": "Batching needs no index. The {{ stream|length }} "
        "numbers arrive in their own order. Neither framework can compute the number "
        "of batches in advance: both raise the `TypeError` that is printed. "
        "`from_generator` also needs a shape and a type, because the graph requires "
        "both before the first number arrives.",
        "shared order": "The two frameworks have different random number "
        "generators, so the same seed does not give the same order. If both must use "
        "the same order, draw it with NumPy: its permutation is passed to a `sampler` "
        "in PyTorch, or becomes a stream of indices in TensorFlow. Both now read "
        "{{ given_order|figure }}.",
        "framework shuffling": "Each framework can also shuffle by itself. PyTorch "
        "permutes all indices: {{ torch.own_orders[0]|figure }}. TensorFlow, which "
        "reads a stream, fills a shuffle buffer and draws from it: "
        "{{ tf.own_orders[0]|figure }}. A buffer smaller than the data set shuffles "
        "only nearby elements. Each order contains all elements, is the same again "
        "with the same seed, and is different in the next epoch.",
        "results": "Sizes, contents and the given order must be equal in every "
        "element. The orders that each framework draws itself may differ. For these, "
        "two facts are compared: no element is missing, and the same seed gives the "
        "same orders.",
    },
    apis={
        "torch": (
            "torch.utils.data.Dataset",
            "torch.utils.data.IterableDataset",
            "torch.utils.data.DataLoader",
            "torch.Generator",
        ),
        "tf": (
            "tf.data.Dataset",
            "tf.data.Dataset.from_generator",
            "tf.data.Dataset.batch",
            "tf.data.Dataset.shuffle",
        ),
    },
    own={"own_orders": "each framework has its own random number generator"},
    exercise=Exercise(
        task="Make a batch one element larger than the data set: "
        "`COUNT, BATCH, SEED = 10, 11, 0`. What does an epoch consist of, with and "
        "without `drop_last`?",
        change={"COUNT, BATCH, SEED = 10, 4, 0": "COUNT, BATCH, SEED = 10, 11, 0"},
        answer="Without it, an epoch is a single batch of {{ after.sizes[0]|figure }} "
        "elements. With it, an epoch has {{ after.whole_sizes|length }} batches: "
        "nothing is left, and no warning is printed. A training loop over this data "
        "set would run without an error and learn nothing.",
        holds=lambda before, after: (
            len(before["whole_sizes"]) > 0
            and len(after["whole_sizes"]) == 0
            and after["sizes"].tolist() == [len(before["given_order"])]
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays without a data loader."""
    x = np.random.default_rng(0).standard_normal((10, 3))
    order = np.random.default_rng(0).permutation(10)
    stream = [7, 22, 11, 34, 17, 52, 26, 13, 40, 20, 10, 5, 16, 8, 4, 2, 1]
    return {
        "first_x": x[:4],
        "first_y": np.arange(4),
        "sizes": np.array([4, 4, 2]),
        "whole_sizes": np.array([4, 4]),
        "stream": np.array(stream),
        "given_order": order,
    }
