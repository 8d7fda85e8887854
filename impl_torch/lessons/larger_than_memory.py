"""Data larger than memory: mean and standard deviation in one pass."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

COUNT, WIDTH, BATCH = 20_000, 16, 1_024
CENTRE = 0.5


# [step: read in batches]
def pieces(path: Path) -> Iterator[Tensor]:
    """Read the file's batches, one at a time."""
    with path.open("rb") as file:
        while (numbers := np.fromfile(file, count=BATCH * WIDTH)).size:
            yield torch.from_numpy(numbers).reshape(-1, WIDTH)


# [step: running statistics]
class Running:
    """Mean and sum of squared deviations of all rows so far."""

    def __init__(self) -> None:
        self.count = 0
        self.mean = torch.zeros(WIDTH, dtype=torch.float64)
        self.squares = torch.zeros(WIDTH, dtype=torch.float64)

    def add(self, batch: Tensor) -> None:
        """Add a batch; it can be released afterwards."""
        mean = batch.mean(0)  # (width,)
        apart = mean - self.mean
        total = self.count + len(batch)
        self.squares += (batch - mean).square().sum(0)
        self.squares += apart.square() * (self.count * len(batch) / total)
        self.mean += apart * (len(batch) / total)
        self.count = total

    def deviation(self) -> Tensor:
        """Return the standard deviation of all rows so far."""
        return (self.squares / self.count).sqrt()


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
            held.append(batch.nbytes)
            rows.append(running.count)
            deviations.append(running.deviation()[0].item())
            total += batch.sum(0)
            total_squares += batch.square().sum(0)

        # [step: short formula]
        variance = total_squares / COUNT - (total / COUNT).square()
        short_deviation = variance.abs().sqrt()

        # [step: whole file]
        whole = torch.from_numpy(np.fromfile(path)).reshape(COUNT, WIDTH)

    # [step: results]
    return {
        "mean": running.mean,
        "deviation": running.deviation(),
        "short_deviation": short_deviation,
        "whole_mean": whole.mean(0),
        "whole_deviation": whole.std(0, correction=0),
        "largest_held_bytes": max(held),
        "file_bytes": sum(held),
        "rows": rows,
        "deviations": deviations,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
