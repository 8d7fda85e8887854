"""Single operations that sum: do they accumulate in a wider dtype?"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from impl_torch import layout
from impl_torch.activations import CAPTURED


class Operations(nn.Module):
    """A matrix product, a convolution and a sum."""

    def __init__(
        self, operands: Mapping[str, Any], *, dtype: torch.dtype
    ) -> None:
        super().__init__()
        images, kernel = (
            torch.from_numpy(operands[name]).to(dtype)
            for name in ("images", "kernel")
        )
        self.images = images.permute(0, 3, 1, 2)
        self.kernel = kernel.permute(3, 2, 0, 1)

    def forward(self, matrix: Tensor) -> dict[str, Tensor]:
        return {
            "matrix product": matrix @ matrix.T,
            "convolution": functional.conv2d(self.images, self.kernel),
            "sum": matrix.sum(dim=1),
        }


def operations(
    operands: Mapping[str, Any], *, mode: str, dtype: torch.dtype
) -> dict[str, Any] | None:
    """Return their results in a dtype, None if not exposed."""
    if mode not in CAPTURED:
        return None
    matrix = torch.from_numpy(operands["matrix"]).to(dtype)
    module = Operations(operands, dtype=dtype)
    found = CAPTURED[mode](module, matrix)(matrix)
    return {n: layout.canonical_output(a) for n, a in found.items()}
