"""Dataset, DataLoader and tf.data: batches, shuffling and streams."""

from collections.abc import Iterable, Iterator

import numpy as np
import tensorflow as tf
from tensorflow import Tensor
from tensorflow.data import Dataset

COUNT, BATCH, SEED = 10, 4, 0


# [step: map style data set]
class Readings:
    """Map-style data set: its length, and each element by its index."""

    def __init__(self) -> None:
        rng = np.random.default_rng(SEED)
        self.x = tf.constant(rng.standard_normal((COUNT, 3)))
        self.y = tf.range(COUNT, dtype=tf.int64)

    def __len__(self) -> int:
        return COUNT

    def __getitem__(self, index: Tensor) -> tuple[Tensor, Tensor]:
        return self.x[index], self.y[index]  # (3,) and ()


# [step: iterable style data set]
class Collatz:
    """Iterable-style data set: one element after another."""

    def __iter__(self) -> Iterator[int]:
        number = 7
        yield number
        while number != 1:
            number = 3 * number + 1 if number % 2 else number // 2
            yield number


# [step: epochs]
def labels(batches: Iterable[tuple[Tensor, Tensor]]) -> np.ndarray:
    """Return the labels of one epoch, in the order they were read."""
    return np.concatenate([y for _, y in batches])


# [step: batches]
def main() -> dict[str, object]:
    """Return sizes and contents of batches, and the shuffled orders."""
    readings = Readings()
    dataset = Dataset.range(COUNT).map(readings.__getitem__)
    batches = dataset.batch(BATCH)
    first_x, first_y = next(iter(batches))  # (batch, 3) and (batch,)
    sizes = [len(y) for _, y in batches]

    # [step: last batch]
    whole = dataset.batch(BATCH, drop_remainder=True)
    whole_sizes = [len(y) for _, y in whole]

    # [step: batches of a stream]
    number = tf.TensorSpec((), tf.int64)
    stream = Dataset.from_generator(Collatz, output_signature=number)
    stream = stream.batch(BATCH)
    for batch in stream:
        print(batch.numpy())
    try:
        len(stream)
    except TypeError as error:
        print(error)

    # [step: shared order]
    order = np.random.default_rng(SEED).permutation(COUNT)
    indices = Dataset.from_tensor_slices(order)
    given = indices.map(readings.__getitem__).batch(BATCH)

    # [step: framework shuffling]
    epochs = []
    for _ in range(2):
        shuffled = dataset.shuffle(COUNT, seed=SEED).batch(BATCH)
        epochs.append([labels(shuffled), labels(shuffled)])

    # [step: results]
    return {
        "first_x": first_x,
        "first_y": first_y,
        "sizes": sizes,
        "whole_sizes": whole_sizes,
        "stream": np.concatenate(list(stream)),
        "given_order": labels(given),
        "own_orders": epochs[0],
        "complete": np.sort(epochs[0]) == np.arange(COUNT),
        "same_seed_same_orders": np.array_equal(*epochs),
        "same_order_each_epoch": np.array_equal(*epochs[0]),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
