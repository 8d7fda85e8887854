"""An embedding, a GRU over padded tokens, a linear head on its last state."""

import keras
from keras import layers


def gru(*, tokens: int, width: int, units: int, classes: int) -> keras.Model:
    sequences = keras.Input((None,), dtype="int64")  # (N, T), 0 is padding
    x = layers.Embedding(tokens, width, mask_zero=True, name="embedding")(
        sequences
    )  # (N, T, width)
    x = layers.GRU(units, name="cell")(x)  # (N, units)
    y = layers.Dense(classes, name="head")(x)
    return keras.Model(sequences, y)  # (N, classes)
