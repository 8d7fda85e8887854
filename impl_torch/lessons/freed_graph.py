"""Calling backward twice: `retain_graph` and `persistent`."""

import torch

KEEP = False


# [step: forward]
def main() -> dict[str, object]:
    """Request gradients from the same graph several times."""
    w = torch.tensor([0.0, 1.0, 2.0], dtype=torch.float64, requires_grad=True)
    loss = w.exp().sum()

    # [step: first backward]
    first = torch.autograd.grad(loss, [w], retain_graph=KEEP)

    # [step: second backward]
    message = ""
    try:
        torch.autograd.grad(loss, [w])
    except RuntimeError as error:
        message = str(error)
        print(message)
    refused = bool(message)

    # [step: nothing saved]
    loss = (w + 1).sum()
    torch.autograd.grad(loss, [w])
    try:
        torch.autograd.grad(loss, [w])
        reusable = True
    except RuntimeError:
        reusable = False

    # [step: retained graph]
    loss = w.exp().sum()
    once = torch.autograd.grad(loss, [w], retain_graph=True)
    again = torch.autograd.grad(loss, [w])

    # [step: shared subgraph]
    shared = w.exp()
    small, large = shared.sum(), shared.square().sum()
    grad_small = torch.autograd.grad(small, [w], retain_graph=True)
    grad_large = torch.autograd.grad(large, [w])

    # [step: summed losses]
    shared = w.exp()
    both = shared.sum() + shared.square().sum()
    grad_both = torch.autograd.grad(both, [w])

    # [step: results]
    return {
        "first": first[0],
        "message": message,
        "refused": refused,
        "reusable": reusable,
        "once": once[0],
        "again": again[0],
        "grad_small": grad_small[0],
        "grad_large": grad_large[0],
        "grad_both": grad_both[0],
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
