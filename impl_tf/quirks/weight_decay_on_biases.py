"""Weight decay: on all parameters or on weights only."""

import tensorflow as tf
from keras.optimizers import SGD, Optimizer

RATE, DECAY = 2.0**-5, 0.5


def everything(parameters: list[tf.Variable]) -> Optimizer:
    return SGD(RATE, weight_decay=DECAY)


def weights_alone(parameters: list[tf.Variable]) -> Optimizer:
    biases = [p for p in parameters if p.shape.rank == 1]
    optimizer = SGD(RATE, weight_decay=DECAY)
    optimizer.exclude_from_weight_decay(var_list=biases)
    return optimizer
