"""Scripting: if and while as graph nodes (TorchScript, AutoGraph)."""

import re
import warnings

import numpy as np
import torch
from torch import Tensor

RISING, FALLING = [1.1, -3.0, 4.0], [1.1, -3.0, -4.0]

# `torch.jit.script` is deprecated and warns at every use.
warnings.filterwarnings("ignore", ".torch.jit.script. is deprecated")


# [step: condition]
def bend(x: Tensor) -> Tensor:
    """Double x if its sum is positive, else subtract one."""
    if x.sum() > 0:
        return 2 * x
    return x - 1


# [step: by decorator]
@torch.jit.script
def halve(x: Tensor) -> tuple[Tensor, int]:
    """Halve until no absolute value exceeds one; count the iterations."""
    count = 0
    while x.abs().max() > 1:
        x = x / 2
        count += 1
    return x, count


# [step: by call]
def main() -> dict[str, object]:
    """Script both; return their results and what their graphs contain."""
    rising = torch.tensor(np.array(RISING))
    falling = torch.tensor(np.array(FALLING))
    scripted = torch.jit.script(bend)

    # [step: the graph]
    graph = scripted.graph
    kinds = [node.kind() for node in graph.nodes()]
    print(re.sub(" # .*", "", str(graph)))  # without file names
    print(graph.findNode("prim::If").kind(), "is the condition.")

    # [step: the code]
    print(scripted.code)

    # [step: both branches]
    risen, fallen = scripted(rising), scripted(falling)
    same = torch.equal(risen, bend(rising))
    same = same and torch.equal(fallen, bend(falling))

    # [step: condition as operation]
    by_cond = torch.cond(
        rising.sum() > 0, lambda x: 2 * x, lambda x: x - 1, (rising,)
    )

    # [step: the loop]
    halved, halvings = halve(rising)
    loop_kinds = [node.kind() for node in halve.graph.nodes()]

    # [step: results]
    return {
        "risen": risen,
        "fallen": fallen,
        "same_as_python": same,
        "by_cond": by_cond,
        "conditions": kinds.count("prim::If"),
        "nodes": len(kinds),
        "halved": halved,
        "halvings": halvings,
        "loops": loop_kinds.count("prim::Loop"),
        "loop_nodes": len(loop_kinds),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
