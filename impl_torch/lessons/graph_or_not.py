"""Graph or no graph: the same function run by Python and as a graph."""

import operator
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.fx import symbolic_trace
from torch.fx.proxy import TraceError

STEPS, RATE = 20, 0.125
seen: list[str] = []  # the type of a tensor, each time that Python runs


# [step: function]
def loss_of(w: Tensor, x: Tensor, y: Tensor) -> Tensor:
    """Return the mean squared error of a weighted sum."""
    error = x @ w - y  # (batch, 1)
    seen.append(type(error).__name__)
    return error.square().mean()


# [step: choice]
def bend(x: Tensor) -> Tensor:
    """Double x if its sum is positive, else subtract one."""
    return 2 * x if x.sum() > 0 else x - 1


# [step: train]
def train(
    objective: Callable[..., Tensor], x: Tensor, y: Tensor
) -> list[float]:
    """Minimise a function by gradient descent and return its values."""
    w = torch.zeros((3, 1), dtype=torch.float64, requires_grad=True)
    losses = []
    for _ in range(STEPS):
        loss = objective(w, x, y)
        losses.append(loss.item())
        (gradient,) = torch.autograd.grad(loss, [w])
        with torch.no_grad():
            w -= RATE * gradient
    return losses


# [step: define by run]
def main() -> dict[str, object]:
    """Train without and with a graph; return what ran and what it saw."""
    rng = np.random.default_rng(0)
    x = torch.tensor(rng.standard_normal((16, 3)))  # (batch, inputs)
    y = torch.tensor(rng.standard_normal((16, 1)))  # (batch, 1)
    seen.clear()
    losses = train(loss_of, x, y)
    runs_by_python, saw = len(seen), seen[-1]

    # [step: define and run]
    seen.clear()
    graph = symbolic_trace(loss_of)
    graph_losses = train(graph, x, y)
    runs_with_graph, graph_saw = len(seen), seen[-1]

    # [step: a graph is data]
    nodes = [node.name for node in graph.graph.nodes]
    print(*nodes)
    targets = [node.target for node in graph.graph.nodes]
    products = targets.count(operator.matmul)

    # [step: a choice in a graph]
    chosen = bend(x)
    try:
        symbolic_trace(bend)
        refused = False
    except TraceError as error:
        print(error)
        refused = True

    # [step: results]
    return {
        "losses": losses,
        "graph_losses": graph_losses,
        "runs_by_python": runs_by_python,
        "runs_with_graph": runs_with_graph,
        "saw": saw,
        "graph_saw": graph_saw,
        "nodes": nodes,
        "products": products,
        "chosen": chosen,
        "refused": refused,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
