"""Parameters, buffers and plain tensors: what a module trains and saves."""

import tempfile
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

RATE = 0.125


# [step: module]
class Scale(nn.Module):
    """Module that scales and shifts each column and counts its calls."""

    def __init__(self, shift: np.ndarray) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(3, dtype=torch.float64))
        self.register_buffer("calls", torch.tensor(0))
        self.shift = torch.tensor(shift, requires_grad=True)

    def forward(self, x: Tensor) -> Tensor:  # (batch, 3)
        self.calls += 1
        return x * self.scale + self.shift


# [step: list parameters]
def main() -> dict[str, object]:
    """List the parameters, train for one step, save and restore."""
    rng = np.random.default_rng(0)
    x = torch.tensor(rng.standard_normal((8, 3)))
    y = torch.tensor(rng.standard_normal((8, 3)))
    module = Scale(np.zeros(3))
    trained = sorted(name for name, _ in module.named_parameters())
    saved = sorted(module.state_dict())

    # [step: gradients]
    loss = (module(x) - y).square().mean()
    loss.backward()

    # [step: optimizer]
    optimizer = torch.optim.SGD(module.parameters(), lr=RATE)
    optimizer.step()

    # [step: save]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state"
        torch.save(module.state_dict(), path)

        # [step: restore]
        other = Scale(np.full(3, 7.0))
        other.load_state_dict(torch.load(path))

    # [step: results]
    return {
        "trained": trained,
        "saved": saved,
        "scale_gradient": module.scale.grad,
        "shift_gradient": module.shift.grad,
        "scale": module.scale.detach(),
        "calls": module.calls,
        "shift": module.shift.detach(),
        "restored_scale": other.scale.detach(),
        "restored_calls": other.calls,
        "restored_shift": other.shift.detach(),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
