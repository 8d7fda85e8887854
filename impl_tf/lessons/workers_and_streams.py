"""Workers and streams: when several workers read the same stream."""

import numpy as np
import tensorflow as tf
from tensorflow import Tensor
from tensorflow.data import Dataset

COUNT, WORKERS = 17, 2


# [step: stream]
class Stream:
    """Numbers in order; with `split`, each worker reads only its part."""

    def __init__(self, *, split: bool) -> None:
        self.split = split

    def __call__(self, worker: Tensor) -> Dataset:
        numbers = Dataset.range(COUNT)
        return numbers.shard(WORKERS, worker) if self.split else numbers


# [step: loader]
def read(*, split: bool, workers: int) -> Tensor:
    """Return the elements that arrive, in increasing order."""
    readers = max(workers, 1)
    loader = Dataset.range(readers).interleave(
        Stream(split=split), cycle_length=readers, num_parallel_calls=readers
    )
    return tf.sort(list(loader))


# [step: one reader]
def main() -> dict[str, object]:
    """Return what arrives without workers, with workers, with parts."""
    alone = read(split=False, workers=0)

    # [step: several readers]
    doubled = read(split=False, workers=WORKERS)
    print(len(doubled), "elements in place of", COUNT)

    # [step: parts]
    parts = read(split=True, workers=WORKERS)

    # [step: order]
    loader = Dataset.range(WORKERS).interleave(
        Stream(split=True), cycle_length=WORKERS, num_parallel_calls=WORKERS
    )
    order = np.array(list(loader))

    # [step: results]
    return {
        "alone": alone,
        "doubled": doubled,
        "parts": parts,
        "order": order,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
