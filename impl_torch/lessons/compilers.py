"""Compiling graphs with torch.compile and XLA: shapes and graph breaks."""

import io
from contextlib import redirect_stdout

import numpy as np
import torch
from torch import Tensor
from torch._dynamo.utils import counters

LENGTHS = [12, 4, 5, 6]


# [step: function]
def wave(x: Tensor) -> Tensor:
    """Apply several operations to every element; return the sum."""
    return (torch.sin(x).square() * torch.exp(-x.square()) + x).sum()


# [step: function with a print]
def talk(x: Tensor) -> Tensor:
    """Print between two operations."""
    half = torch.sin(x)
    print("half way")
    return torch.cos(half)


# [step: data]
def main() -> dict[str, object]:
    """Compile both; return their results and the numbers of graphs."""
    rng = np.random.default_rng(0)
    vectors = [torch.tensor(rng.standard_normal(n)) for n in LENGTHS]
    torch.compiler.reset()
    counters.clear()

    # [step: compile]
    compiled = torch.compile(wave, fullgraph=True)

    # [step: other shapes]
    eager_sums, compiled_sums, graphs = [], [], []
    for x in vectors:
        eager_sums.append(wave(x))
        compiled_sums.append(compiled(x))
        graphs.append(counters["stats"]["unique_graphs"])

    # [step: graph break]
    counters.clear()
    compiled = torch.compile(talk)
    with redirect_stdout(io.StringIO()) as message:
        for _ in range(3):
            cosines = compiled(vectors[0])
    talk_graphs = counters["stats"]["unique_graphs"]

    # [step: full graph]
    torch.compiler.reset()  # or it would reuse compiled code
    try:
        torch.compile(talk, fullgraph=True)(vectors[0])
    except torch._dynamo.exc.Unsupported as error:
        print(str(error).partition("\n")[0])

    # [step: results]
    return {
        "eager_sums": eager_sums,
        "compiled_sums": compiled_sums,
        "graphs": graphs,
        "cosines": cosines,
        "talk_graphs": talk_graphs,
        "prints": message.getvalue().count("half way"),
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
