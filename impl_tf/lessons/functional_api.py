"""Functional API: a network with two inputs, as connected layers."""

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow.keras import Input, Model
from tensorflow.keras.layers import Concatenate, Dense

SHAPES = [(64, 16), (16,), (18, 3), (3,)]  # weight and bias of two layers


# [step: network]
def make_net(joined: int = 18) -> Model:
    """Return a network whose layers are connected by symbolic tensors."""
    image = Input((64,), dtype="float64", name="image")
    place = Input((2,), dtype="float64", name="place")
    hidden = Dense(16, activation="relu", dtype="float64", name="hidden")
    both = Concatenate(dtype="float64")([hidden(image), place])
    final = Dense(3, dtype="float64", name="final")
    final.build((None, joined))
    return Model([image, place], final(both))


# [step: data]
def main() -> dict[str, object]:
    """Call the network; list its graph, and read an inner result."""
    rng = np.random.default_rng(0)
    image = tf.constant(load_digits().data[:8] / 16)  # (batch, pixels)
    place = tf.constant(rng.standard_normal((8, 2)))  # (batch, 2)
    model = make_net()
    start = [rng.normal(0, 0.1, shape) for shape in SHAPES]
    model.set_weights(start)

    # [step: call]
    with tf.GradientTape() as tape:
        outputs = model([image, place])
        loss = tf.reduce_mean(tf.square(outputs))
    gradient = tape.gradient(loss, model.get_layer("hidden").kernel)

    # [step: graph of layers]
    layers = [layer.name for layer in model.layers]
    print(*layers, sep="\n")
    print(model.output)

    # [step: inner result]
    hidden = model.get_layer("hidden")
    body = Model(model.inputs, hidden.output)
    inner = body([image, place])

    # [step: wrong shape]
    moment = "when it is built"
    try:
        wrong = make_net(joined=17)
        moment = "when it is called"
        wrong([image, place])
    except ValueError as error:
        print(error)

    # [step: results]
    return {
        "outputs": outputs,
        "gradient": gradient,
        "inner": inner,
        "layers": layers,
        "moment": moment,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
