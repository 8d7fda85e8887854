"""Learning-rate schedule: stepped after or before the optimizer."""

import tensorflow as tf
from keras.optimizers import SGD, Optimizer
from keras.optimizers.schedules import ExponentialDecay

RATE, DECAY = 2.0**-4, 0.5


def after_update(parameters: list[tf.Variable]) -> Optimizer:
    return SGD(ExponentialDecay(RATE, decay_steps=1, decay_rate=DECAY))


def before_update(parameters: list[tf.Variable]) -> Optimizer:
    class Early(ExponentialDecay):
        def __call__(self, step: tf.Tensor) -> tf.Tensor:
            return super().__call__(step + 1)

    return SGD(Early(RATE, decay_steps=1, decay_rate=DECAY))
