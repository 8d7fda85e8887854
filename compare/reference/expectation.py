"""Compute the results that every variant should have, and their tolerances.

They are computed once per workload and dtype, with NumPy only, and kept in files: a
check loads the arrays of one step at a time.

Initial parameters and data are rounded to the cell's dtype before the reference uses
them, so that it starts from the same numbers as the variants. Everything that differs
afterwards is due to the arithmetic of the step.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from compare import workloads
from compare.contract import (
    Quantity,
    TensorKind,
    key_by_quantity,
    parameter_key,
    tensor_kind,
)
from compare.errors import DataError, OutOfRangeError
from compare.numerics.arrays import load_arrays, save_arrays
from compare.numerics.dtypes import (
    UNIT_ROUNDOFF,
    is_16_bit,
    largest_finite,
    round_to_dtype,
)
from compare.numerics.tolerance import compute_tolerance
from compare.reference.evaluation import Evaluation, as_float64, make_evaluations
from compare.reference.moved import add_scatter, measure_moved, update_in_parts
from compare.runs.words import Check, Inputs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from compare.contract import (
        Array,
        Arrays,
        Batch,
        Dtype,
        ReferencedWorkload,
        Snapshot,
    )

PREDICTION = str(TensorKind.PREDICTION)
LOSS_METRIC = str(Quantity(TensorKind.METRIC, "loss"))

# The steps of the reference's trajectory that are checked one by one, with gradients.
# Every variant is loaded with the reference's parameters before each of them.
STATES = (0, 8, 16)
# In a trajectory, parameters are set back to the reference's after this many steps, and
# the optimizer keeps its state. Differences grow from step to step: without restarts,
# rounding alone could explain half of a tensor after 20 steps in float32.
RESTART_STEPS = 4
# Rounding may change the sign of a ReLU input near zero. That moves a gradient by a
# whole element, which the tolerance contains. If a tolerance is therefore larger than
# this fraction of its tensor, the steps start from a state moved by the fraction MOVE.
LOOSE = 0.01
MOVE = 2.0**-8
TRIES = 4


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The expected result of one check at one step, and its tolerances."""

    check: Check
    step: int
    state: Path  # the parameters to start from
    arrays: Path  # the reference's quantities
    tolerance: Mapping[str, float]  # infinite where rounding alone may overflow
    floor: Mapping[str, float]
    inputs: Inputs = Inputs.WORKLOAD
    # Of a trajectory: step -> the parameters that are set before it.
    restarts: Mapping[int, Path] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Unbounded:
    """The reference's result of one check at one step, whose tolerances are not known.

    The attributes are those of `Expected`.
    """

    check: Check
    step: int
    state: Path
    arrays: Path
    restarts: Mapping[int, Path] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Segment:
    """Consecutive steps of a workload from one state, all with the same check."""

    workload: ReferencedWorkload
    check: Check
    start: int
    batches: Sequence[Batch]
    dtype: Dtype
    folder: Path
    state: Path  # the parameters before the first step

    @property
    def paths(self) -> list[Path]:
        """One file per step, for the reference's quantities."""
        numbers = range(self.start, self.start + len(self.batches))
        return [self.folder / f"{self.check}-{number}.npz" for number in numbers]


def expectations(
    workload: ReferencedWorkload,
    *,
    dtype: Dtype,
    steps: int,
    folder: Path,
    inputs: Inputs = Inputs.WORKLOAD,
) -> list[Expected]:
    """Return the expected results, in the order of the checks.

    These are single steps from forced states, predictions, then a trajectory.

    Args:
        workload: has a NumPy reference.
        dtype: of the variants.
        steps: length of the trajectory. It ends earlier if the reference diverges.
        folder: for the reference's arrays.
        inputs: whether the workload is a probe.

    Raises:
        DataError: the reference is not finite at its first step.
        OutOfRangeError: it exceeds the range of the dtype there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    batches = list(islice(workloads.stream(workload, dtype=dtype), steps))
    # A reference that overflows gets a verdict; NumPy's warning adds nothing to it.
    with np.errstate(over="ignore", invalid="ignore"):
        found = _expect_trajectory(
            workload, batches=batches, dtype=dtype, folder=folder
        )
    ordered = sorted(found, key=lambda each: tuple(Check).index(each.check))
    return [replace(each, inputs=inputs) for each in ordered]


def expect_step(segment: Segment) -> Expected:
    """Return the expected result of a single step from a saved state.

    The optimizer starts without any state of its own.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # as in `expectations`
        return _expect_segment(segment, make_evaluations(segment.dtype))[0]


def _expect_trajectory(
    workload: ReferencedWorkload, *, batches: list[Batch], dtype: Dtype, folder: Path
) -> list[Expected]:
    """Evaluate the steps in segments, each from a state of the reference."""
    evaluations = make_evaluations(dtype)
    found: list[Expected] = []
    restarts: dict[int, Path] = {}
    initial, state = _state_path(folder, 0), workload.parameters(dtype)
    for start in range(0, len(batches), RESTART_STEPS):
        segment = Segment(
            workload=workload,
            check=Check.TRAJECTORY,
            start=start,
            batches=batches[start : start + RESTART_STEPS],
            dtype=dtype,
            folder=folder,
            state=_state_path(folder, start),
        )
        # Steps after the reference diverged would compare nothing.
        if not all(np.isfinite(array).all() for array in state.values()):
            break
        if start:
            restarts[start] = segment.state
        found += [
            replace(each, state=initial, restarts=dict(restarts))
            if each.check is Check.TRAJECTORY
            else each
            for each in _expect_tight(segment, state, evaluations=evaluations)
        ]
        last = load_arrays(segment.paths[-1])
        state = {
            name: round_to_dtype(last[parameter_key(name)], dtype) for name in state
        }
    return found


def _expect_tight(
    segment: Segment, state: Arrays, *, evaluations: list[Evaluation]
) -> list[Expected]:
    """Evaluate a segment, from a state near the given one if tolerances are loose.

    Its first step is also evaluated alone, with all its tensors, if it is one of
    `STATES`. The initial parameters are never moved. Tolerances of 16-bit formats are
    wide without any change of sign.
    """
    rng = np.random.default_rng(segment.start)
    can_move = segment.start > 0 and not is_16_bit(segment.dtype)
    for _ in range(TRIES if can_move else 1):
        save_arrays(segment.state, state)
        tried = [replace(each) for each in evaluations]
        found = [*_expect_alone(segment), *_expect_segment(segment, tried)]
        if all(_is_tight(each) for each in found):
            break
        state = {
            name: round_to_dtype(
                array * (1 + MOVE * rng.choice((-1, 1), size=array.shape)),
                segment.dtype,
            )
            for name, array in state.items()
        }
    for evaluation, after in zip(evaluations, tried, strict=True):
        evaluation.memory = after.memory
    return found


def _expect_alone(segment: Segment) -> list[Expected]:
    """Return the first step with all its tensors, and the prediction before it.

    Empty if the step is not one of `STATES`.
    """
    if segment.start not in STATES:
        return []
    first = replace(segment, check=Check.STEP, batches=segment.batches[:1])
    step = expect_step(first)
    return [step, _expect_prediction(step, folder=segment.folder)]


def _expect_prediction(step: Expected, *, folder: Path) -> Expected:
    """Return the model's outputs before a step, and the parameters, unchanged."""
    outputs = output_name(quantities := load_arrays(step.arrays))
    path = folder / f"{Check.PREDICTION}-{step.step}.npz"
    save_arrays(path, {PREDICTION: quantities[outputs]})
    expected = replace(
        step,
        check=Check.PREDICTION,
        arrays=path,
        tolerance={PREDICTION: step.tolerance[outputs]},
        floor={PREDICTION: step.floor[outputs]},
    )
    parameters = key_by_quantity(load_arrays(step.state), TensorKind.PARAMETER)
    return add_unchanged(expected, parameters)


def add_unchanged(expected: Expected, arrays: Arrays) -> Expected:
    """Add tensors that must be received bit for bit."""
    save_arrays(expected.arrays, {**load_arrays(expected.arrays), **arrays})
    exact = dict.fromkeys(arrays, 0.0)
    return replace(
        expected,
        tolerance={**expected.tolerance, **exact},
        floor={**expected.floor, **exact},
    )


def output_name(quantities: Iterable[str]) -> str:
    """Return the name of the last activation, which is the model's output."""
    return [n for n in quantities if tensor_kind(n) == TensorKind.ACTIVATION][-1]


def _is_tight(expected: Expected) -> bool:
    """Return whether every tolerance is a small fraction of its tensor."""
    arrays = load_arrays(expected.arrays)
    return not any(
        tolerance > LOOSE * np.abs(arrays[name]).max(initial=0.0) > 0
        for name, tolerance in expected.tolerance.items()
    )


def _expect_segment(segment: Segment, evaluations: list[Evaluation]) -> list[Expected]:
    """Run the reference, then the trials and the floor, and bound every tensor."""
    plain, *trials, floor = evaluations
    snapshots = _run_reference(segment, plain)
    for number, (path, snapshot) in enumerate(
        zip(segment.paths, snapshots, strict=True)
    ):
        arrays = _select_compared(snapshot, segment=segment)
        if number == segment.start == 0:
            _require_in_range(arrays, step=0, dtype=segment.dtype)
        save_arrays(path, arrays)
    deviations = [_measure_deviations(segment, trial) for trial in trials]
    floors = _measure_deviations(segment, floor)
    return [
        bound_errors(
            Unbounded(
                check=segment.check,
                step=segment.start + number,
                state=segment.state,
                arrays=path,
            ),
            dtype=segment.dtype,
            deviations=[*(trial[number] for trial in deviations), floors[number]],
            floor=floors[number],
        )
        for number, path in enumerate(segment.paths)
    ]


def _run_reference(segment: Segment, evaluation: Evaluation) -> Iterator[Snapshot]:
    """Yield one snapshot per step; each step starts from the end of the last one."""
    convert = as_float64 if evaluation.is_float64 else dict
    parameters = load_arrays(segment.state)
    for batch in segment.batches:
        snapshot = segment.workload.reference(
            convert(parameters),
            convert(batch),
            einsum=evaluation.einsum,
            memory=evaluation.memory,
        )
        evaluation.memory = snapshot.memory
        yield snapshot
        parameters = {n: evaluation.store(a) for n, a in snapshot.parameters.items()}


def _measure_deviations(
    segment: Segment, evaluation: Evaluation
) -> list[dict[str, float]]:
    """Return each tensor's largest deviation from the reference, step by step."""
    snapshots = _run_reference(segment, evaluation)
    found = []
    for snapshot, path in zip(snapshots, segment.paths, strict=True):
        quantities = _select_compared(
            snapshot, segment=segment, is_floor=not evaluation.is_float64
        )
        found.append(
            {
                name: _largest_deviation(quantities[name], array)
                for name, array in load_arrays(path).items()
            }
        )
    return found


def _largest_deviation(one: Array, other: Array) -> float:
    """Return the largest difference; infinite where a value is not finite."""
    deviation = float(np.abs(one - other).max(initial=0.0))
    return deviation if np.isfinite(deviation) else float("inf")


def find_magnitudes(arrays: Arrays) -> dict[str, float]:
    """Return the largest absolute value of each array; 0 for an empty one."""
    return {n: float(np.abs(array).max(initial=0.0)) for n, array in arrays.items()}


def bound_errors(
    evaluated: Unbounded,
    *,
    dtype: Dtype,
    deviations: Sequence[Mapping[str, float]],
    floor: Mapping[str, float],
) -> Expected:
    """Return the expected result of one step, with tolerances from all evaluations.

    Args:
        evaluated: the reference's result.
        dtype: of the variants.
        deviations: of each tensor in each evaluation.
        floor: of each tensor.
    """
    arrays = load_arrays(evaluated.arrays)
    magnitudes = find_magnitudes(arrays)
    tolerances = {
        name: compute_tolerance(
            [each[name] for each in deviations],
            largest=magnitude,
            dtype=dtype,
            check="trajectory" if evaluated.check is Check.TRAJECTORY else "step",
        )
        for name, magnitude in magnitudes.items()
    }
    half_unit = UNIT_ROUNDOFF[dtype] / 2
    return Expected(
        check=evaluated.check,
        step=evaluated.step,
        state=evaluated.state,
        arrays=evaluated.arrays,
        restarts=evaluated.restarts,
        tolerance=add_scatter(tolerances, arrays=arrays),
        # Storing a value in a dtype costs up to half a unit in the last place, even
        # where NumPy's own evaluation happened to be exact.
        floor={n: max(floor[n], half_unit * m) for n, m in magnitudes.items()},
    )


def _select_compared(
    snapshot: Snapshot, *, segment: Segment, is_floor: bool = False
) -> dict[str, Array]:
    """Return the tensors that a check compares, of the reference or of the floor.

    In a trajectory, a wrong gradient appears as a wrong parameter after the same step.
    """
    quantities = snapshot.quantities()
    if segment.check is Check.STEP:
        moved = _measure_moved(snapshot, segment=segment, is_floor=is_floor)
        return {**quantities, **moved}
    if segment.check is Check.VALIDATION:
        outputs = quantities[output_name(quantities)]
        return {PREDICTION: outputs, LOSS_METRIC: snapshot.loss}
    kinds = {TensorKind.LOSS, TensorKind.PARAMETER}
    return {n: array for n, array in quantities.items() if tensor_kind(n) in kinds}


def _measure_moved(snapshot: Snapshot, *, segment: Segment, is_floor: bool) -> Arrays:
    """Return how much of each parameter moves; only in 16-bit formats."""
    if not is_16_bit(segment.dtype):
        return {}
    optimizer, after = segment.workload.optimizer, snapshot.parameters
    before = load_arrays(segment.state)
    if is_floor and "." not in optimizer.name:
        in_parts = update_in_parts(
            before, snapshot.gradients, optimizer=optimizer, dtype=segment.dtype
        )
        after = {**after, **in_parts}
    return measure_moved(after, before=before, dtype=segment.dtype)


def _require_in_range(arrays: dict[str, Array], *, step: int, dtype: Dtype) -> None:
    """Raise unless the reference's tensors can be represented in a dtype.

    Raises:
        DataError: a tensor is not finite.
        OutOfRangeError: a tensor exceeds the range of the dtype.
    """
    if wrong := [name for name, a in arrays.items() if not np.isfinite(a).all()]:
        raise DataError(
            f"the workload's own reference is not finite at step {step}: "
            f"{', '.join(wrong)}. Use a smaller learning rate or smaller sizes"
        )
    for name, array in arrays.items():
        if (magnitude := np.abs(array).max(initial=0.0)) > largest_finite(dtype):
            raise OutOfRangeError(
                f"{name} reaches {magnitude:.3g} at step {step}, above the largest "
                f"{dtype}, {largest_finite(dtype):.3g}. Choose a wider dtype or "
                "smaller sizes"
            )


def _state_path(folder: Path, step: int) -> Path:
    return folder / f"state-{step}.npz"
