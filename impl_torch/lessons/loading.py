"""Parallel data loading: worker processes, threads and prefetching."""

import multiprocessing
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from time import perf_counter
from warnings import filterwarnings

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

BATCHES, BATCH, WIDTH, HELPERS, REPEATS = 32, 64, 256, 2, 5
# More workers than processors do no harm here.
filterwarnings("ignore", "This DataLoader will create")


# [step: pipeline]
def greet(folder: Path, worker: int) -> None:
    """Leave a file as proof that a worker was initialised."""
    # At the top level, so that it can be pickled: from Python 3.14 on Linux.
    (folder / f"greeting.{worker}").touch()


def pipeline(path: Path) -> Iterable[Tensor]:
    """Return the file's batches, loaded by worker processes."""
    shape = (BATCHES, BATCH, WIDTH)
    # Copy on write: PyTorch warns about read-only memory.
    records = np.memmap(path, dtype=np.float64, mode="c", shape=shape)
    return DataLoader(
        records,
        batch_size=None,  # each element is already a batch
        num_workers=HELPERS,
        prefetch_factor=2,
        in_order=True,
        persistent_workers=True,
        worker_init_fn=partial(greet, path.parent),
        timeout=60,
        pin_memory=torch.cuda.is_available(),
    )


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
        means = [batch.mean().item() for batch in batches]
        processes = len(multiprocessing.active_children())
        greetings = len(list(Path(folder).glob("greeting.*")))

        # [step: later epochs]
        loaded = sum(batch.nbytes for batch in batches)
        piped = bytes_per_s(lambda: sum(batch.nbytes for batch in batches))

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
