"""Autograd: gradients from a computational graph recorded at run time."""

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
    w1 = torch.tensor(rng.standard_normal((20, 30)), requires_grad=True)
    w2 = torch.tensor(rng.standard_normal((30, 4)), requires_grad=True)

    losses = []
    for _ in range(STEPS):
        # [step: forward]
        hidden = (x @ w1).clamp(min=0)  # (batch, hidden)
        loss = (hidden @ w2 - y).square().sum()
        losses.append(loss.item())

        # [step: backward]
        loss.backward()
        grad1, grad2 = w1.grad, w2.grad

        # [step: update]
        with torch.no_grad():
            w1 -= RATE * grad1
            w2 -= RATE * grad2
        w1.grad = w2.grad = None

    # [step: results]
    return {
        "losses": losses,
        "grad1": grad1,
        "grad2": grad2,
        "w1": w1.detach(),
        "w2": w2.detach(),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
