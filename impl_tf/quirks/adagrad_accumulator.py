"""Adagrad: initial accumulator value 0 or 0.1."""

import tensorflow as tf
from keras.optimizers import Adagrad, Optimizer

RATE = 2.0**-5


def starts_at_zero(parameters: list[tf.Variable]) -> Optimizer:
    return Adagrad(RATE, initial_accumulator_value=0.0, epsilon=0.0)


def starts_at_a_tenth(parameters: list[tf.Variable]) -> Optimizer:
    return Adagrad(RATE, epsilon=0.0)
