"""Gradients by hand: backpropagation in a two-layer network."""

import numpy as np
import torch

STEPS, RATE = 100, 1e-4


# [step: data]
def main() -> dict[str, object]:
    """Train on random data; return losses, last gradients and weights."""
    rng = np.random.default_rng(0)
    x = torch.tensor(rng.standard_normal((16, 20)))  # (batch, inputs)
    y = torch.tensor(rng.standard_normal((16, 4)))  # (batch, outputs)

    # [step: parameters]
    w1 = torch.tensor(rng.standard_normal((20, 30)))
    w2 = torch.tensor(rng.standard_normal((30, 4)))

    losses = []
    for _ in range(STEPS):
        # [step: forward]
        hidden = x @ w1  # (batch, hidden)
        active = hidden.clamp(min=0)
        error = active @ w2 - y  # (batch, outputs)
        losses.append(error.square().sum().item())

        # [step: backward]
        grad_error = 2 * error  # (batch, outputs)
        grad_w2 = active.T @ grad_error  # (hidden, outputs)
        grad_active = grad_error @ w2.T  # (batch, hidden)
        grad_hidden = grad_active.where(hidden > 0, 0)
        grad_w1 = x.T @ grad_hidden  # (inputs, hidden)

        # [step: update]
        w1 -= RATE * grad_w1
        w2 -= RATE * grad_w2

    # [step: results]
    return {
        "losses": losses,
        "grad_w1": grad_w1,
        "grad_w2": grad_w2,
        "w1": w1,
        "w2": w2,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
