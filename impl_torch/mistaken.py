"""The training step of a model with a mistake, in any mode."""

from collections.abc import Callable
from typing import Any

import torch
from compare.contract import Optimizer

from impl_torch import introspect
from impl_torch.modes import MODES
from impl_torch.step import Objective

Batch = tuple[Any, Any]  # arrays


def prepare_step(
    make_model: Callable[[], Any], *, mode: str, example: Batch
) -> Callable[[Batch], float]:
    """Return the step of a new model in a mode; it returns the loss."""
    introspect.reset()
    torch.manual_seed(0)
    step = MODES[mode](
        Objective(make_model(), loss="squared_error"),
        optimizer=Optimizer(name="sgd", learning_rate=1e-3),
        example=place(example),
    )
    return lambda batch: float(step.run(*place(batch)).detach())


def place(batch: Batch) -> Any:
    """Return a batch as tensors."""
    return tuple(torch.from_numpy(array) for array in batch)
