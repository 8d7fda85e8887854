"""Samplers: class imbalance and batches of similar length.

Which element comes next is decided separately from how an element is read. In PyTorch a
sampler decides it: an object that yields indices. A batch sampler yields whole batches
of indices. In TensorFlow the indices are a stream like any other, and the function that
reads an element is mapped over this stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

LESSON = Lesson(
    steps={
        "weighted sampling": "A sampler is any iterable that yields indices. With a "
        "`__len__`, the length of the `DataLoader` is known too. This one "
        "draws each index with a probability proportional to its weight. It uses "
        "NumPy's generator, so that both frameworks get the same indices. It samples "
        "with replacement: an index can be drawn more than once. (The parts of a time "
        "series depend on each other: draw windows, and never shuffle within one.)",
        "bucketing": "A batch sampler yields lists of indices, one list for each "
        "batch. This one sorts by length, cuts the sorted indices into batches, and "
        "yields the batches in random order. This is called bucketing. Without the "
        "random order, training would get all the short elements first.",
        "padding": "The elements of a batch must be padded to one length. This "
        "function counts the zeros that are needed. The computation on them is wasted.",
        "data": "The lengths are uniformly distributed. One element in twelve is of a "
        "rare class, {{ rare_in_data|figure(3) }} of all. With such class imbalance, a "
        "classifier that never predicts the rare class would be right about all the "
        "others.",
        "sampler": "A rare element has `11.0` times the weight of another one, so both "
        "classes have the same total weight. Rare elements are now "
        "{{ rare_drawn|figure(3) }} of those drawn. The cost: {{ never_drawn|figure }} "
        "of {{ indices|length }} elements are not drawn in this epoch.",
        "library sampler": "PyTorch has such a sampler, `WeightedRandomSampler`. "
        "TensorFlow works on streams: it mixes one endless stream of each class in "
        "given proportions. (`rejection_resample` discards elements of the frequent "
        "class instead.) Each uses its own random numbers. {{ "
        "torch.own_rare_drawn|figure(3) }} of the elements that PyTorch drew are rare, "
        "and {{ tf.own_rare_drawn|figure(3) }} of those that TensorFlow drew. Both are "
        "near one half.",
        "batch sampler": "A `DataLoader` with a `batch_sampler` uses its batches "
        "without changes. In TensorFlow an element of the stream can itself be a list "
        "of indices, and `tf.gather` reads the elements. Alternatively, "
        "`bucket_by_sequence_length` sorts a stream into buckets while it is read. In "
        "the original order all batches together need {{ plain_padding|figure }} "
        "zeros; in buckets they need {{ bucket_padding|figure }}.",
        "results": "NumPy draws the indices, so all of them must be equal. The indices "
        "that each framework drew itself are returned as well. They are shown, but not "
        "compared.",
    },
    apis={
        "torch": (
            "torch.utils.data.Sampler",
            "torch.utils.data.WeightedRandomSampler",
            "torch.utils.data.DataLoader",
        ),
        "tf": (
            "tf.data.Dataset.from_generator",
            "tf.data.Dataset.sample_from_datasets",
            "tf.gather",
        ),
    },
    own=dict.fromkeys(
        ("own_indices", "own_rare_drawn"),
        "each framework draws with its own random number generator",
    ),
    exercise=Exercise(
        task="Draw without replacement: `replace=True` becomes `replace=False`. Is "
        "every element drawn now, and does the rare class keep its share?",
        change={"replace=True": "replace=False"},
        answer="Every element is drawn: {{ after.never_drawn|figure }} are missing, "
        "instead of {{ before.never_drawn|figure }}. But each is drawn exactly once, "
        "so the share of the rare class is that of the data, "
        "{{ after.rare_drawn|figure(3) }}. The weights then only decide which elements "
        "come early.",
        holds=lambda before, after: (
            int(before["never_drawn"]) > int(after["never_drawn"]) == 0
            and bool(after["rare_drawn"] == after["rare_in_data"])
            and bool(before["rare_drawn"] > before["rare_in_data"])
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays without a data loader."""
    lengths = np.random.default_rng(0).integers(1, 100, 48)
    rare = np.arange(48) % 12 == 0
    weights = np.where(rare, 11.0, 1.0)
    odds = weights / weights.sum()
    indices = np.random.default_rng(0).choice(48, 48, p=odds)
    batches = np.argsort(lengths, kind="stable").reshape(8, 6)
    buckets = lengths[np.random.default_rng(0).permutation(batches)]
    return {
        "indices": indices,
        "rare_drawn": rare[indices].mean(),
        "buckets": buckets,
        "bucket_padding": _count_padding(buckets),
        "plain_padding": _count_padding(lengths.reshape(8, 6)),
    }


def _count_padding(batches: Array) -> Array:
    return np.array((batches.max(axis=1, keepdims=True) - batches).sum())
