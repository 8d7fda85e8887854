"""A workload with a parameter that its loss does not depend on.

No workload of the project has one, but a workload that a user adds may.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from compare.workloads.two_layer import TwoLayer

SHAPES = {"unused.weight": (2, 3), "unused.bias": (3,)}


@dataclass(frozen=True, kw_only=True)
class UnusedParameter(TwoLayer):
    """Two layers and a third one that is never called."""

    model = "unused"

    def parameters(self, dtype: Any) -> Any:
        """Return the parameters of two layers, and ones for the third."""
        own = super().parameters(dtype)
        kind = next(iter(own.values())).dtype
        return {**own, **{name: np.ones(shape, kind) for name, shape in SHAPES.items()}}

    def batches(self, dtype: Any, *, epoch: int = 0) -> Any:
        """Yield arrays that are reversed views, as of flipped images."""
        for batch in super().batches(dtype, epoch=epoch):
            yield {name: array[::-1] for name, array in batch.items()}


def check_unused_parameter(package: str) -> str:
    """Return what is wrong with its gradient and its update; empty if nothing."""
    session_of = import_module(f"{package}.session").Session
    models = import_module(f"{package}.models")
    models.MODELS["unused"] = make_model(
        models.MODELS["two_layer"], import_module(f"{package}.models.layers").Linear
    )
    workload = UnusedParameter(batch=3, inputs=4, hidden=5, outputs=2)
    session = session_of(workload, mode="eager", device="cpu", dtype="float64")
    batch = session.place(next(iter(workload.batches("float64"))))
    snapshot = session.snapshot(batch)
    for name, shape in SHAPES.items():
        gradient, after = snapshot.gradients[name], snapshot.parameters[name]
        if gradient.shape != shape or gradient.any() or (after != 1).any():
            return f"{name} has gradient {gradient} and becomes {after}"
    return ""


def make_model(two_layer: Any, linear: Any) -> Any:
    """Return a model of either framework, with a layer that it does not call."""

    class Unused(two_layer):
        def __init__(self, *, dtype: Any, **sizes: Any) -> None:
            super().__init__(dtype=dtype, **sizes)
            self.unused = linear(*SHAPES["unused.weight"], dtype=dtype)

    return Unused
