"""A new operation as a Python function: sigmoid from exp and division."""

import torch


# [step: function]
def sigmoid(x: torch.Tensor) -> torch.Tensor:
    """Return a number between 0 and 1 for each element of x."""
    power = torch.exp(x)
    return power / (1 + power)


# [step: count nodes]
def nodes_of(y: torch.Tensor) -> list[str]:
    """Return the operations that produced y, found by following links."""
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
    """Evaluate the function, list its operations, and make it overflow."""
    x = torch.tensor([-2.0, 0.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = sigmoid(x)
    (gradient,) = torch.autograd.grad(y.sum(), [x])

    # [step: nodes]
    ours, built_in = nodes_of(y), nodes_of(torch.sigmoid(x))
    print(f"ours: {ours}", f"built in: {built_in}", sep="\n")

    # [step: extreme inputs]
    far = torch.tensor([-1000.0, 1000.0]).double().requires_grad_()
    far_y = sigmoid(far)
    (far_gradient,) = torch.autograd.grad(far_y.sum(), [far])

    # [step: results]
    return {
        "y": y.detach(),
        "gradient": gradient,
        "nodes": len(ours),
        "nodes_built_in": len(built_in),
        "far_y": far_y.detach(),
        "far_gradient": far_gradient,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
