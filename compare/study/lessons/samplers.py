"""Who comes next: rare elements more often, like lengths together.

Which element comes next is a decision of its own, apart from how an element is read. In
PyTorch an object makes it, the sampler: it yields indices, or whole batches of them. In
TensorFlow the indices are a stream like any other, and reading is what is mapped over
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Array, Arrays

LESSON = Lesson(
    steps={
        "by weight": "A sampler is anything that can be iterated over and yields "
        "indices. This one draws each in proportion to its weight, with NumPy's "
        "generator, so that both frameworks are told the same. It draws with "
        "replacement: what has been drawn may be drawn again.",
        "by length": "A batch sampler yields lists of indices, a batch each. This one "
        "sorts by length, cuts the sorted indices into batches, and then gives the "
        "batches in random order, so that training does not meet all the short ones "
        "first.",
        "padding": "The elements of a batch must be brought to one length. This counts "
        "the zeros that it takes: work that is done and thrown away.",
        "data": "Lengths are spread evenly; one element in twelve is of a rare class, "
        "{{ rare_in_data|figure(3) }} of all. A classifier that never names that class "
        "would be right about all the others.",
        "sampler": "The rare elements weigh `11.0` times as much as the others, so "
        "that both classes weigh the same in sum. Now they make {{ "
        "rare_drawn|figure(3) }} of what is drawn. There is a price: {{ "
        "never_drawn|figure }} of {{ indices|length }} elements do not occur in this "
        "epoch at all.",
        "library sampler": "PyTorch has such a sampler itself. TensorFlow, which works "
        "on streams, has none; it mixes one endless stream of each class in given "
        "proportions. Each uses its own random numbers: "
        "{{ torch.own_rare_drawn|figure(3) }} of one and "
        "{{ tf.own_rare_drawn|figure(3) }} of the other are rare, both near one half.",
        "batch sampler": "A loader with a `batch_sampler` takes the batches as they "
        "are. In TensorFlow an element of the stream may itself be a list of indices, "
        "and `tf.gather` fetches them; or `bucket_by_sequence_length` sorts a stream "
        "into buckets as it comes. In order of arrival all batches together need "
        "{{ plain_padding|figure }} zeros; in buckets {{ bucket_padding|figure }}.",
        "results": "Since NumPy draws, the indices must be equal one by one. What each "
        "framework drew itself is returned too, to be shown and not to be compared.",
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
        "each framework draws with random numbers of its own",
    ),
    exercise=Exercise(
        task="Draw without replacement: `replace=True` becomes `replace=False`. Is "
        "every element met now, and does the rare class keep its share?",
        change={"replace=True": "replace=False"},
        answer="Every element is met: {{ after.never_drawn|figure }} are missing, in "
        "place of {{ before.never_drawn|figure }}. But then each is met exactly once, "
        "and the share of the rare class is that of the data, "
        "{{ after.rare_drawn|figure(3) }}. Weights then only decide who comes early.",
        holds=lambda before, after: (
            int(before["never_drawn"]) > int(after["never_drawn"]) == 0
            and bool(after["rare_drawn"] == after["rare_in_data"])
            and bool(before["rare_drawn"] > before["rare_in_data"])
        ),
    ),
)


def expected() -> Arrays:
    """The same without a loader."""
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
        "bucket_padding": _padding(buckets),
        "plain_padding": _padding(lengths.reshape(8, 6)),
    }


def _padding(batches: Array) -> Array:
    return np.array((batches.max(axis=1, keepdims=True) - batches).sum())
