"""Sequences of different lengths in one batch: padding, and ignoring it.

A batch is one array, and an array has no ragged edge. Shorter sequences are filled up
to the length of the longest, and from then on every computation must know which numbers
are data. PyTorch lets a function of one's own put a batch together, TensorFlow has a
kind of batch for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "collate": "PyTorch hands the elements of a batch to `collate` as a list; what "
        "it returns is the batch. TensorFlow has no such hook, but a batch for the "
        "purpose: `padded_batch` fills up every axis whose length is not known "
        "beforehand. (Its `ragged_batch` pads nothing, for operations that accept a "
        "`RaggedTensor`.) Either way the lengths must be kept, for nobody can see "
        "afterwards whether a zero was data.",
        "masked mean": "The mask compares each position with each length, which "
        "broadcasts to the shape of the batch. Padding is replaced by zero whatever it "
        "was, so that it adds nothing, and the sum is divided by the true length.",
        "data": "Six sequences of random numbers, of these lengths: "
        "{{ lengths|figure }}.",
        "batches": "Padding is decided for each batch by itself: the first is as long "
        "as its longest, shape {{ first.shape|figure }}, and so is the second, {{ "
        "second.shape|figure }}. A graph that was captured for one of these shapes "
        "may have to be captured again for the other.",
        "means": "The plain mean divides by the length of the longest. For the second "
        "sequence it gives {{ plain_means[1]|figure }}, where the mean of its numbers "
        "is {{ masked_means[1]|figure }}. Only the longest of each batch comes out "
        "right.",
        "gradient": "Through the mask no gradient flows back to the padding: those "
        "positions hold exact zeros, {{ gradient[2]|figure }} for the last sequence of "
        "the batch. A model in front of this loss learns nothing from them.",
        "results": "The batches, the lengths and both kinds of mean, to be compared "
        "with NumPy, which can take each sequence's mean before there is any padding.",
    },
    apis={
        "torch": (
            "torch.utils.data.DataLoader",
            "torch.nn.utils.rnn.pad_sequence",
            "torch.where",
        ),
        "tf": ("tf.data.Dataset.padded_batch", "tf.TensorSpec", "tf.where"),
    },
    exercise=Exercise(
        task="Fill up with a hundred in place of zero: `BATCH, FILLER = 3, 100.0`. "
        "Which of the two means notices?",
        change={"BATCH, FILLER = 3, 0.0": "BATCH, FILLER = 3, 100.0"},
        answer="Only the plain one: for the second sequence it now gives "
        "{{ after.plain_means[1]|figure }}. The masked mean is still "
        "{{ after.masked_means[1]|figure }}, to the last bit. This is a good test for "
        "any model that is said to ignore its padding.",
        holds=lambda before, after: (
            np.array_equal(before["masked_means"], after["masked_means"])
            and np.array_equal(before["gradient"], after["gradient"])
            and not np.allclose(before["plain_means"], after["plain_means"])
        ),
    ),
)


def expected() -> Arrays:
    """Each sequence by itself, before there is any padding."""
    rng = np.random.default_rng(0)
    lengths = np.array([5, 2, 3, 1, 4, 2])
    sequences = [rng.standard_normal(n) for n in lengths]
    longest = np.repeat([5, 4], 3)
    gradient = np.zeros((3, 5))
    for row, sequence in zip(gradient, sequences[:3], strict=True):
        row[: len(sequence)] = 2 * sequence.mean() / len(sequence)
    return {
        "lengths": lengths,
        "masked_means": np.array([sequence.mean() for sequence in sequences]),
        "plain_means": np.array([s.sum() for s in sequences]) / longest,
        "gradient": gradient,
    }
