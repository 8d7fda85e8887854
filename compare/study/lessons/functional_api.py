"""Functional API: a network with two inputs, as connected layers.

A network with several inputs is not a list of layers. Keras has a **functional API**
for it: layers are called with symbolic tensors, and the model is the graph of layers
between given inputs and outputs. PyTorch has no such interface. There, the connections
are the code of `forward`, and tools such as `torch.fx` record the graph by running that
code with symbolic values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sklearn.datasets import load_digits

from compare.study.lesson import Exercise, Lesson

if TYPE_CHECKING:
    from compare.contract import Arrays

LESSON = Lesson(
    steps={
        "network": "An image and a position lead to one output of three numbers. In "
        "Keras `Input` returns a symbolic tensor: a shape and a type without numbers. "
        "Calling a layer with it connects the layer and returns the next symbolic "
        "tensor. `Model` keeps the layers between its inputs and its outputs. In "
        "PyTorch the class creates the layers, and `forward` connects them.",
        "data": "Some images of digits and random positions. Both networks get the "
        "same weights.",
        "call": "A functional model is called like any other, with a list of its "
        "inputs. It has trainable variables, and they get gradients, as in a model "
        "that is written as a class.",
        "graph of layers": "In Keras the graph of layers is part of the model: "
        "{{ tf.layers|join(', ') }}. In PyTorch it is found by tracing `forward` with "
        "symbolic values: {{ torch.layers|join(', ') }}. In this graph functions "
        "without weights are nodes, too.",
        "inner result": "A part of a functional model is another model: here from the "
        "same inputs to the hidden layer, with the same weights. In PyTorch a forward "
        "hook reads the result of a layer while the whole network is called. The hook "
        "runs before the ReLU, which is a function in `forward`, so the hook applies "
        "the ReLU itself.",
        "wrong shape": "The last layer expects one number too few. Keras checks shapes "
        "early: the error is raised {{ tf.moment }}. PyTorch raises it "
        "{{ torch.moment }}, with the data. Normally a Keras layer takes the size of "
        "its input from the tensor that it is called with; here it is built by hand, "
        "so that the size can be wrong.",
        "results": "Outputs, a gradient and the inner result are compared with each "
        "other and with NumPy. The layers and the moment of the error are specific to "
        "each framework.",
    },
    apis={
        "torch": (
            "torch.nn.Module",
            "torch.fx.symbolic_trace",
            "torch.nn.Module.register_forward_hook",
            "torch.cat",
        ),
        "tf": (
            "tf.keras.Input",
            "tf.keras.Model",
            "tf.keras.layers.Concatenate",
            "tf.keras.Model.get_layer",
        ),
    },
    own={
        "layers": "PyTorch's graph also contains functions, Keras' only layers",
        "moment": "Keras checks shapes when it builds a model, PyTorch at the call",
    },
    exercise=Exercise(
        task="Ignore the position: multiply it by zero where it is drawn. Which of the "
        "results change?",
        change={"rng.standard_normal((8, 2))": "rng.standard_normal((8, 2)) * 0"},
        answer="The outputs and the gradient. The inner result does not: it does not "
        "depend on the position, because the graph has no path from one to the other.",
        holds=lambda before, after: (
            np.array_equal(before["inner"], after["inner"])
            and not np.allclose(before["outputs"], after["outputs"])
        ),
    ),
)


def expected() -> Arrays:
    """Return the same results, with the gradient written out."""
    rng = np.random.default_rng(0)
    image = load_digits().data[:8] / 16
    place = rng.standard_normal((8, 2))
    w1, b1, w2, b2 = (
        rng.normal(0, 0.1, shape) for shape in [(64, 16), (16,), (18, 3), (3,)]
    )
    inner = np.maximum(image @ w1 + b1, 0)
    outputs = np.concatenate([inner, place], axis=1) @ w2 + b2
    slope = 2 * outputs / outputs.size
    hidden = (slope @ w2.T)[:, :16] * (inner > 0)
    return {"outputs": outputs, "inner": inner, "gradient": image.T @ hidden}
