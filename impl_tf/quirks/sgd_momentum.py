"""SGD momentum: learning rate outside or inside the velocity."""

import tensorflow as tf
from keras.optimizers import SGD, Optimizer
from keras.optimizers.schedules import ExponentialDecay

RATE, MOMENTUM, DECAY = 2.0**-5, 0.875, 0.5


def rate_outside(parameters: list[tf.Variable]) -> Optimizer:
    class Outside(SGD):
        def update_step(
            self, gradient: tf.Tensor, variable: tf.Variable, rate: tf.Tensor
        ) -> None:
            velocity = self.momentums[self._get_variable_index(variable)]
            velocity.assign(MOMENTUM * velocity + gradient)
            variable.assign_sub(rate * velocity)

    schedule = ExponentialDecay(RATE, decay_steps=1, decay_rate=DECAY)
    return Outside(schedule, momentum=MOMENTUM)


def rate_inside(parameters: list[tf.Variable]) -> Optimizer:
    schedule = ExponentialDecay(RATE, decay_steps=1, decay_rate=DECAY)
    return SGD(schedule, momentum=MOMENTUM)
