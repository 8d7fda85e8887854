"""A new operation with its own gradient: a numerically stable sigmoid."""

from typing import Any

import torch


# [step: custom gradient]
class Sigmoid(torch.autograd.Function):
    """Sigmoid: a number between 0 and 1 for each element of x."""

    @staticmethod
    def forward(x: torch.Tensor) -> torch.Tensor:
        power = torch.exp(-x.abs())  # never above 1
        return torch.where(x < 0, power, 1) / (1 + power)

    @staticmethod
    def setup_context(ctx: Any, _inputs: Any, output: torch.Tensor) -> None:
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx: Any, upstream: torch.Tensor) -> torch.Tensor:
        (y,) = ctx.saved_tensors
        return upstream * y * (1 - y)


sigmoid = Sigmoid.apply


# [step: automatic gradient]
def plain(x: torch.Tensor) -> torch.Tensor:
    """Return the same values; the framework derives the gradient."""
    power = torch.exp(-x.abs())
    return torch.where(x < 0, power, 1) / (1 + power)


# [step: count nodes]
def nodes_of(y: torch.Tensor) -> list[str]:
    """Return the nodes that the backward pass from y will visit."""
    found, left = [], [y.grad_fn]
    while left:
        node = left.pop()
        if node is None or node in found or hasattr(node, "variable"):
            continue  # needs no gradient, already found, or a leaf
        found.append(node)
        left += [before for before, _ in node.next_functions]
    return [node.name() for node in found]


# [step: values]
def main() -> dict[str, object]:
    """Evaluate the function, list its operations, check its gradient."""
    x = torch.tensor([-2.0, 0.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = sigmoid(x)
    (gradient,) = torch.autograd.grad(y.sum(), [x])
    (gradient_plain,) = torch.autograd.grad(plain(x).sum(), [x])

    # [step: nodes]
    ours, derived = nodes_of(y), nodes_of(plain(x))
    print(f"ours: {ours}", f"plain: {derived}", sep="\n")

    # [step: extreme inputs]
    far = torch.tensor([-1000.0, 1000.0]).double().requires_grad_()
    far_y = sigmoid(far)
    (far_gradient,) = torch.autograd.grad(far_y.sum(), [far])

    # [step: gradient check]
    right = torch.autograd.gradcheck(sigmoid, [x], raise_exception=False)

    # [step: results]
    return {
        "y": y.detach(),
        "gradient": gradient,
        "gradient_plain": gradient_plain,
        "nodes": len(ours),
        "nodes_plain": len(derived),
        "far_y": far_y.detach(),
        "far_gradient": far_gradient,
        "right": right,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
