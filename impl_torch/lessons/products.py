"""Matrix products: dot, `matmul`, batched `matmul` and broadcasting."""

import numpy as np
import torch


# [step: data]
def main() -> dict[str, object]:
    """Compute each kind of product that a network needs."""
    rng = np.random.default_rng(0)
    u = torch.tensor(rng.standard_normal(3))
    v = torch.tensor(rng.standard_normal(3))
    a = torch.tensor(rng.standard_normal((2, 3)))
    b = torch.tensor(rng.standard_normal((3, 4)))
    w = torch.tensor(rng.standard_normal((3, 1)))
    y = torch.tensor(rng.standard_normal(2))
    many_a = torch.tensor(rng.standard_normal((5, 2, 3)))
    many_b = torch.tensor(rng.standard_normal((5, 3, 4)))

    # [step: vectors]
    elementwise = u * v  # (3,)
    dot = torch.dot(u, v)  # ()

    # [step: matrices]
    applied = a @ v  # (2,)
    product = torch.mm(a, b)  # (2, 4)

    # [step: batches]
    pairs = torch.bmm(many_a, many_b)  # (5, 2, 4)
    same_pairs = many_a @ many_b  # (5, 2, 4)

    # [step: broadcast matrix]
    against_one = many_a @ b  # (5, 2, 4)
    try:
        torch.mm(many_a, b)
    except RuntimeError as refused:
        print(refused)

    # [step: broadcast elements]
    shifted = many_a + v  # (5, 2, 3)
    table = u.unsqueeze(1) * v  # (3, 3)

    # [step: loss]
    scores = a @ w  # (2, 1)
    error = scores[:, 0] - y  # (2,)
    loss = error.square().mean()

    # [step: results]
    return {
        "elementwise": elementwise,
        "dot": dot,
        "applied": applied,
        "product": product,
        "pairs": pairs,
        "same_pairs": same_pairs,
        "against_one": against_one,
        "shifted": shifted,
        "table": table,
        "error": error,
        "loss": loss,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
