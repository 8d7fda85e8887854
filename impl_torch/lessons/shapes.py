"""Shapes: `reshape`, `transpose`, and which tensors share memory."""

import torch


# [step: reshape]
def main() -> dict[str, object]:
    """Reshape and transpose the same numbers, then overwrite them."""
    x = torch.arange(24, dtype=torch.float64).view(2, 3, 4)
    flat = x.view(2, -1)  # (2, 12)

    # [step: axes of length one]
    wide = x.unsqueeze(1)  # (2, 1, 3, 4)
    narrow = wide.squeeze(1)  # (2, 3, 4)

    # [step: transpose]
    swapped = x.transpose(1, 2)  # (2, 4, 3)
    moved = x.permute(2, 0, 1)  # (4, 2, 3)

    # [step: order in memory]
    try:
        moved.view(-1)
    except RuntimeError as error:
        print(error)
    lined_up = moved.reshape(-1)  # (24,)

    # [step: shared memory]
    base = x.clone()
    reshaped = base.view(6, 4)
    transposed = base.permute(2, 0, 1)
    copied = base.permute(2, 0, 1).reshape(-1)
    base.zero_()
    followed = [not each.any() for each in (reshaped, transposed, copied)]

    # [step: results]
    return {
        "x": x,
        "flat": flat,
        "wide": wide,
        "narrow": narrow,
        "swapped": swapped,
        "moved": moved,
        "lined_up": lined_up,
        "followed": followed,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
