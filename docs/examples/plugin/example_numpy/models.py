"""The networks, with gradients derived by hand."""

from typing import Any

import numpy as np

Arrays = dict[str, Any]


class TwoLayer:
    """Two dense layers with a ReLU between them: relu(x W1) W2."""

    def __init__(self, *, inputs: int, hidden: int, outputs: int, dtype: str) -> None:
        """Take the sizes of the workload; the arrays have them already."""

    def run(self, p: Arrays, x: Any) -> Arrays:
        """Return each layer's output by its name, in forward order."""
        z = x @ p["hidden.weight"]  # (N, hidden)
        return {"hidden": z, "output": np.maximum(z, 0) @ p["output.weight"]}

    def differentiate(self, p: Arrays, x: Any, outputs: Arrays, d: Any) -> Arrays:
        """Return the gradients of the loss, given the one of the model's output."""
        z = outputs["hidden"]
        d_z = (d @ p["output.weight"].T) * (z > 0)
        return {
            "hidden.weight": x.T @ d_z,  # (inputs, hidden)
            "output.weight": np.maximum(z, 0).T @ d,  # (hidden, outputs)
        }


MODELS = {"two_layer": TwoLayer}
