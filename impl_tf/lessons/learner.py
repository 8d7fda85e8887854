"""A Learner with callbacks: metrics and early stopping."""

from collections import defaultdict

import numpy as np
import tensorflow as tf
from sklearn.datasets import load_digits
from tensorflow.keras.losses import sparse_categorical_crossentropy

EPOCHS, BATCH, RATE, TARGET = 20, 64, 0.25, 0.85


# [step: learner]
class CancelFit(Exception):  # noqa: N818 - not an error
    """Exception that ends a fit; any callback may raise it."""


class Learner:
    """A training loop that calls its callbacks at fixed points."""

    def __init__(self, model: tf.keras.Model, callbacks: list[object]) -> None:
        self.model, self.callbacks = model, callbacks
        self.optimizer = tf.keras.optimizers.SGD(RATE)

    def notify(self, moment: str) -> None:
        for callback in self.callbacks:
            getattr(callback, moment, lambda _: None)(self)

    def fit(self, loaders: dict[str, tf.data.Dataset]) -> None:
        self.notify("before_fit")
        try:
            for self.epoch in range(1, EPOCHS + 1):
                for self.part, loader in loaders.items():
                    for self.x, self.y in loader:
                        self.one_batch(training=self.part == "train")
                        self.notify("after_batch")
                self.notify("after_epoch")
        except CancelFit:
            print("cancelled in epoch", self.epoch)

    def forward(self, *, training: bool) -> None:
        self.outputs = self.model(self.x, training=training)
        losses = sparse_categorical_crossentropy(
            self.y, self.outputs, from_logits=True
        )
        self.loss = tf.reduce_mean(losses)

    def one_batch(self, *, training: bool) -> None:
        if not training:
            self.forward(training=False)
            return
        with tf.GradientTape() as tape:
            self.forward(training=True)
        weights = self.model.trainable_variables
        self.optimizer.apply(tape.gradient(self.loss, weights), weights)


# [step: callbacks]
class Metrics:
    """Callback that records the mean loss and accuracy of each epoch."""

    def before_fit(self, learner: Learner) -> None:
        learner.history = defaultdict(list)
        self.sums = defaultdict(lambda: np.zeros(3))

    def after_batch(self, learner: Learner) -> None:
        right = np.sum(tf.argmax(learner.outputs, 1) == learner.y)
        size, loss = len(learner.y), learner.loss.numpy()
        self.sums[learner.part] += size * loss, right, size

    def after_epoch(self, learner: Learner) -> None:
        for part, (loss, right, size) in self.sums.items():
            learner.history[f"{part}_loss"].append(loss / size)
            learner.history[f"{part}_right"].append(right / size)
        self.sums.clear()


class StopAtTarget:
    """Callback that cancels the fit at the target validation accuracy."""

    def after_epoch(self, learner: Learner) -> None:
        if max(learner.history["valid_right"], default=0) >= TARGET:
            raise CancelFit


# [step: data]
def main() -> dict[str, object]:
    """Train until the target is reached; return the history by epoch."""
    images, labels = load_digits(return_X_y=True)  # (digits, pixels)
    data = tf.data.Dataset.from_tensor_slices((images / 16, labels))
    train, valid = data.take(1400).batch(BATCH), data.skip(1400).batch(BATCH)

    # [step: fit]
    hidden = tf.keras.layers.Dense(32, activation="relu", dtype="float64")
    output = tf.keras.layers.Dense(10, dtype="float64")
    model = tf.keras.Sequential([hidden, output])
    model.build((None, 64))
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(0, 0.1, w.shape) for w in model.weights])
    learner = Learner(model, [Metrics(), StopAtTarget()])
    learner.fit({"train": train, "valid": valid})
    return {**learner.history, "epochs": learner.epoch}


if __name__ == "__main__":
    for name, array in main().items():
        print(f"{name} = {array}")
