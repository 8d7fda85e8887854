"""The modes: how a step is run."""

from collections.abc import Callable
from typing import Any

import jax

from impl_jax.step import TrainingStep

Run = Callable[..., Any]  # of the state, inputs and targets


def eager(step: TrainingStep) -> Run:
    return step.run


def jit(step: TrainingStep) -> Run:
    return jax.jit(step.run)


def jit_donate(step: TrainingStep) -> Run:
    # The state's memory is given to the next state, and cannot be read again.
    return jax.jit(step.run, donate_argnums=0)


MODES: dict[str, Callable[[TrainingStep], Run]] = {
    "eager": eager,
    "jit": jit,
    "jit-donate": jit_donate,
}
