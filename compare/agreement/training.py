"""Check the workload's own training: its last step, and the validation after it.

A training of many steps is chaotic: rounding errors grow until no digit is left. Its
last step is therefore checked from the parameters that the variant itself had before
it, and the validation from those that it had afterwards.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from compare.agreement.examine import read_saved_arrays
from compare.agreement.judge import judge
from compare.contract import Quantity, TensorKind, tensor_kind
from compare.numerics.arrays import load_arrays, save_arrays
from compare.reference.expectation import (
    PREDICTION,
    Segment,
    add_unchanged,
    expect_step,
)
from compare.runs.words import Check

if TYPE_CHECKING:
    from pathlib import Path

    from compare.contract import (
        Arrays,
        Batch,
        Dtype,
        TrainableWorkload,
    )
    from compare.reference.expectation import Expected
    from compare.runs.rows import Finding

ACCURACY = str(Quantity(TensorKind.METRIC, "accuracy"))


@dataclass(frozen=True, kw_only=True)
class LastStep:
    """The last step of a training: its number, counted from 0, and its batch."""

    number: int
    batch: Batch


def find_last_step(workload: TrainableWorkload, *, dtype: Dtype) -> LastStep:
    """Return the last step of a workload's training."""
    epochs = range(workload.epochs)
    batches = (batch for e in epochs for batch in workload.batches(dtype, epoch=e))
    ((number, batch),) = deque(enumerate(batches), maxlen=1)
    return LastStep(number=number, batch=batch)


def examine_training(
    workload: TrainableWorkload, *, last: LastStep, dtype: Dtype, folder: Path
) -> list[Finding]:
    """Return the findings on the last step and on the validation.

    Args:
        workload: whose training a worker has finished.
        last: its last step, as `find_last_step` returns it.
        dtype: of the variant.
        folder: has the files that the worker saved (`messages.Epoch`).

    Raises:
        WorkerError: a file is missing or damaged.
        DataError: names or shapes of tensors differ from the reference's.
    """
    step = Segment(
        workload=workload,
        check=Check.TRAINING,
        start=last.number,
        batches=[last.batch],
        dtype=dtype,
        folder=folder,
        state=folder / "before.npz",
    )
    received = read_saved_arrays(folder / "last.npz")
    findings = judge(received, expected=expect_step(step), dtype=dtype)
    return findings + _examine_validation(workload, step, after=received)


def _examine_validation(
    workload: TrainableWorkload, step: Segment, *, after: Arrays
) -> list[Finding]:
    """Return the findings on outputs and metrics, with the parameters after training.

    Validation must not change the parameters.
    """
    unchanged = {
        name: array
        for name, array in after.items()
        if tensor_kind(name) == TensorKind.PARAMETER
    }
    state = step.folder / "after.npz"
    save_arrays(state, {Quantity.parse(n).name: a for n, a in unchanged.items()})
    batch = workload.validation(step.dtype)
    segment = replace(step, check=Check.VALIDATION, batches=[batch], state=state)
    expected = _add_accuracy(expect_step(segment), workload=workload, batch=batch)
    return judge(
        read_saved_arrays(step.folder / "validation.npz"),
        expected=add_unchanged(expected, unchanged),
        dtype=step.dtype,
    )


def _add_accuracy(
    expected: Expected, *, workload: TrainableWorkload, batch: Batch
) -> Expected:
    """Add the accuracy; its tolerance is the share of samples that rounding may flip.

    These are the samples whose two largest outputs are within their tolerances.
    """
    arrays = load_arrays(expected.arrays)
    outputs = arrays[PREDICTION]
    accuracy = np.asarray(workload.metrics(outputs, batch)["accuracy"])
    save_arrays(expected.arrays, {**arrays, ACCURACY: accuracy})
    second, largest = np.sort(outputs, axis=1)[:, -2:].T
    near = largest - second <= 2 * expected.tolerance[PREDICTION]
    return replace(
        expected,
        tolerance={**expected.tolerance, ACCURACY: float(near.mean())},
        floor={**expected.floor, ACCURACY: 0.0},
    )
