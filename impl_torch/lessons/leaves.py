"""Leaf tensors: which tensors get a gradient, and when it is `None`."""

import torch


# [step: tensors]
def main() -> dict[str, object]:
    """Request gradients at every position of a small graph."""
    x = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64)
    w = torch.tensor([2.0, 1.0, 4.0], dtype=torch.float64, requires_grad=True)
    unused = torch.zeros(3, dtype=torch.float64, requires_grad=True)

    # [step: graph]
    product = w * x
    product.retain_grad()
    loss = product.square().sum()
    leaves = [x.is_leaf, w.is_leaf, product.is_leaf]

    # [step: backward]
    loss.backward()
    grad_w, grad_product = w.grad, product.grad

    # [step: missing gradients]
    print(f"x: {x.grad}, unused: {unused.grad}")
    missing = [each.grad is None for each in (x, w, product, unused)]

    # [step: connections]
    requires = [each.requires_grad for each in (x, w, product)]

    # [step: input gradients]
    x.requires_grad_()
    loss = (w * x).square().sum()
    (grad_x,) = torch.autograd.grad(loss, [x])

    # [step: stop gradient]
    product = w * x
    loss = (product.detach() * product).sum()
    (grad_cut,) = torch.autograd.grad(loss, [w])

    # [step: variables of the past]
    wrapped = torch.autograd.Variable(w)  # needed before version 0.4
    kind = type(wrapped).__name__

    # [step: results]
    return {
        "leaves": leaves,
        "grad_w": grad_w,
        "grad_product": grad_product,
        "missing": missing,
        "requires": requires,
        "grad_x": grad_x,
        "grad_cut": grad_cut,
        "kind": kind,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
