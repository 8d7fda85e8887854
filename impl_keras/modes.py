"""The modes: how Keras is asked to run its training step."""

from collections.abc import Callable
from typing import Any

import keras
from compare.contract import Optimizer

from impl_keras.step import Trained, compile_model


def eager(
    objective: tuple[keras.Model, str], *, optimizer: Optimizer, example: Any
) -> Trained:
    network, loss = objective
    return compile_model(
        network, loss=loss, optimizer=optimizer, run_eagerly=True
    )


def compiled(
    objective: tuple[keras.Model, str], *, optimizer: Optimizer, example: Any
) -> Trained:
    network, loss = objective
    return compile_model(
        network, loss=loss, optimizer=optimizer, jit_compile=True
    )


MODES: dict[str, Callable[..., Trained]] = {
    "eager": eager,
    "compiled": compiled,
}
