"""Workers and streams: when several workers read the same stream."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

COUNT, WORKERS = 17, 2


# [step: stream]
class Stream(IterableDataset):
    """Numbers in order; with `split`, each worker reads only its part."""

    def __init__(self, *, split: bool) -> None:
        self.split = split

    def __iter__(self) -> Iterator[int]:
        worker = get_worker_info()  # None in the main process
        if self.split and worker is not None:
            yield from range(worker.id, COUNT, worker.num_workers)
        else:
            yield from range(COUNT)


# [step: loader]
def read(*, split: bool, workers: int) -> Tensor:
    """Return the elements that arrive, in increasing order."""
    stream = Stream(split=split)
    loader = DataLoader(stream, batch_size=None, num_workers=workers)
    return torch.tensor(sorted(loader))


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
    loader = DataLoader(
        Stream(split=True), batch_size=None, num_workers=WORKERS
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
