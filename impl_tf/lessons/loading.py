"""Parallel data loading: worker processes, threads and prefetching."""

import multiprocessing
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from time import perf_counter

import numpy as np
import tensorflow as tf
from tensorflow import Tensor
from tensorflow.data import FixedLengthRecordDataset

BATCHES, BATCH, WIDTH, HELPERS, REPEATS = 32, 64, 256, 2, 5


# [step: pipeline]
def pipeline(path: Path) -> Iterable[Tensor]:
    """Return the file's batches, loaded by threads."""
    records = FixedLengthRecordDataset(str(path), BATCH * WIDTH * 8)
    batches = records.map(
        lambda record: tf.reshape(
            tf.io.decode_raw(record, tf.float64), (BATCH, WIDTH)
        ),
        num_parallel_calls=HELPERS,
        deterministic=True,
    )
    return batches.prefetch(tf.data.AUTOTUNE)


# [step: throughput]
def bytes_per_s(read: Callable[[], int]) -> float:
    """Return the throughput of the fastest of several readings."""
    rates = []
    for _ in range(REPEATS):
        start = perf_counter()
        rates.append(read() / (perf_counter() - start))
    return max(rates)


# [step: file]
def main() -> dict[str, object]:
    """Return the batch means, the number of workers, the throughput."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.bin"
        rng = np.random.default_rng(0)
        rng.random((BATCHES * BATCH, WIDTH)).tofile(path)

        # [step: raw read]
        size = len(path.read_bytes())
        raw = bytes_per_s(lambda: len(path.read_bytes()))

        # [step: first epoch]
        batches = pipeline(path)
        means = [tf.reduce_mean(batch).numpy() for batch in batches]
        processes = len(multiprocessing.active_children())
        greetings = len(list(Path(folder).glob("greeting.*")))

        # [step: later epochs]
        loaded = sum(batch.numpy().nbytes for batch in batches)
        piped = bytes_per_s(lambda: sum(b.numpy().nbytes for b in batches))

    # [step: results]
    return {
        "means": means,
        "file_bytes": size,
        "loaded_bytes": loaded,
        "processes": processes,
        "greetings": greetings,
        "raw_bytes_per_s": raw,
        "piped_bytes_per_s": piped,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
