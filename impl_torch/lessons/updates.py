"""Weight updates: in place and outside the computational graph."""

import warnings

import numpy as np
import torch

STEPS, RATE = 20, 0.1
RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((16, 3)), RNG.standard_normal(16)


# [step: loss]
def loss_of(w: torch.Tensor) -> torch.Tensor:
    """Return the mean squared error of a linear model on random data."""
    return (torch.tensor(X) @ w - torch.tensor(Y)).square().mean()


# [step: weight]
def main() -> dict[str, object]:
    """Update a weight correctly, then incorrectly; compare the effects."""
    w = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    held = w  # as an optimizer or a module would hold it

    # [step: in place]
    for _ in range(STEPS):
        w.grad = None
        loss_of(w).backward()
        with torch.no_grad():
            w -= RATE * w.grad
    trained, held_in_place = w.tolist(), held.tolist()

    # [step: inside the graph]
    try:
        w -= RATE * w.grad
    except RuntimeError as error:
        print(error)

    # [step: new tensor]
    w = w - RATE * w.grad
    print(f"a leaf: {w.is_leaf}")
    rebound, held_rebound = w.tolist(), held.tolist()

    # [step: next step]
    held.grad = None
    loss_of(w).backward()
    with warnings.catch_warnings(action="ignore"):  # warns: w is not a leaf
        missing = w.grad is None
    reached = held.grad is not None

    # [step: results]
    return {
        "trained": trained,
        "held_in_place": held_in_place,
        "rebound": rebound,
        "held_rebound": held_rebound,
        "missing": missing,
        "reached": reached,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
