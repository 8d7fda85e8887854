"""The modes: how a step is captured."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
from compare.contract import Optimizer

from impl_jax.step import Objective, TrainingStep


def eager(
    objective: Objective, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    return TrainingStep(objective, optimizer=optimizer)


def jit(
    objective: Objective, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    return TrainingStep(objective, optimizer=optimizer, capture=jax.jit)


def jit_donate(
    objective: Objective, *, optimizer: Optimizer, example: Any
) -> TrainingStep:
    # The state's memory is given to the next state, and cannot be read again.
    capture = partial(jax.jit, donate_argnums=0)
    return TrainingStep(objective, optimizer=optimizer, capture=capture)


MODES: dict[str, Callable[..., TrainingStep]] = {
    "eager": eager,
    "jit": jit,
    "jit-donate": jit_donate,
}
