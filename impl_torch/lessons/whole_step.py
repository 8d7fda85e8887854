"""Graph capture of a training step: nothing, the forward, all of it."""

import numpy as np
import torch
from functorch.compile import make_boxed_func
from torch import Tensor
from torch._dynamo.backends.common import aot_autograd
from torch.func import grad_and_value
from torch.fx import GraphModule

STEPS, RATE, HIDDEN = 20, 1e-5, 30


# [step: loss]
def loss_of(weights: list[Tensor], x: Tensor, y: Tensor) -> Tensor:
    """Return the squared error of a two-layer network."""
    hidden = (x @ weights[0]).clamp(min=0)  # (batch, hidden)
    return (hidden @ weights[1] - y).square().sum()


# [step: training step]
def step(weights: list[Tensor], x: Tensor, y: Tensor) -> Tensor:
    """Run forward, loss, backward and update; return the loss."""
    gradients, loss = grad_and_value(loss_of)(weights, x, y)
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.sub_(RATE * gradient)
    return loss


# [step: data]
def main() -> dict[str, object]:
    """Train the same weights three ways; return weights and graph sizes."""
    rng = np.random.default_rng(0)
    x = torch.tensor(rng.standard_normal((16, 20)))  # (batch, inputs)
    y = torch.tensor(rng.standard_normal((16, 4)))  # (batch, outputs)
    start = rng.standard_normal((20, HIDDEN)), rng.standard_normal((HIDDEN, 4))

    # [step: inspect graphs]
    graphs: list[list[str]] = []

    def look(module: GraphModule, example: list[Tensor]) -> object:
        graphs.append([str(node.target) for node in module.graph.nodes])
        return make_boxed_func(module.forward)  # run it unchanged

    backend = aot_autograd(
        fw_compiler=look, keep_inference_input_mutations=True
    )

    # [step: eager execution]
    eager = [torch.tensor(array) for array in start]
    for _ in range(STEPS):
        eager_loss = step(eager, x, y)

    # [step: captured forward]
    captured = torch.compile(loss_of, backend=backend, fullgraph=True)
    forward = [torch.tensor(array, requires_grad=True) for array in start]
    for _ in range(STEPS):
        forward_loss = captured(forward, x, y)
        gradients = torch.autograd.grad(forward_loss, forward)
        with torch.no_grad():
            for weight, gradient in zip(forward, gradients, strict=True):
                weight.sub_(RATE * gradient)

    # [step: captured step]
    captured = torch.compile(step, backend=backend, fullgraph=True)
    whole = [torch.tensor(array) for array in start]
    for _ in range(STEPS):
        whole_loss = captured(whole, x, y)

    # [step: graph contents]
    forward_graph, backward_graph, whole_graph = graphs
    print("forward:", *forward_graph)
    print("its backward:", *backward_graph)
    print("whole step:", *whole_graph)

    # [step: results]
    return {
        "losses": [eager_loss, forward_loss.detach(), whole_loss],
        "eager_w2": eager[1],
        "forward_w2": forward[1].detach(),
        "whole_w2": whole[1],
        "forward_products": forward_graph.count("aten.mm.default"),
        "whole_products": whole_graph.count("aten.mm.default"),
        "forward_updates": forward_graph.count("aten.copy_.default"),
        "whole_updates": whole_graph.count("aten.copy_.default"),
        "forward_nodes": len(forward_graph),
        "whole_nodes": len(whole_graph),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
