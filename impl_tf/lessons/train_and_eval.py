"""Train and eval mode: dropout and batch normalisation."""

import numpy as np
import tensorflow as tf
from tensorflow.keras.layers import BatchNormalization, Dropout

COUNT, ROWS, COLUMNS = 1000, 8, 3
RATE, SHARE = 0.5, 0.1


# [step: dropout in training]
def main() -> dict[str, object]:
    """Call two layers in both modes; return what they compute."""
    ones = tf.ones(COUNT, dtype=tf.float64)
    dropout = Dropout(RATE, dtype="float64")
    default = dropout(ones)
    dropped, again = (dropout(ones, training=True) for _ in range(2))

    # [step: dropout in eval mode]
    passed = dropout(ones, training=False)

    # [step: normalisation in training]
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(3, 2, (ROWS, COLUMNS)))  # (rows, columns)
    norm = BatchNormalization(
        epsilon=1e-5, momentum=1 - SHARE, dtype="float64"
    )
    normalised = norm(x, training=True)

    # [step: running statistics]
    running_mean = norm.moving_mean.numpy()
    running_variance = norm.moving_variance.numpy()
    print("mean:", running_mean, "variance:", running_variance)

    # [step: normalisation in eval mode]
    alone, together = norm(x[:1], training=False), norm(x, training=False)
    independent = np.array_equal(alone[0], together[0])

    # [step: one row in training]
    try:
        single = norm(x[:1], training=True).numpy().tolist()
    except ValueError as error:
        print(error)
        single = "refused"

    # [step: results]
    return {
        "levels": np.unique(dropped),
        "kept": np.count_nonzero(dropped) / COUNT,
        "same_in_training": np.array_equal(dropped, again),
        "default_drops": not np.array_equal(default, ones),
        "passed": passed,
        "normalised": normalised,
        "running_mean": running_mean,
        "running_variance": running_variance,
        "together": together,
        "independent": independent,
        "single": single,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
