"""Compute the expected results of a folder that defines its own NumPy reference."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from compare.contract import TensorKind, tensor_kind
from compare.numerics.arrays import load_arrays, save_arrays
from compare.reference.expectation import expectations
from compare.targets.loading import Stage, at_stage
from compare.targets.own_reference import read_reference
from compare.workers import messages

if TYPE_CHECKING:
    from compare.contract import ReferencedWorkload
    from compare.reference.expectation import Expected
    from compare.workloads.target import TargetWorkload


def compute_in_numpy(
    request: messages.ComputeInNumpy, *, workload: TargetWorkload
) -> messages.InNumpy:
    """Return the expected results of a staged folder, by the rules of all references.

    Raises:
        TargetError: the user's reference fails, is not finite, or has another form.
    """
    own = read_reference(request.source, workload, seed=workload.seed)
    with at_stage(Stage.WORKLOAD):
        found = expectations(
            cast("ReferencedWorkload", own),
            dtype=request.dtype,
            steps=request.steps,
            folder=Path(request.save_in),
        )
    return messages.InNumpy(expected=[as_message(leave_out_layers(e)) for e in found])


def leave_out_layers(expected: Expected) -> Expected:
    """Return the expected result without the outputs of layers.

    The user's names of them need not be those of the models' modules. The model's own
    output is compared as its prediction.
    """
    arrays = load_arrays(expected.arrays)
    kept = [name for name in arrays if tensor_kind(name) != TensorKind.ACTIVATION]
    save_arrays(expected.arrays, {name: arrays[name] for name in kept})
    return replace(
        expected,
        tolerance={name: expected.tolerance[name] for name in kept},
        floor={name: expected.floor[name] for name in kept},
    )


def as_message(expected: Expected) -> messages.ExpectedStep:
    """Return an expected result as part of a message."""
    return messages.ExpectedStep(
        check=expected.check,
        step=expected.step,
        state=str(expected.state),
        arrays=str(expected.arrays),
        tolerance=dict(expected.tolerance),
        floor=dict(expected.floor),
        restarts={step: str(path) for step, path in expected.restarts.items()},
    )
