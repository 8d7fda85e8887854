"""What exported TensorFlow models contain, as JSON; `test_exporting.py` judges it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from compare.deploy.run import list_outputs
from impl_tf import exporting
from impl_tf.runners.litert import LiteRtModel

COUNT = 12  # of inputs and outputs: names with ten and more are sorted by number
ROWS = 4


class Several(tf.Module):
    """Returns as many tensors as it takes, of different sizes."""

    def __init__(self):
        super().__init__()
        self.factor = tf.Variable([2.0])

    def __call__(self, *tensors):
        return [tensor * self.factor for tensor in tensors]


class NeedsSizes(tf.Module):
    """Reads the number of rows as a number of Python."""

    def __call__(self, tensor):
        return sum(tensor[row] for row in range(len(tensor)))


class Layered(keras.Model):
    """A dense layer and its activation."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3, activation="relu")

    def call(self, x):
        return self.dense(x)


def tensors_of(count):
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=(ROWS, n + 1)).astype("float32") for n in range(count)]
    return tuple(map(tf.constant, arrays))


def export_all(model, folder):
    """Return form -> the path of a file, and the names in it."""
    return {
        form: (folder / form, exporting.EXPORTERS[form](model, folder / form))
        for form in ("saved-model", "frozen", "litert")
    }


def compare_arrays(received, expected):
    """Return whether arrays are equal up to rounding, in the same order."""
    return [a.shape for a in received] == [a.shape for a in expected] and all(
        np.allclose(*pair, rtol=1e-5) for pair in zip(received, expected, strict=True)
    )


def run_litert(path, inputs):
    model = LiteRtModel(str(path), [], [])
    model.set_inputs(inputs)
    model.run()
    return model.outputs()


def check_order(folder):
    """Return what is known of a model with many inputs and outputs."""
    model = exporting.Deployed(model=Several(), inputs=tensors_of(COUNT))
    files = export_all(model, folder)
    inputs, outputs = exporting.read_inputs(model), exporting.run(model)
    half = [array[: ROWS // 2] for array in inputs]
    path = files["litert"][0]
    traced = {
        form: exporting.trace_export(form, path, inputs)
        for form, (path, _) in files.items()
    }
    return {
        "names": {
            form: [list(names.inputs), list(names.outputs)]
            for form, (_, names) in files.items()
        },
        "litert": compare_arrays(run_litert(path, inputs), outputs),
        "half": compare_arrays(run_litert(path, half), [2 * each for each in half]),
        "outputs of nodes": compare_arrays(list_outputs(traced["litert"]), outputs),
        "products": {
            form: compare_arrays(
                sorted(
                    (n.value for n in nodes if n.operation.lower() == "mul"),
                    key=lambda array: array.shape,
                ),
                outputs,
            )
            for form, nodes in traced.items()
        },
    }


def check_layers(folder):
    """Return what is known of a Keras model."""
    (x,) = tensors_of(1)
    layered = Layered()
    layered(x)
    wrapped = exporting.InferenceModel(layered)
    model = exporting.Deployed(model=wrapped, inputs=(x,))
    path, _ = export_all(model, folder)["saved-model"]
    eager = exporting.trace_model(model)
    after = [node.operation for node in exporting.trace_model(model)]
    stored = tf.train.list_variables(str(path / "variables" / "variables"))
    return {
        "eager": [node.operation for node in eager],
        "repeated": after == [node.operation for node in eager],
        "last": compare_arrays([eager[-1].value], exporting.run(model)),
        "variables": [list(shape) for _, shape in stored if shape],
    }


def sizes_of(model):
    """Return the sizes of the first input in a captured graph."""
    graph = exporting.capture(exporting.Deployed(model=model, inputs=tensors_of(1)))
    return list(graph.inputs[0].shape)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        folders = [Path(made) / name for name in ("order", "layers", "sizes")]
        for each in folders:
            each.mkdir()
        found = {"order": check_order(folders[0]), "layers": check_layers(folders[1])}
        found["sizes"] = {
            type(model).__name__: sizes_of(model) for model in (Several(), NeedsSizes())
        }
    print(json.dumps(found))
