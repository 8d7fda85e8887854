"""Image data: reading files, normalisation, channels first or last."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from sklearn.datasets import load_digits
from torch import Tensor

COUNT, SIDE, BATCH = 64, 8, 32
TINT = np.array([1.0, 0.6, 0.3])  # red, green, blue


# [step: files]
def write_files(folder: Path) -> None:
    """Write tinted digits as images, named after number and label."""
    digits = load_digits()
    for number in range(COUNT):
        grey = digits.images[number, -SIDE:, -SIDE:, None] * 15  # (H, W, 1)
        name = f"{number:02}_{digits.target[number]}.png"
        Image.fromarray((grey * TINT).astype(np.uint8)).save(folder / name)


# [step: data set]
class Pictures:
    """A data set that reads an image and its label when it is indexed."""

    def __init__(self, folder: Path) -> None:
        self.paths = sorted(folder.glob("*.png"))

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        path = self.paths[index]
        pixels = torch.tensor(np.array(Image.open(path)) / 255)  # (H, W, C)
        return pixels.permute(2, 0, 1), int(path.stem[-1])  # (C, H, W)


# [step: collate]
def collate(pictures: Pictures, indices: range) -> tuple[Tensor, Tensor]:
    """Return the images at these indices as one array, and their labels."""
    images, labels = zip(*[pictures[i] for i in indices], strict=True)
    return torch.stack(images), torch.tensor(labels)  # (batch, C, H, W)


# [step: batches]
def batches(pictures: Pictures) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield one batch after another."""
    for start in range(0, len(pictures), BATCH):
        yield collate(pictures, range(start, start + BATCH))


# [step: reading]
def main() -> dict[str, object]:
    """Normalise two batches; convolve one in the right and wrong layout."""
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder))
        (first, labels), (second, _) = batches(Pictures(Path(folder)))

    # [step: normalisation]
    mean = first.mean((0, 2, 3), keepdim=True)  # (1, C, 1, 1)
    deviation = first.std((0, 2, 3), correction=0, keepdim=True)
    first = (first - mean) / deviation
    second = (second - mean) / deviation

    # [step: right order]
    weight = np.random.default_rng(0).standard_normal((3, 3, 3, 4))  # HWIO
    kernel = torch.tensor(weight).permute(3, 2, 0, 1)  # OIHW
    features = torch.nn.functional.conv2d(first, kernel)  # (batch, 4, H, W)

    # [step: wrong order]
    try:
        torch.nn.functional.conv2d(first.permute(0, 2, 3, 1), kernel)
        error = "no error"
    except RuntimeError as raised:
        error = str(raised)
    print(error)

    # [step: results]
    return {
        "labels": labels,
        "mean": mean.flatten(),
        "deviation": deviation.flatten(),
        "second_deviation": second.std((0, 2, 3), correction=0),
        "images": first.permute(0, 2, 3, 1),
        "features": features.permute(0, 2, 3, 1),
        "error": error,
        "noticed": error != "no error",
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
