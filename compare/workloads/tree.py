"""A recursive network over the parse trees of arithmetic expressions.

A grammar and the seed give the expressions: an expression is a number, or two
expressions with an operator between them. A batch has one tree, and its samples have
their own numbers, so that the network has another structure at each step. The values of
the expressions are the targets. The loss is the squared error averaged over the batch,
the optimizer plain SGD. The reference's gradients are derived by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from compare.contract import Optimizer, Snapshot
from compare.errors import UsageError
from compare.numerics.dtypes import round_to_dtype
from compare.numerics.einsum import matmul_einsum, sgd_step
from compare.workloads import probing
from compare.workloads.layer_sums import sum_by_layer
from compare.workloads.random_data import (
    draw_different,
    draw_kernel,
    draw_small_bias,
)
from compare.workloads.requirements import require_at_least, require_positive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from compare.contract import Array, Arrays, Batch, Dtype, Einsum, Reference

OPERATORS = (np.add, np.subtract, np.multiply)  # by the number in a tree
SIDES = 2  # operands of an operator


@dataclass(frozen=True, kw_only=True)
class Tree:
    """The sizes of the network and of the trees, and how many trees an epoch has."""

    batch: int = 32
    leaves: int = 8  # numbers in an expression, at most
    features: int = 4  # of a leaf; the first one is its number
    width: int = 32  # of the state of a node
    # Different trees, one batch each. With 1, 2, 4 or 8 of them, the steps that are
    # checked alone, 0, 8 and 16, would all have the same.
    structures: int = 5
    learning_rate: float = 2.0**-6
    is_probe: bool = False  # inputs chosen to expose errors, see `probing`
    seed: int = 0

    model: ClassVar[str] = "tree"
    loss: ClassVar[str] = "squared_error"
    is_dynamic: ClassVar[bool] = True  # batches have different trees

    def __post_init__(self) -> None:
        """Reject configurations that cannot run."""
        require_at_least(self, batch=1, features=1, width=1, structures=1, seed=0)
        require_at_least(self, leaves=2)
        require_positive(self, "learning_rate")
        if self.structures > (most := count_trees(self.leaves)):
            raise UsageError(
                f"workload tree: structures: expected at most {most}, the number of "
                f"different trees; received {self.structures}"
            )

    @property
    def optimizer(self) -> Optimizer:
        """Plain SGD."""
        return Optimizer(name="sgd", learning_rate=self.learning_rate)

    @property
    def sizes(self) -> Mapping[str, int]:
        """Return the keyword arguments of the model."""
        return {
            "features": self.features,
            "width": self.width,
            "operators": len(OPERATORS),
        }

    @property
    def flops_per_step(self) -> float:
        """Count the products of an epoch, divided by its steps.

        A leaf has no gradient of its inputs; a node has those of its operands. Sums
        of one product, as in the gradient of the root, are not counted.
        """
        nodes = float(np.mean([len(tree) for tree in self._draw_trees()]))
        leaf = 2 * self.features * self.width
        node = 3 * SIDES * self.width**2
        head = 2 * self.width
        return 2.0 * self.batch * ((nodes + 1) * leaf + nodes * node + head)

    def probe(self) -> Tree:
        """Return small trees, with inputs and biases chosen to expose errors."""
        return Tree(
            batch=probing.BATCH,
            leaves=5,
            features=3,
            width=6,
            structures=3,
            learning_rate=probing.RATE / 4,
            is_probe=True,
        )

    @property
    def respelled(self) -> Mapping[str, Reference]:
        """Empty: no quirk of the catalogue applies to dense layers with tanh."""
        return {}

    def parameters(self, dtype: Dtype) -> Arrays:
        """Return random weights and biases; those of all operators are stacked.

        Shape:
            ``leaf.weight`` (features, width), ``leaf.bias`` (width,),
            ``combine.weights`` (operators, 2, width, width), of the left and the right
            operand, ``combine.biases`` (operators, width), ``head.weight`` (width, 1),
            ``head.bias`` (1,).
        """
        rng = np.random.default_rng([self.seed, 0])
        count, width = len(OPERATORS), self.width
        both = (SIDES * width, width)
        kernels = [draw_kernel(rng, *both, gain=1) for _ in OPERATORS]
        arrays = {
            "leaf.weight": draw_kernel(rng, self.features, width, gain=1),
            "leaf.bias": self._draw_bias(rng, width),
            "combine.weights": np.stack(kernels).reshape(count, SIDES, width, width),
            "combine.biases": np.stack(
                [self._draw_bias(rng, width) for _ in OPERATORS]
            ),
            "head.weight": draw_kernel(rng, width, 1, gain=1),
            "head.bias": self._draw_bias(rng, 1),
        }
        return {name: round_to_dtype(array, dtype) for name, array in arrays.items()}

    def _draw_bias(self, rng: np.random.Generator, size: int) -> Array:
        return draw_small_bias(rng, size, is_probe=self.is_probe)

    def batches(self, dtype: Dtype, *, epoch: int = 0) -> Iterator[Batch]:  # noqa: ARG002
        """Return one batch per tree, the same in every epoch.

        A row of ``tree`` is an operator and its operands, which are numbers of earlier
        nodes: first come the leaves, then the rows. The last row is the root. The last
        batch of a probe is uneven.

        Shape:
            ``inputs`` (batch, leaves of the tree, features), ``tree`` (operators of
            the tree, 3) int64, ``targets`` (batch, 1).
        """
        rng = np.random.default_rng([self.seed, 1])
        trees = self._draw_trees()
        for number, tree in enumerate(trees, start=1):
            inputs = rng.standard_normal((self.batch, len(tree) + 1, self.features))
            if self.is_probe:
                inputs = probing.draw_inputs(rng, inputs.shape)
            inputs = round_to_dtype(inputs, dtype)
            targets = np.tanh(evaluate(tree, inputs[:, :, 0]))[:, np.newaxis]
            batch = {
                "inputs": inputs,
                "tree": tree,
                "targets": round_to_dtype(targets, dtype),
            }
            is_uneven = self.is_probe and number == self.structures
            yield probing.last_batch(batch) if is_uneven else batch

    def _draw_trees(self) -> list[Array]:
        """Return different trees, each of shape (operators of the tree, 3)."""
        rng = np.random.default_rng([self.seed, 2])
        return draw_different(
            lambda: draw_tree(rng, leaves=int(rng.integers(2, self.leaves + 1))),
            count=self.structures,
        )

    def reference(
        self,
        parameters: Arrays,
        batch: Batch,
        *,
        einsum: Einsum = matmul_einsum,
        memory: Mapping[str, Array] = {},  # noqa: ARG002 - plain SGD has no state
    ) -> Snapshot:
        """Compute one training step, with gradients derived by hand."""
        x, tree, targets = batch["inputs"], batch["tree"], batch["targets"]
        bias, head = parameters["leaf.bias"], parameters["head.weight"]
        encoded = einsum("nlf,fw->nlw", x, parameters["leaf.weight"]) + bias
        states = _run_tree(np.tanh(encoded), tree, parameters, einsum=einsum)
        outputs = einsum("nw,wo->no", states[-1], head) + parameters["head.bias"]
        error = outputs - targets
        loss = einsum("no,no->", error, error) / len(targets)

        d_outputs = 2 * error / len(targets)
        d_root = einsum("no,wo->nw", d_outputs, head)
        d_z = _backpropagate(d_root, states, tree, parameters, einsum=einsum)
        d_leaves = np.stack(d_z[: x.shape[1]], axis=1)
        d_nodes = d_z[x.shape[1] :]
        gradients = {
            "leaf.weight": einsum("nlf,nlw->fw", x, d_leaves),
            "leaf.bias": einsum("nlw->w", d_leaves),
            "combine.weights": sum_by_layer(
                [
                    einsum("nsi,no->sio", np.stack([states[s] for s in node], 1), d)
                    for (_, *node), d in zip(tree, d_nodes, strict=True)
                ],
                tree[:, 0],
                count=len(OPERATORS),
                einsum=einsum,
            ),
            "combine.biases": sum_by_layer(
                [einsum("no->o", d) for d in d_nodes],
                tree[:, 0],
                count=len(OPERATORS),
                einsum=einsum,
            ),
            "head.weight": einsum("nw,no->wo", states[-1], d_outputs),
            "head.bias": einsum("no->o", d_outputs),
        }
        return Snapshot(
            loss=np.asarray(loss),
            gradients=gradients,
            parameters=sgd_step(parameters, gradients, optimizer=self.optimizer),
            activations={
                "leaf": encoded,
                "combine": states[x.shape[1]],  # of the first node
                "head": outputs,
            },
        )


def count_trees(leaves: int) -> int:
    """Return the number of different trees with 2 to this many leaves.

    Binary trees with n operators are counted by the Catalan numbers.
    """
    return sum(
        len(OPERATORS) ** n * comb(2 * n, n) // (n + 1) for n in range(1, leaves)
    )


def draw_tree(rng: np.random.Generator, *, leaves: int) -> Array:
    """Return a random tree with at least two leaves, operands before operators.

    Shape:
        (leaves - 1, 3) int64: an operator, the left and the right operand.
    """
    rows: list[tuple[int, int, int]] = []

    def draw(first: int, count: int) -> int:
        """Add the operators of `count` leaves from `first` on; return the root."""
        if count == 1:
            return first
        on_left = int(rng.integers(1, count))
        operator = int(rng.integers(len(OPERATORS)))
        left = draw(first, on_left)
        right = draw(first + on_left, count - on_left)
        rows.append((operator, left, right))
        return leaves + len(rows) - 1

    draw(0, leaves)
    return np.array(rows, np.int64)


def evaluate(tree: Array, numbers: Array) -> Array:
    """Return the values of an expression for each row of numbers.

    Shape:
        ``tree`` (leaves - 1, 3), ``numbers`` (N, leaves) -> (N,).
    """
    values = list(numbers.T)
    for operator, left, right in tree:
        values.append(OPERATORS[operator](values[left], values[right]))
    result: Array = values[-1]
    return result


def _run_tree(
    leaves: Array, tree: Array, parameters: Arrays, *, einsum: Einsum
) -> list[Array]:
    """Return the states of the leaves, then of each row of the tree.

    Shape:
        ``leaves`` (N, leaves, width) -> each (N, width).
    """
    states = list(leaves.transpose(1, 0, 2))
    for operator, left, right in tree:
        operands = np.stack([states[left], states[right]], axis=1)
        z = einsum("nsi,sio->no", operands, parameters["combine.weights"][operator])
        states.append(np.tanh(z + parameters["combine.biases"][operator]))
    return states


def _backpropagate(
    d_root: Array,
    states: list[Array],
    tree: Array,
    parameters: Arrays,
    *,
    einsum: Einsum,
) -> list[Array]:
    """Return the gradients of the values that tanh receives, of every node.

    A node is the operand of one operator, so that no gradients are added.

    Shape:
        ``d_root`` (N, width) -> each (N, width).
    """
    d_states = {len(states) - 1: d_root}
    for node in reversed(range(len(states))):
        d_states[node] = d_states[node] * (1 - states[node] ** 2)
        row = node - (len(states) - len(tree))
        if row >= 0:
            operator, *operands = tree[row]
            weights = parameters["combine.weights"][operator]
            d_operands = einsum("no,sio->nsi", d_states[node], weights)
            for side, operand in enumerate(operands):
                d_states[int(operand)] = d_operands[:, side]
    return [d_states[node] for node in range(len(states))]
