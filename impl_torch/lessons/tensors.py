"""Tensors: creation, dtypes, indexing, devices and in-place changes."""

import numpy as np
import torch

ROWS = [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]


# [step: creation]
def main() -> dict[str, object]:
    """Create tensors, index them and change one; return the results."""
    from_list = torch.tensor(ROWS)  # (2, 3)
    from_numpy = torch.tensor(np.array(ROWS))  # (2, 3)
    whole = torch.tensor([1, 2, 3])
    print(from_list, from_numpy, whole, sep="\n")

    # [step: types]
    gap = from_list - from_numpy

    # [step: filled]
    zeros = torch.zeros(2, 3)
    ones = torch.ones(3, dtype=torch.float64)
    counted = torch.arange(0, 6, 2, dtype=torch.int64)

    # [step: indexing]
    x = from_numpy
    row = x[0]  # (3,)
    column = x[:, 1]  # (2,)
    corner = x[-1, -1]  # ()
    large = x[x > 0.35]  # (3,)
    swapped = x[[1, 0]]  # (2, 3)

    # [step: device]
    moved = x.to("cpu")
    device = moved.device.type

    # [step: change]
    changed = x.clone()
    changed[0, 0] = 10.0

    # [step: results]
    return {
        "from_list": from_list,
        "from_numpy": from_numpy,
        "whole": whole,
        "gap": gap,
        "zeros": zeros,
        "ones": ones,
        "counted": counted,
        "row": row,
        "column": column,
        "corner": corner,
        "large": large,
        "swapped": swapped,
        "device": device,
        "changed": changed,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
