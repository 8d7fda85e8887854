"""Samplers: class imbalance and batches of similar length."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Sampler, WeightedRandomSampler

COUNT, BATCH, SEED = 48, 6, 0


# [step: weighted sampling]
class Weighted(Sampler):
    """A sampler that draws indices in proportion to their weights."""

    def __init__(self, weights: np.ndarray) -> None:
        self.weights = weights

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng(SEED)
        odds = self.weights / self.weights.sum()
        yield from rng.choice(COUNT, COUNT, replace=True, p=odds)

    def __len__(self) -> int:
        return COUNT


# [step: bucketing]
class Bucketed(Sampler):
    """A batch sampler that groups elements of similar length."""

    def __init__(self, lengths: np.ndarray) -> None:
        self.lengths = lengths

    def __iter__(self) -> Iterator[np.ndarray]:
        by_length = np.argsort(self.lengths, kind="stable")
        batches = by_length.reshape(-1, BATCH)  # (batches, batch)
        yield from np.random.default_rng(SEED).permutation(batches)

    def __len__(self) -> int:
        return COUNT // BATCH


# [step: padding]
def padding(batch: Tensor) -> int:
    """Return how many zeros pad a batch to its longest element."""
    return int((batch.max() - batch).sum())


# [step: data]
def main() -> dict[str, object]:
    """Draw by weight; count the padding with and without buckets."""
    rng = np.random.default_rng(SEED)
    lengths = rng.integers(1, 100, COUNT)
    rare = np.arange(COUNT) % 12 == 0  # one in twelve

    # [step: sampler]
    weights = np.where(rare, 11.0, 1.0)
    sampler = Weighted(weights)
    drawn = list(DataLoader(range(COUNT), batch_size=BATCH, sampler=sampler))
    indices = np.concatenate(drawn)  # (count,)

    # [step: library sampler]
    seeded = torch.Generator().manual_seed(SEED)
    sampler = WeightedRandomSampler(
        weights, num_samples=COUNT, generator=seeded
    )
    own = list(DataLoader(range(COUNT), batch_size=BATCH, sampler=sampler))

    # [step: batch sampler]
    sampler = Bucketed(lengths)
    buckets = list(DataLoader(lengths, batch_sampler=sampler))
    plain = list(DataLoader(lengths, batch_size=BATCH))

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
