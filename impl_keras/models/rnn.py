"""A tanh cell over sequences of any length, a head on its last state."""

import keras
from keras import layers


def rnn(*, inputs: int, units: int, classes: int) -> keras.Model:
    sequences = keras.Input((None, inputs))  # (N, T, inputs)
    x = layers.Masking(0.0)(sequences)  # padding is all zero
    x = layers.SimpleRNN(units, name="cell")(x)  # (N, units)
    y = layers.Dense(classes, name="head")(x)
    return keras.Model(sequences, y)  # (N, classes)
