"""Exporting a model: torch.export and SavedModel, without its class."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import nn


# [step: model]
class Net(nn.Module):
    """Two dense layers."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__()
        self.w1 = nn.Parameter(torch.tensor(rng.standard_normal((20, 30))))
        self.w2 = nn.Parameter(torch.tensor(rng.standard_normal((30, 4))))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x @ self.w1) @ self.w2  # (batch, outputs)


# [step: export]
def main() -> dict[str, object]:
    """Return the loaded graph's outputs, compared with the network's."""
    rng = np.random.default_rng(0)
    net = Net(rng)
    example = torch.zeros(8, 20, dtype=torch.float64)
    sizes = {0: torch.export.Dim("batch")}
    graph = torch.export.export(net, (example,), dynamic_shapes=[sizes])

    # [step: graph]
    nodes = [f"{node.op} {node.target}" for node in graph.graph.nodes]
    print(*nodes, sep="\n")

    # [step: save and load]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "net.pt2"
        torch.export.save(graph, path)
        loaded = torch.export.load(path).module()

    # [step: other sizes]
    taken, same = [], []
    for size in (8, 1, 21):
        x = torch.tensor(rng.standard_normal((size, 20)))
        try:
            outputs = loaded(x)
        except AssertionError as error:
            print(f"refused a batch of {size}: {type(error).__name__}")
        else:
            taken.append(size)
            same.append(torch.equal(outputs, net(x)))

    # [step: results]
    return {
        "nodes": nodes,
        "taken": taken,
        "same": same,
        "outputs": outputs.detach(),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
