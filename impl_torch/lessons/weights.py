"""Weights across frameworks: one checkpoint file, written and read by both."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

# Positions of the canonical axes: (height, width, in, out) and (in, out).
AXES = {4: (2, 3, 1, 0), 2: (1, 0), 1: (0,)}


# [step: model]
class Net(nn.Module):
    """A convolution and a dense layer, in float64."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, dtype=torch.float64)
        self.dense = nn.Linear(144, 10, dtype=torch.float64)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = images.permute(0, 3, 1, 2)  # (batch, 1, 8, 8), channels first
        x = self.conv(x).relu()  # (batch, 4, 6, 6)
        x = x.permute(0, 2, 3, 1).flatten(1)  # (batch, 144), channels last
        return self.dense(x)  # (batch, classes)


# [step: names]
def named(model: Net) -> dict[str, nn.Parameter]:
    """Return the parameters by the names used in a file."""
    return dict(model.named_parameters())


# [step: save and load]
def save(model: Net, path: Path) -> None:
    """Write the parameters to a file in canonical layout."""
    arrays = {name: p.detach().numpy() for name, p in named(model).items()}
    np.savez(path, **{n: a.transpose(AXES[a.ndim]) for n, a in arrays.items()})


def load(model: Net, path: Path) -> None:
    """Load the parameters from a file that either program wrote."""
    with np.load(path, allow_pickle=False) as file, torch.no_grad():
        for name, p in named(model).items():
            back = np.argsort(AXES[p.ndim])
            p.copy_(torch.tensor(file[name].transpose(back)))


# [step: images]
def main() -> dict[str, object]:
    """Return what the file contains, and outputs with the other's file."""
    pixels = load_digits().images[:8, ..., np.newaxis]
    images = torch.tensor((pixels - pixels.mean()) / pixels.std())
    first, second = Net(), Net()
    with TemporaryDirectory() as folder:
        # [step: own file]
        ours = Path(folder) / "ours.npz"
        save(first, ours)
        load(second, ours)
        same = torch.equal(first(images), second(images))
        with np.load(ours, allow_pickle=False) as file:
            shapes = {name: array.shape for name, array in file.items()}
        print(*shapes.items(), sep="\n")

        # [step: other file]
        theirs = Path(folder) / "theirs.npz"
        rng = np.random.default_rng(0)
        np.savez(theirs, **{n: rng.normal(size=s) for n, s in shapes.items()})
        load(second, theirs)

    # [step: results]
    return {
        "same": same,
        "names": list(shapes),
        "shapes": [str(shape) for shape in shapes.values()],
        "own_shape": str(tuple(second.conv.weight.shape)),
        "outputs": second(images).detach(),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
