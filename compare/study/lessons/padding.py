"""Padding and masking: sequences of different lengths in one batch.

A batch is one array, and all rows of an array have the same length. Shorter sequences
are therefore padded to the length of the longest. From then on every computation needs
a mask that marks which numbers are data. PyTorch lets a custom collate function build
the batch; TensorFlow has a method that pads and batches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "collate": "PyTorch passes the elements of a batch to `collate` as a list, and "
        "uses what it returns as the batch. `tf.data` has no such hook. It has the "
        "method `padded_batch`, which pads every axis whose length is not known in "
        "advance. (Its `ragged_batch` pads nothing, for operations that accept a "
        "`RaggedTensor`.) In both cases the lengths must be kept: the padded batch "
        "does not show whether a zero was data.",
        "masked mean": "The mask compares each position with each length, which "
        "broadcasts to the shape of the batch. The padding is replaced by zero, "
        "whatever its value was, so that it adds nothing to the sum. The sum is "
        "divided by the true length.",
        "data": "Six sequences of random numbers, with the lengths "
        "{{ lengths|figure }}.",
        "batches": "Each batch is padded separately, to the length of its own longest "
        "sequence. The first batch has the shape {{ first.shape|figure }}, the second "
        "{{ second.shape|figure }}. A graph that was captured for one of these shapes "
        "may have to be captured again for the other (retracing, recompilation).",
        "means": "The plain mean divides by the length of the longest sequence. For "
        "the second sequence it gives {{ plain_means[1]|figure }}, but the mean of its "
        "numbers is {{ masked_means[1]|figure }}. The plain mean is right only for the "
        "longest sequence of each batch.",
        "gradient": "The mask lets no gradient flow back to the padding. The gradient "
        "there is exactly zero: {{ gradient[2]|figure }} for the last sequence of the "
        "batch. The outputs of a model at these positions get no gradient. A model "
        "that mixes positions, such as a convolution, needs the mask as well.",
        "results": "The batches, the lengths and both kinds of mean are returned and "
        "compared with NumPy. NumPy can take the mean of each sequence before there is "
        "any padding.",
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
        task="Pad with a hundred instead of zero: `BATCH, FILLER = 3, 100.0`. Which of "
        "the two means changes?",
        change={"BATCH, FILLER = 3, 0.0": "BATCH, FILLER = 3, 100.0"},
        answer="Only the plain mean: for the second sequence it is now "
        "{{ after.plain_means[1]|figure }}. The masked mean is still "
        "{{ after.masked_means[1]|figure }}, to the last bit. This is a good test for "
        "any model that is supposed to ignore its padding.",
        holds=lambda before, after: (
            np.array_equal(before["masked_means"], after["masked_means"])
            and np.array_equal(before["gradient"], after["gradient"])
            and not np.allclose(before["plain_means"], after["plain_means"])
        ),
    ),
)


def expected() -> Arrays:
    """Return the same arrays, computed from each sequence without padding."""
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
