"""A new operation as a Python function: a sigmoid out of exp and divide."""

import torch


# [step: function]
def sigmoid(x: torch.Tensor) -> torch.Tensor:
    """A number between 0 and 1 for every number."""
    power = torch.exp(x)
    return power / (1 + power)


# [step: counting]
def nodes_of(y: torch.Tensor) -> list[str]:
    """The operations that y came from, found by walking backwards."""
    found, left = [], [y.grad_fn]
    while left:
        node = left.pop()
        if node is None or node in found or hasattr(node, "variable"):
            continue  # no gradient wanted, met before, or a leaf
        found.append(node)
        left += [before for before, _ in node.next_functions]
    return [node.name() for node in found]


# [step: values]
def main() -> dict[str, object]:
    """Use it, look into its graph, and drive it too far."""
    x = torch.tensor([-2.0, 0.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = sigmoid(x)
    (gradient,) = torch.autograd.grad(y.sum(), [x])

    # [step: nodes]
    ours, built_in = nodes_of(y), nodes_of(torch.sigmoid(x))
    print(f"ours: {ours}", f"built in: {built_in}", sep="\n")

    # [step: far out]
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
