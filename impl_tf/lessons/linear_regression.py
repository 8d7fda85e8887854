"""Linear regression: how the loss and the optimizer are connected."""

import numpy as np
import tensorflow as tf

EPOCHS, RATE = 100, 0.125


# [step: data]
def main() -> dict[str, object]:
    """Fit a plane to noisy points; return losses, fit and best fit."""
    rng = np.random.default_rng(0)
    points = rng.standard_normal((100, 2))
    heights = points @ [[2.0], [-3.0]] + 4 + rng.normal(0, 0.1, (100, 1))
    x = tf.constant(points)  # (points, 2)
    y = tf.constant(heights)  # (points, 1)

    # [step: model]
    model = tf.keras.layers.Dense(
        1, kernel_initializer="zeros", dtype="float64"
    )
    model.build(x.shape)

    # [step: loss]
    squared_error = tf.keras.losses.MeanSquaredError(dtype="float64")

    # [step: optimizer]
    optimizer = tf.keras.optimizers.SGD(RATE)
    variables = model.trainable_variables

    losses = []
    for _ in range(EPOCHS):
        # [step: forward]
        with tf.GradientTape() as tape:
            loss = squared_error(y, model(x))
        losses.append(loss.numpy())

        # [step: backward and update]
        gradients = tape.gradient(loss, variables)
        optimizer.apply_gradients(zip(gradients, variables, strict=True))

    # [step: least squares]
    best, *_ = np.linalg.lstsq(np.c_[points, np.ones(100)], heights)

    # [step: results]
    return {
        "losses": losses,
        "weight": model.kernel,  # (inputs, outputs)
        "bias": model.bias,
        "best": best,  # (inputs and bias, outputs)
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
