"""Second derivatives: Hessian-vector products and Newton's method."""

import torch

STEPS, RATE = 8, 1e-2


# [step: function]
def valley(w: torch.Tensor) -> torch.Tensor:
    """Return a less steep Rosenbrock function; its minimum is at (1, 1)."""
    x, y = w.unbind()
    return (1 - x) ** 2 + 10 * (y - x**2) ** 2


# [step: gradient]
def gradient_of(w: torch.Tensor) -> torch.Tensor:
    """Return the gradient and record a graph of its computation."""
    (gradient,) = torch.autograd.grad(valley(w), [w], create_graph=True)
    return gradient


# [step: hessian vector product]
def hessian_times(v: torch.Tensor, *, at: torch.Tensor) -> torch.Tensor:
    """Return the Hessian-vector product: the gradient's change along v."""
    gradient = gradient_of(at)
    (product,) = torch.autograd.grad(gradient, [at], grad_outputs=v)
    return product


# [step: start]
def main() -> dict[str, object]:
    """Minimise the function by Newton's method and gradient descent."""
    start = torch.tensor([-1.2, 1.0], dtype=torch.float64)
    w = start.clone().requires_grad_()
    product = hessian_times(torch.ones_like(start), at=w)

    # [step: hessian]
    units = torch.eye(2, dtype=torch.float64)
    hessian = torch.stack(
        [hessian_times(unit, at=w) for unit in units]
    )  # (2, 2)

    # [step: newton]
    path, newton = [w.tolist()], [valley(w).item()]
    for _ in range(STEPS):
        rows = torch.stack([hessian_times(unit, at=w) for unit in units])
        step = torch.linalg.solve(rows, gradient_of(w))  # (2,)
        with torch.no_grad():
            w -= step
        path.append(w.tolist())
        newton.append(valley(w).item())

    # [step: gradient descent]
    w = start.clone().requires_grad_()
    descent = [valley(w).item()]
    for _ in range(STEPS):
        step = RATE * gradient_of(w)
        with torch.no_grad():
            w -= step
        descent.append(valley(w).item())

    # [step: results]
    return {
        "product": product,
        "hessian": hessian,
        "path": path,
        "newton": newton,
        "descent": descent,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
