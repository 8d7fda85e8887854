"""Samplers: class imbalance and batches of similar length."""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from tensorflow import Tensor
from tensorflow.data import Dataset

COUNT, BATCH, SEED = 48, 6, 0


# [step: weighted sampling]
class Weighted:
    """A sampler that draws indices in proportion to their weights."""

    def __init__(self, weights: np.ndarray) -> None:
        self.weights = weights

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng(SEED)
        odds = self.weights / self.weights.sum()
        yield from rng.choice(COUNT, COUNT, replace=True, p=odds)


# [step: bucketing]
class Bucketed:
    """A batch sampler that groups elements of similar length."""

    def __init__(self, lengths: np.ndarray) -> None:
        self.lengths = lengths

    def __iter__(self) -> Iterator[np.ndarray]:
        by_length = np.argsort(self.lengths, kind="stable")
        batches = by_length.reshape(-1, BATCH)  # (batches, batch)
        yield from np.random.default_rng(SEED).permutation(batches)


# [step: padding]
def padding(batch: Tensor) -> int:
    """Return how many zeros pad a batch to its longest element."""
    return int(tf.reduce_sum(tf.reduce_max(batch) - batch))


# [step: data]
def main() -> dict[str, object]:
    """Draw by weight; count the padding with and without buckets."""
    rng = np.random.default_rng(SEED)
    lengths = rng.integers(1, 100, COUNT)
    rare = np.arange(COUNT) % 12 == 0  # one in twelve

    # [step: sampler]
    weights = np.where(rare, 11.0, 1.0)
    sampler = Weighted(weights)
    one = tf.TensorSpec((), tf.int64)
    stream = Dataset.from_generator(lambda: sampler, output_signature=one)
    indices = np.concatenate(list(stream.batch(BATCH)))  # (count,)

    # [step: library sampler]
    all_of = [np.flatnonzero(rare), np.flatnonzero(~rare)]
    parts = [
        Dataset.from_tensor_slices(part).shuffle(COUNT, seed=SEED).repeat()
        for part in all_of
    ]
    totals = [weights[part].sum() for part in all_of]
    odds = np.array(totals) / weights.sum()
    mixed = Dataset.sample_from_datasets(parts, weights=odds, seed=SEED)
    own = list(mixed.take(COUNT).batch(BATCH))

    # [step: batch sampler]
    sampler = Bucketed(lengths)
    several = tf.TensorSpec((None,), tf.int64)
    stream = Dataset.from_generator(lambda: sampler, output_signature=several)
    buckets = list(stream.map(lambda batch: tf.gather(lengths, batch)))
    plain = list(Dataset.from_tensor_slices(lengths).batch(BATCH))

    # [step: results]
    return {
        "indices": indices,
        "rare_in_data": rare.mean(),
        "rare_drawn": rare[indices].mean(),
        "never_drawn": COUNT - len(np.unique(indices)),
        "own_indices": np.concatenate(own),
        "own_rare_drawn": rare[np.concatenate(own)].mean(),
        "buckets": np.stack(buckets),
        "bucket_padding": sum(padding(batch) for batch in buckets),
        "plain_padding": sum(padding(batch) for batch in plain),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
