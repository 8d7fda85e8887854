"""Exporting a model: torch.export and SavedModel, without its class."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import tensorflow as tf


# [step: model]
class Net(tf.Module):
    """Two dense layers."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__()
        self.w1 = tf.Variable(rng.standard_normal((20, 30)))
        self.w2 = tf.Variable(rng.standard_normal((30, 4)))

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        return tf.nn.relu(x @ self.w1) @ self.w2  # (batch, outputs)


# [step: export]
def main() -> dict[str, object]:
    """Return the loaded graph's outputs, compared with the network's."""
    rng = np.random.default_rng(0)
    net = Net(rng)
    inputs = tf.TensorSpec([None, 20], tf.float64)
    net.graph = tf.function(net.__call__, input_signature=[inputs])

    # [step: graph]
    graph = net.graph.get_concrete_function().graph
    nodes = [f"{node.type} {node.name}" for node in graph.get_operations()]
    print(*nodes, sep="\n")

    # [step: save and load]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "net"
        tf.saved_model.save(net, path)
        loaded = tf.saved_model.load(path)

    # [step: other sizes]
    taken, same = [], []
    for size in (8, 1, 21):
        x = tf.constant(rng.standard_normal((size, 20)))
        try:
            outputs = loaded.graph(x)
        except TypeError as error:
            print(f"refused a batch of {size}: {type(error).__name__}")
        else:
            taken.append(size)
            same.append(np.array_equal(outputs, net(x)))

    # [step: results]
    return {
        "nodes": nodes,
        "taken": taken,
        "same": same,
        "outputs": outputs,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
