"""Gradient accumulation: gradients add up until they are zeroed."""

import torch

INPUTS, RATE, STEPS = (1.0, 2.0), 0.6, 14


# [step: descent]
def descent(*, zeroed: bool) -> list[float]:
    """Minimise (w * x)**2 / 2 for alternating inputs; return the weights."""
    w = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    path = [w.item()]
    for step in range(STEPS):
        x = INPUTS[step % 2]
        if zeroed:
            w.grad = None
        loss = (w * x).square() / 2
        loss.backward()
        with torch.no_grad():
            w -= RATE * w.grad
        path.append(w.item())
    return path


# [step: recurrence]
def recurrence() -> list[float]:
    """Return the weights without zeroing, computed without a gradient."""
    path = [1.0, 1.0]
    for step in range(STEPS):
        x = INPUTS[step % 2]
        path.append((2 - RATE * x**2) * path[-1] - path[-2])
    return path[1:]


# [step: repeated backward]
def main() -> dict[str, object]:
    """Accumulate gradients by mistake and on purpose."""
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]).double()
    w = torch.tensor([2.0, -1.0], dtype=torch.float64, requires_grad=True)
    (x @ w).square().sum().backward()
    once = w.grad.clone()
    (x @ w).square().sum().backward()
    twice = w.grad

    # [step: gradient accumulation]
    w.grad = None
    for part in x.split(2):
        (part @ w).square().sum().backward()
    in_parts = w.grad

    # [step: mean of parts]
    w.grad = None
    parts = x.split(2)
    for part in parts:
        ((part @ w).square().mean() / len(parts)).backward()
    mean_in_parts = w.grad

    # [step: with zeroing]
    zeroed = descent(zeroed=True)

    # [step: without zeroing]
    left_alone = descent(zeroed=False)

    # [step: prediction]
    predicted = recurrence()

    # [step: results]
    return {
        "once": once,
        "twice": twice,
        "in_parts": in_parts,
        "mean_in_parts": mean_in_parts,
        "zeroed": zeroed,
        "left_alone": left_alone,
        "predicted": predicted,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
