"""Cross-entropy and SGD with weight decay from scratch."""

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow import Tensor, Variable

EPOCHS, BATCH, RATE, DECAY = 12, 100, 0.5, 2**-10


# [step: loss]
def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the mean cross-entropy of logits and integer labels."""
    largest = tf.reduce_max(logits, 1, keepdims=True)  # (n, 1)
    total = tf.reduce_sum(tf.exp(logits - largest), 1, keepdims=True)
    log_sum_exp = largest + tf.math.log(total)  # (n, 1)
    chosen = tf.gather(logits, labels[:, None], batch_dims=1)  # (n, 1)
    return tf.reduce_mean(log_sum_exp - chosen)


# [step: update]
def descend(parameters: list[Variable], gradients: list[Tensor]) -> None:
    """Make one step of gradient descent with weight decay."""
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.assign_sub(RATE * (gradient + DECAY * parameter))


# [step: start]
def main() -> dict[str, object]:
    """Train by hand and with the library; return losses and accuracies."""
    pixels, labels = load_digits(return_X_y=True)
    x, y = tf.constant(pixels / 16), tf.constant(labels)  # (n, 64), (n,)
    start = 0.1 * np.random.default_rng(0).standard_normal((64, 10))

    weight = Variable(start)
    bias = Variable(np.zeros(10))

    linear = tf.keras.layers.Dense(10, dtype="float64")
    linear.build((None, 64))
    linear.kernel.assign(start)
    optimizer = tf.keras.optimizers.SGD(RATE, weight_decay=DECAY)
    library = tf.nn.sparse_softmax_cross_entropy_with_logits

    losses, library_losses, accuracies = [], [], []
    for _ in range(EPOCHS):
        for i in range(0, 1500, BATCH):
            batch, answers = x[i : i + BATCH], y[i : i + BATCH]

            # [step: by hand]
            with tf.GradientTape() as tape:
                loss = cross_entropy(batch @ weight + bias, answers)
            gradients = tape.gradient(loss, [weight, bias])
            descend([weight, bias], gradients)

            # [step: by the library]
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(library(answers, linear(batch)))
            gradients = tape.gradient(loss, linear.trainable_variables)
            optimizer.apply(gradients, linear.trainable_variables)

        # [step: validation]
        logits = x[1500:] @ weight + bias
        right = tf.argmax(logits, 1) == y[1500:]
        accuracy = tf.reduce_mean(tf.cast(right, tf.float64))
        losses.append(cross_entropy(logits, y[1500:]))
        each = library(y[1500:], linear(x[1500:]))
        library_losses.append(tf.reduce_mean(each))
        accuracies.append(accuracy)

    # [step: large logits]
    shifted_loss = cross_entropy(logits + 1000, y[1500:])

    # [step: results]
    return {
        "losses": losses,
        "library_losses": library_losses,
        "accuracies": accuracies,
        "shifted_loss": shifted_loss,
        "weight": weight,
        "weight_images": tf.reshape(tf.transpose(weight), (10, 8, 8)),
        "library_weight": linear.kernel,
    }


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
