"""TensorBoard event files: log a training run and read it back."""

from tempfile import TemporaryDirectory

import numpy as np
import tensorflow as tf
from tensorboard.backend.event_processing.plugin_event_accumulator import (
    EventAccumulator,
)
from tensorboard.util.tensor_util import make_ndarray
from tensorflow.keras.layers import Dense

STEPS, RATE, BUCKETS = 40, 0.25, 10
SHAPES = [(3, 16), (16,), (16, 1), (1,)]  # weight and bias of two layers


# [step: data]
def main() -> dict[str, object]:
    """Train, log the training run, and return what the log contains."""
    rng = np.random.default_rng(0)
    x = tf.constant(rng.standard_normal((64, 3)))  # (batch, inputs)
    y = tf.sin(tf.reduce_sum(x, axis=1, keepdims=True))  # (batch, 1)

    # [step: model]
    inputs = tf.keras.Input((3,), dtype="float64")
    hidden = Dense(16, activation="tanh", dtype="float64")
    model = tf.keras.Sequential([inputs, hidden, Dense(1, dtype="float64")])
    model.set_weights([rng.normal(0, 0.5, shape) for shape in SHAPES])
    variables = model.trainable_variables
    squared_error = tf.keras.losses.MeanSquaredError(dtype="float64")
    optimizer = tf.keras.optimizers.SGD(RATE)

    with TemporaryDirectory() as folder:
        # [step: writer]
        writer = tf.summary.create_file_writer(folder)

        # [step: train]
        losses = []
        for step in range(STEPS):
            with tf.GradientTape() as tape:
                loss = squared_error(y, model(x))
            gradients = tape.gradient(loss, variables)
            optimizer.apply_gradients(zip(gradients, variables, strict=True))
            losses.append(loss.numpy())

            # [step: scalar]
            with writer.as_default(step):
                tf.summary.scalar("loss", loss)

                # [step: histogram]
                weights = hidden.kernel
                tf.summary.histogram("weights", weights, buckets=BUCKETS)

        # [step: graph]
        with writer.as_default():
            traced = tf.function(model).get_concrete_function(x)
            tf.summary.graph(traced.graph)
        writer.close()

        # [step: read]
        log = EventAccumulator(folder, size_guidance={"tensors": 0}).Reload()
        tags = [
            *log.PluginTagToContent("scalars"),
            *log.PluginTagToContent("histograms"),
        ]
        scalars, histograms = log.Tensors("loss"), log.Tensors("weights")
        nodes = log.Graph().node

    # [step: results]
    last = make_ndarray(histograms[-1].tensor_proto)  # (buckets, 3)
    operations = sorted({node.op for node in nodes})
    print(*operations, sep="\n")
    return {
        "losses": losses,
        "tags": tags,
        "steps": [event.step for event in scalars],
        "read": [make_ndarray(event.tensor_proto) for event in scalars],
        "edges": last[:, 0].astype("float32"),
        "counts": last[:, 2].astype(int),
        "edges_dtype": str(last.dtype),
        "nodes": len(nodes),
        "operations": operations,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
