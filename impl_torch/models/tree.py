"""A recursive network over the parse tree of a batch, with a linear head."""

import torch
from torch import Tensor, jit, nn

from impl_torch.models.layers import Linear


class Tree(nn.Module):
    """A batch of leaves and its tree in, a batch of numbers out."""

    def __init__(
        self,
        *,
        features: int,
        width: int,
        operators: int,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.leaf = Linear(features, width, dtype=dtype)
        self.combine = Combine(operators, width, dtype=dtype)
        self.head = Linear(width, 1, dtype=dtype)

    def forward(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        x, tree = inputs  # (N, leaves, features), (nodes, 3)
        encoded = torch.tanh(self.leaf(x))
        leaves = encoded.transpose(0, 1)  # (leaves, N, width)
        # differs: a graph is a loop of known length here; TensorFlow has one
        if jit.is_scripting() or is_captured():  # type: ignore[attr-defined]
            return self.head(self.run_in_order(leaves, tree))  # (N, 1)
        rows: list[list[int]] = tree.tolist()
        return self.head(self.recurse(leaves, rows, node=-1))

    @jit.unused
    def recurse(
        self, leaves: Tensor, rows: list[list[int]], node: int
    ) -> Tensor:
        """Return the state of a node, operands first; -1 is the root."""
        if 0 <= node < len(leaves):
            return leaves[node]  # (N, width)
        operator, left, right = rows[node if node < 0 else node - len(leaves)]
        operands = torch.stack(
            [self.recurse(leaves, rows, each) for each in (left, right)]
        )
        return self.combine(operands, torch.tensor([operator]))

    def run_in_order(self, leaves: Tensor, tree: Tensor) -> Tensor:
        """Return the state of the root; a graph does not contain the tree."""
        states = leaves  # (nodes so far, N, width)
        for row in range(tree.shape[0]):
            operands = states[tree[row, 1:]]  # (2, N, width)
            state = self.combine(operands, tree[row, :1])
            states = torch.cat([states, state[None]])
        return states[-1]


def is_captured() -> bool:
    """Return whether a tracer or a compiler runs the code."""
    is_traced: bool = torch._C._get_tracing_state() is not None
    return is_traced or torch.compiler.is_compiling()


class Combine(nn.Module):
    """A dense layer of two operands with tanh; each operator has its own."""

    # differs: indexing a parameter here; gathering from a variable there
    def __init__(
        self, operators: int, width: int, *, dtype: torch.dtype
    ) -> None:
        super().__init__()
        shape = (operators, 2, width, width)  # each is (in, out)
        self.weights = nn.Parameter(torch.zeros(shape, dtype=dtype))
        biases = torch.zeros((operators, width), dtype=dtype)
        self.biases = nn.Parameter(biases)

    def forward(self, operands: Tensor, operator: Tensor) -> Tensor:
        weights = self.weights[operator][0]  # (2, width, width)
        z = (operands @ weights).sum(0)  # (N, width)
        return torch.tanh(z + self.biases[operator][0])
