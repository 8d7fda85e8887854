"""Functional API: a network with two inputs, as connected layers."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.fx import symbolic_trace

SHAPES = [(64, 16), (16,), (18, 3), (3,)]  # weight and bias of two layers


# [step: network]
class Net(nn.Module):
    """Two inputs and one output; `forward` connects the layers."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(64, 16, dtype=torch.float64)
        self.final = nn.Linear(18, 3, dtype=torch.float64)

    def forward(self, image: Tensor, place: Tensor) -> Tensor:
        hidden = torch.relu(self.hidden(image))  # (batch, 16)
        both = torch.cat([hidden, place], dim=1)  # (batch, 18)
        return self.final(both)  # (batch, 3)


# [step: data]
def main() -> dict[str, object]:
    """Call the network; list its graph, and read an inner result."""
    rng = np.random.default_rng(0)
    image = torch.tensor(load_digits().data[:8] / 16)  # (batch, pixels)
    place = torch.tensor(rng.standard_normal((8, 2)))  # (batch, 2)
    model = Net()
    start = [rng.normal(0, 0.1, shape) for shape in SHAPES]
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), start, strict=True):
            parameter.copy_(torch.tensor(value.T))

    # [step: call]
    outputs = model(image, place)
    loss = outputs.square().mean()
    gradient = torch.autograd.grad(loss, [model.hidden.weight])[0].T

    # [step: graph of layers]
    graph = symbolic_trace(model).graph
    layers = [node.name for node in graph.nodes]
    print(*layers, sep="\n")

    # [step: inner result]
    found = []
    handle = model.hidden.register_forward_hook(
        lambda _layer, _inputs, output: found.append(torch.relu(output))
    )
    model(image, place)
    handle.remove()

    # [step: wrong shape]
    moment = "when it is built"
    try:
        wrong = Net()
        wrong.final = nn.Linear(17, 3, dtype=torch.float64)
        moment = "when it is called"
        wrong(image, place)
    except RuntimeError as error:
        print(error)

    # [step: results]
    return {
        "outputs": outputs.detach(),
        "gradient": gradient,
        "inner": found[0].detach(),
        "layers": layers,
        "moment": moment,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
