"""Augmentation: images that are changed at random when they are read."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor
from torch.nn.functional import interpolate, pad
from torch.utils.data import DataLoader, Dataset

COUNT, SIDE, EDGE = 64, 8, 1


# [step: transforms]
def flipped(image: Tensor) -> Tensor:  # (C, H, W)
    """Return the mirror image, left to right."""
    return image.flip(2)


def shifted(image: Tensor, down: int, right: int) -> Tensor:
    """Return the image with a border of zeros, cropped to its old size."""
    wide = pad(image, (EDGE, EDGE, EDGE, EDGE))
    return wide[:, down : down + SIDE, right : right + SIDE]


def resized(image: Tensor, side: int) -> Tensor:
    """Return the image with another size, by bilinear interpolation."""
    size = (side, side)
    return interpolate(image[None], size, mode="bilinear", antialias=False)[0]


# [step: data set]
class Digits(Dataset):
    """Images of digits; with `augmented`, another version at each access."""

    def __init__(self, *, augmented: bool) -> None:
        self.images, self.labels = load_digits(return_X_y=True)
        self.augmented, self.rng = augmented, np.random.default_rng(0)

    def __len__(self) -> int:
        return COUNT

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = torch.tensor(self.images[index] / 16).reshape(1, SIDE, SIDE)
        if self.augmented:
            image = shifted(image, *self.rng.integers(0, 2 * EDGE + 1, 2))
        return image, self.labels[index]


# [step: two epochs]
def main() -> dict[str, object]:
    """Read two epochs of augmented and of plain images; change one."""
    train = DataLoader(Digits(augmented=True), batch_size=COUNT)
    (first, labels), (second, _) = next(iter(train)), next(iter(train))
    new_versions = (first != second).flatten(1).any(1).sum()

    # [step: validation]
    valid = DataLoader(Digits(augmented=False), batch_size=COUNT)
    (plain, _), (again, _) = next(iter(valid)), next(iter(valid))
    unchanged = torch.equal(plain, again)

    # [step: flip]
    mirror = flipped(plain[5])  # a five becomes something else
    print(mirror[0].numpy().round(1))

    # [step: resize]
    large = resized(plain[5], 12)  # (1, 12, 12)

    # [step: results]
    return {
        "first": first.permute(0, 2, 3, 1),
        "second": second.permute(0, 2, 3, 1),
        "labels": labels,
        "new_versions": new_versions,
        "unchanged": unchanged,
        "mirror": mirror.permute(1, 2, 0),
        "large": large.permute(1, 2, 0).float(),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
