"""A recursive network over the parse tree of a batch, with a linear head."""

from typing import Any

import tensorflow as tf
from tensorflow import Tensor

from impl_tf.models.layers import Linear


class Tree(tf.Module):
    """A batch of leaves and its tree in, a batch of numbers out."""

    def __init__(
        self,
        *,
        features: int,
        width: int,
        operators: int,
        dtype: tf.DType = tf.float32,
    ) -> None:
        super().__init__()
        self.leaf = Linear(features, width, dtype=dtype)
        self.combine = Combine(operators, width, dtype=dtype)
        self.head = Linear(width, 1, dtype=dtype)

    def __call__(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        x, tree = inputs  # (N, leaves, features), (nodes, 3)
        encoded = tf.tanh(self.leaf(x))
        leaves = tf.transpose(encoded, (1, 0, 2))  # (leaves, N, width)
        # differs: a graph has a loop here; PyTorch's has one of known length
        if not tf.executing_eagerly():
            return self.head(self.run_in_order(leaves, tree))  # (N, 1)
        rows: list[list[int]] = tree.numpy().tolist()
        return self.head(self.recurse(leaves, rows, node=-1))

    def recurse(
        self, leaves: Tensor, rows: list[list[int]], node: int
    ) -> Tensor:
        """Return the state of a node, operands first; -1 is the root."""
        if 0 <= node < len(leaves):
            return leaves[node]  # (N, width)
        operator, left, right = rows[node if node < 0 else node - len(leaves)]
        operands = tf.stack(
            [self.recurse(leaves, rows, each) for each in (left, right)]
        )
        return self.combine(operands, tf.constant([operator]))

    def run_in_order(self, leaves: Tensor, tree: Tensor) -> Tensor:
        """Return the state of the root; a graph does not contain the tree."""
        first, count = tf.shape(leaves)[0], tf.shape(tree)[0]
        room = tf.concat([[count], tf.shape(leaves)[1:]], 0)
        nodes = tf.concat([leaves, tf.zeros(room, leaves.dtype)], 0)
        states = tf.TensorArray(nodes.dtype, size=first + count)

        def advance(row: Tensor, states: Any) -> tuple[Tensor, Any]:
            left, right = (
                states.read(tf.cast(tree[row, side], tf.int32))
                for side in (1, 2)
            )
            operands = tf.stack([left, right])  # (2, N, width)
            state = self.combine(operands, tree[row, :1])  # (N, width)
            return row + 1, states.write(first + row, state)

        _, states = tf.while_loop(
            lambda row, _: row < count,
            advance,
            (tf.constant(0), states.unstack(nodes)),
            maximum_iterations=count,  # XLA requires a bound
        )
        return states.read(first + count - 1)


class Combine(tf.Module):
    """A dense layer of two operands with tanh; each operator has its own."""

    # differs: gathering from a variable here; indexing a parameter there
    def __init__(self, operators: int, width: int, *, dtype: tf.DType) -> None:
        super().__init__()
        shape = (operators, 2, width, width)  # each is (in, out)
        self.weights = tf.Variable(tf.zeros(shape, dtype))
        self.biases = tf.Variable(tf.zeros((operators, width), dtype))

    def __call__(self, operands: Tensor, operator: Tensor) -> Tensor:
        weights = tf.gather(self.weights, operator)[0]  # (2, width, width)
        z = tf.reduce_sum(operands @ weights, 0)  # (N, width)
        return tf.tanh(z + tf.gather(self.biases, operator)[0])
