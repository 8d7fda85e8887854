"""Padding and masking: sequences of different lengths in one batch."""

import numpy as np
import tensorflow as tf
from tensorflow import Tensor
from tensorflow.data import Dataset

BATCH, FILLER = 3, 0.0


# [step: collate]
def collate(sequences: Dataset) -> Dataset:
    """Pad the sequences of a batch into one array; keep their lengths."""
    with_lengths = sequences.map(lambda one: (one, tf.size(one, tf.int64)))
    filler = tf.constant(FILLER, tf.float64), tf.constant(0, tf.int64)
    return with_lengths.padded_batch(BATCH, padding_values=filler)


# [step: masked mean]
def masked_mean(padded: Tensor, lengths: Tensor) -> Tensor:
    """Return the mean of each sequence without its padding."""
    position = tf.range(padded.shape[1], dtype=tf.int64)  # (longest,)
    mask = position < lengths[:, None]  # (batch, longest)
    kept = tf.where(mask, padded, 0.0)
    return tf.reduce_sum(kept, 1) / tf.cast(lengths, tf.float64)  # (batch,)


# [step: data]
def main() -> dict[str, object]:
    """Return padded batches, two kinds of mean, and a gradient."""
    rng = np.random.default_rng(0)
    lengths = [5, 2, 3, 1, 4, 2]
    sequences = [rng.standard_normal(n) for n in lengths]

    # [step: batches]
    several = tf.TensorSpec((None,), tf.float64)
    stream = Dataset.from_generator(
        lambda: sequences, output_signature=several
    )
    batches = list(collate(stream))
    for padded, _ in batches:
        print(padded.numpy().round(2))

    # [step: means]
    masked, plain = [], []
    for padded, lengths in batches:
        masked.append(masked_mean(padded, lengths))
        plain.append(tf.reduce_mean(padded, 1))

    # [step: gradient]
    padded, lengths = batches[0]
    with tf.GradientTape() as tape:
        tape.watch(padded)
        loss = tf.reduce_sum(tf.square(masked_mean(padded, lengths)))
    gradient = tape.gradient(loss, padded)

    # [step: results]
    return {
        "first": batches[0][0],
        "second": batches[1][0],
        "lengths": np.concatenate([lengths for _, lengths in batches]),
        "masked_means": np.concatenate(masked),
        "plain_means": np.concatenate(plain),
        "gradient": gradient,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
