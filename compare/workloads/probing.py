"""Inputs, labels and parameters of probes, chosen to expose errors.

Ordinary data hide mistakes: equal channels hide swapped channels, square images hide
transposed axes, full batches hide averages over the wrong count, and random numbers are
never exactly zero.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.workloads import take_samples

if TYPE_CHECKING:
    from compare.contract import Array, Batch

BATCH = 7  # odd and prime: no multiple of anything
LAST = 4  # samples in the uneven last batch
# A learning rate that float32 cannot represent: a rounded one is found in float64.
# Decays stay powers of two, because Keras rounds them to float32.
RATE = 0.03
LARGE = 4.0  # scale of one sample, so that probabilities come close to 0 and 1


def draw_inputs(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return samples with different features, ties, zeros, and a sample of zeros.

    Shape:
        (N, ..., features), at least three samples: the first is zero, the second has
        ties, zeros and negative zeros, the third is large.
    """
    features = np.arange(1, shape[-1] + 1)
    inputs = rng.standard_normal(shape) * (0.5 + features / features.size)
    inputs += features / (2 * features.size)
    inputs[0] = 0.0
    inputs[1] = np.round(inputs[1])  # also makes some of them -0.0
    inputs[2] *= LARGE
    return inputs


def draw_labels(rng: np.random.Generator, *, count: int, classes: int) -> Array:
    """Return labels that repeat and contain the first and the last class.

    Shape:
        (count,) int64.
    """
    labels = rng.integers(0, classes, size=count)
    labels[:4] = (0, classes - 1, classes - 1, 0)
    return labels


def last_batch(batch: Batch) -> Batch:
    """Return the last samples of a batch: an uneven last batch.

    Its shape differs, so a mode that captured a graph captures another one.
    """
    return take_samples(batch, slice(-LAST, None))


def draw_bias(rng: np.random.Generator, size: int) -> Array:
    """Return biases of which every third is zero and one mostly switches its unit off.

    A bias of zero and a sample of zeros give a ReLU input that is exactly zero.
    """
    bias = rng.standard_normal(size) / 4
    bias[::3] = 0.0
    if size > 3:  # noqa: PLR2004 - a small layer keeps all of its units
        bias[1] = -4.0
    return bias
