"""Recurrent network (RNN): one cell in a loop over any sequence length."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

EPOCHS, RATE, SCALE = 10, 0.02, 0.9


# [step: cell]
class Cell(nn.Module):
    """One time step: compute the new state from an input and the old state."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__()
        kernel, rotation = rng.normal(0, 0.5, (3, 8)), rng.normal(0, 1, (8, 8))
        recurrent = SCALE * np.linalg.qr(rotation).Q
        self.kernel = nn.Parameter(torch.tensor(kernel))
        self.recurrent = nn.Parameter(torch.tensor(recurrent))

    def forward(self, x: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        return torch.tanh(x @ self.kernel + state @ self.recurrent)


# [step: loop]
def last_state(
    cell: Callable[..., torch.Tensor], sequence: torch.Tensor
) -> torch.Tensor:
    """Return the state after the whole sequence."""
    state = torch.zeros(1, 8, dtype=torch.float64)  # (batch, units)
    for x in sequence:  # (batch, inputs)
        state = cell(x, state)
    return state


# [step: data]
def main() -> dict[str, object]:
    """Learn a mean over time; return losses and gradients through time."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(5, 30, 12)
    sequences = [torch.tensor(rng.normal(size=(n, 1, 3))) for n in lengths]
    cell = Cell(rng)
    output = nn.Parameter(torch.tensor(rng.normal(0, 0.5, (8, 1))))

    # [step: training]
    optimizer = torch.optim.SGD([*cell.parameters(), output], RATE)
    losses = []
    for _ in range(EPOCHS):
        for sequence in sequences:
            guess = last_state(cell, sequence) @ output  # (batch, 1)
            loss = (guess - sequence[..., 0].mean()).square().sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())

    # [step: gradient over time]
    x = max(sequences, key=len).clone().requires_grad_()  # (time, 1, 3)
    (gradient,) = torch.autograd.grad(last_state(cell, x) @ output, [x])
    reach = torch.linalg.vector_norm(gradient, dim=(1, 2))  # (time,)

    # [step: library]
    layer = nn.RNNCell(3, 8, bias=False, dtype=torch.float64)
    with torch.no_grad():
        layer.weight_ih.copy_(cell.kernel.T)
        layer.weight_hh.copy_(cell.recurrent.T)
    library_state = last_state(layer, x)

    # [step: results]
    return {
        "lengths": lengths,
        "losses": losses,
        "reach": reach,
        "state": last_state(cell, x).detach(),
        "library_state": library_state.detach(),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
