"""Data sets by index and as a stream, cut into batches and shuffled.

Some data can be asked for by its position, some only comes along and ends when it
ends. PyTorch makes two kinds of class of that, and one loader that batches and shuffles
both. In TensorFlow everything is a stream from the start, and every operation on it
gives another stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "by index": "A map-style data set answers two questions: how many there are, "
        "and what stands at an index. PyTorch asks for a class with these two "
        "methods. `tf.data` has no such class; any object will do whose `__getitem__` "
        "understands an index that is a tensor. (The `PyDataset` of Keras yields "
        "whole batches by index, for its `fit`.)",
        "as a stream": "Nobody knows how long a Collatz sequence is before it has "
        "ended, so it can only be iterated over. An `IterableDataset` promises "
        "`__iter__` and no more; nothing will be asked for by index. TensorFlow takes "
        "anything that returns something to iterate over when it is called, here the "
        "class itself.",
        "epochs": "One pass over the batches is an epoch. A loader and a `tf.data` "
        "pipeline can both be iterated over again and again; each `for` begins a new "
        "epoch.",
        "batches": "A PyTorch loader draws indices, fetches each element and stacks "
        "them. TensorFlow maps a stream of indices to a stream of elements, and "
        "batches that; the function is traced once, so it must consist of tensor "
        "operations. Both give batches of {{ sizes|figure }} elements, the last one "
        "smaller.",
        "the last batch": "A smaller batch at the end is of another shape: its mean is "
        "noisier, and a compiled step may have to be compiled again. `drop_last`, in "
        "TensorFlow `drop_remainder`, leaves it out: {{ whole_sizes|figure }}. "
        "TensorFlow then also knows the size of a batch before there is one.",
        "batches of a stream": "Batching needs no index. The {{ stream|length }} "
        "numbers arrive in their order, and neither framework can say beforehand how "
        "many batches they will make: both raise the `TypeError` that is printed. "
        "`from_generator` must also be told shape and type, since a graph wants to "
        "know them before the first number comes.",
        "one order for both": "The two have different random number generators, so the "
        "same seed cannot mean the same order. Where it matters, draw the order with a "
        "third party: NumPy's permutation, given to a `sampler` or made a stream of "
        "indices. Both now read {{ given_order|figure }}.",
        "an order of its own": "Each shuffles by itself too. PyTorch permutes all "
        "indices: {{ torch.own_orders[0]|figure }}. TensorFlow, which sees a stream, "
        "fills a buffer and draws from it: {{ tf.own_orders[0]|figure }}; a buffer "
        "smaller than the data shuffles only nearby elements. Each order is complete, "
        "comes again with the same seed, and is another one in the next epoch.",
        "results": "Sizes, contents and the given order must agree to the last "
        "element. The orders that each draws itself need not; what is compared of "
        "them is that nothing is lost, and that the seed repeats them.",
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
    own={"own_orders": "each framework has a random number generator of its own"},
    exercise=Exercise(
        task="Make a batch one element larger than the data set: `COUNT, BATCH, SEED = "
        "10, 11, 0`. What does an epoch consist of, with and without `drop_last`?",
        change={"COUNT, BATCH, SEED = 10, 4, 0": "COUNT, BATCH, SEED = 10, 11, 0"},
        answer="Without it, of a single batch of {{ after.sizes[0]|figure }}. With it, "
        "of {{ after.whole_sizes|length }} batches: nothing is left, and nobody "
        "complains. A training loop over it would run without an error and learn "
        "nothing.",
        holds=lambda before, after: (
            len(before["whole_sizes"]) > 0
            and len(after["whole_sizes"]) == 0
            and after["sizes"].tolist() == [len(before["given_order"])]
        ),
    ),
)


def expected() -> Arrays:
    """The same without a loader."""
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
