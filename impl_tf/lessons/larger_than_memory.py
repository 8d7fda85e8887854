"""Data larger than memory: mean and standard deviation in one pass."""

import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import tensorflow as tf
from tensorflow import Tensor
from tensorflow.data import FixedLengthRecordDataset

COUNT, WIDTH, BATCH = 20_000, 16, 1_024
CENTRE = 0.5


# [step: read in batches]
def pieces(path: Path) -> Iterable[Tensor]:
    """Read the file's batches, one at a time."""
    rows = FixedLengthRecordDataset(str(path), WIDTH * 8).batch(BATCH)
    return rows.map(lambda batch: tf.io.decode_raw(batch, tf.float64))


# [step: running statistics]
class Running:
    """Mean and sum of squared deviations of all rows so far."""

    def __init__(self) -> None:
        self.count = 0
        self.mean = tf.zeros(WIDTH, tf.float64)
        self.squares = tf.zeros(WIDTH, tf.float64)

    def add(self, batch: Tensor) -> None:
        """Add a batch; it can be released afterwards."""
        mean = tf.reduce_mean(batch, 0)  # (width,)
        apart = mean - self.mean
        total = self.count + len(batch)
        self.squares += tf.reduce_sum(tf.square(batch - mean), 0)
        self.squares += tf.square(apart) * (self.count * len(batch) / total)
        self.mean += apart * (len(batch) / total)
        self.count = total

    def deviation(self) -> Tensor:
        """Return the standard deviation of all rows so far."""
        return tf.sqrt(self.squares / self.count)


# [step: file]
def main() -> dict[str, object]:
    """Return column statistics: streamed, short formula, all at once."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.bin"
        rng = np.random.default_rng(0)
        with path.open("wb") as file:
            for start in range(0, COUNT, BATCH):
                rows = min(BATCH, COUNT - start)
                (CENTRE + rng.random((rows, WIDTH))).tofile(file)

        # [step: one pass]
        running, held, rows, deviations = Running(), [], [], []
        total, total_squares = 0.0, 0.0
        for batch in pieces(path):
            running.add(batch)
            held.append(batch.numpy().nbytes)
            rows.append(running.count)
            deviations.append(running.deviation()[0].numpy())
            total += tf.reduce_sum(batch, 0)
            total_squares += tf.reduce_sum(tf.square(batch), 0)

        # [step: short formula]
        variance = total_squares / COUNT - tf.square(total / COUNT)
        short_deviation = tf.sqrt(tf.abs(variance))

        # [step: whole file]
        whole = tf.reshape(np.fromfile(path), (COUNT, WIDTH))

    # [step: results]
    return {
        "mean": running.mean,
        "deviation": running.deviation(),
        "short_deviation": short_deviation,
        "whole_mean": tf.reduce_mean(whole, 0),
        "whole_deviation": tf.math.reduce_std(whole, 0),
        "largest_held_bytes": max(held),
        "file_bytes": sum(held),
        "rows": rows,
        "deviations": deviations,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
