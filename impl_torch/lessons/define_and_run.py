"""Define-and-run: build a static graph by hand, then feed it with data."""

from operator import getitem

import numpy as np
import torch
from torch.fx import Graph, GraphModule
from torch.nn import Parameter

STEPS = 50


# [step: data]
def main() -> dict[str, object]:
    """Build a training step as a graph; run it; return losses and weights."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((16, 20))  # (batch, inputs)
    y = rng.standard_normal((16, 4))  # (batch, outputs)
    start1 = rng.standard_normal((20, 30))
    start2 = rng.standard_normal((30, 4))

    # [step: placeholders]
    graph = Graph()
    call = graph.call_function
    inputs = graph.placeholder("inputs")
    targets = graph.placeholder("targets")

    # [step: variables]
    w1, w2 = graph.get_attr("w1"), graph.get_attr("w2")

    # [step: forward]
    hidden = call(torch.relu, (call(torch.matmul, (inputs, w1)),))
    error = call(torch.sub, (call(torch.matmul, (hidden, w2)), targets))
    loss = call(torch.sum, (call(torch.square, (error,)),))
    print(f"The loss is {loss!r}, a {type(loss).__name__}.")

    # [step: backward]
    gradients = call(torch.autograd.grad, (loss, [w1, w2]))

    # [step: update]
    rate = 1e-4
    for i, weight in enumerate([w1, w2]):
        change = call(torch.mul, (call(getitem, (gradients, i)), rate))
        data = graph.call_method("detach", (weight,))
        graph.call_method("sub_", (data, change))
    graph.output(loss)
    print(*(node.name for node in graph.nodes))

    # [step: run]
    weights = {
        "w1": Parameter(torch.tensor(start1)),
        "w2": Parameter(torch.tensor(start2)),
    }
    session = GraphModule(weights, graph)
    losses = []
    for _ in range(STEPS):
        value = session(torch.tensor(x), torch.tensor(y))
        losses.append(value.item())

    # [step: results]
    return {
        "losses": losses,
        "w1": session.w1.detach(),
        "w2": session.w2.detach(),
        "nodes": len(graph.nodes),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
