"""Compute the results that every variant should have, and their tolerances.

They are computed once per workload and dtype, with NumPy only, and kept in files: a
check loads the arrays of one step at a time.

Initial parameters and data are rounded to the cell's dtype before the reference uses
them, so that it starts from the same numbers as the variants. Everything that differs
afterwards is due to the arithmetic of the step.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from compare import workloads
from compare.contract import TensorKind, tensor_kind
from compare.errors import DataError, OutOfRangeError
from compare.numerics.arrays import load_arrays, save_arrays
from compare.numerics.dtypes import (
    UNDERFLOW,
    UNIT_ROUNDOFF,
    is_16_bit,
    largest_finite,
    round_to_dtype,
)
from compare.numerics.einsum import (
    matmul_einsum,
    perturbed_einsum,
    rounding_einsum,
    sequential_einsum,
)
from compare.numerics.tolerance import TRIALS, compute_tolerance
from compare.runs.words import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from compare.contract import (
        Array,
        Arrays,
        Batch,
        Dtype,
        Einsum,
        ReferencedWorkload,
        Snapshot,
    )

# The steps of the reference's trajectory that are checked one by one. Every variant is
# loaded with the reference's parameters before each of them. Errors of earlier steps
# therefore do not accumulate, and the tolerance stays near the rounding of one step. A
# trajectory covers what single steps cannot show, such as a state that an optimizer
# keeps between steps, but its tolerance grows from step to step.
STATES = (0, 8, 16)


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The expected result of one check at one step, and its tolerances."""

    check: Check
    step: int
    state: Path  # the parameters to start from
    arrays: Path  # the reference's quantities
    tolerance: Mapping[str, float]  # infinite where rounding alone may overflow
    floor: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Arithmetic:
    """One way of evaluating the reference: its sums, and how parameters are stored."""

    einsum: Einsum
    store: Callable[[Array], Array]
    is_float64: bool = True  # whatever the cell's dtype


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Consecutive steps of a workload from one state, all with the same check."""

    workload: ReferencedWorkload
    check: Check
    start: int
    steps: int
    dtype: Dtype
    folder: Path

    @property
    def state(self) -> Path:
        """The parameters before the first step."""
        return _state_path(self.folder, self.start)

    @property
    def paths(self) -> list[Path]:
        """One file per step, for the reference's quantities."""
        numbers = range(self.start, self.start + self.steps)
        return [self.folder / f"{self.check}-{number}.npz" for number in numbers]


def expectations(
    workload: ReferencedWorkload, *, dtype: Dtype, steps: int, folder: Path
) -> list[Expected]:
    """Return the expected results: single steps from forced states, then a trajectory.

    Args:
        workload: has a NumPy reference.
        dtype: of the variants.
        steps: length of the trajectory.
        folder: for the reference's arrays.

    Raises:
        DataError: the reference is not finite at its first step.
        OutOfRangeError: it exceeds the range of the dtype there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    save_arrays(_state_path(folder, 0), workload.parameters(dtype))
    # A reference that overflows gets a verdict; NumPy's warning adds nothing to it.
    with np.errstate(over="ignore", invalid="ignore"):
        # The trajectory runs first: it saves the states that the steps start from.
        trajectory = _expect_steps(
            Stretch(
                workload=workload,
                check=Check.TRAJECTORY,
                start=0,
                steps=steps,
                dtype=dtype,
                folder=folder,
            )
        )
        forced = [
            each
            for start in STATES
            if start < steps and _state_path(folder, start).exists()
            for each in _expect_steps(
                Stretch(
                    workload=workload,
                    check=Check.STEP,
                    start=start,
                    steps=1,
                    dtype=dtype,
                    folder=folder,
                )
            )
        ]
    return [*forced, *trajectory]


def as_float64(arrays: Arrays | Batch) -> Arrays:
    """Return the same numbers in float64; integers are unchanged."""
    return {
        name: array.astype("float64") if array.dtype.kind == "f" else array
        for name, array in arrays.items()
    }


def _expect_steps(stretch: Stretch) -> list[Expected]:
    """Run the reference, then the trials and the floor, and bound every tensor."""
    dtype = stretch.dtype
    plain = Arithmetic(einsum=matmul_einsum, store=lambda array: array)
    snapshots = _run_reference(stretch, plain)
    for number, (path, snapshot) in enumerate(
        zip(stretch.paths, snapshots, strict=True)
    ):
        arrays = _select_compared(snapshot, check=stretch.check)
        if number == stretch.start == 0:
            _require_in_range(arrays, step=stretch.start, dtype=dtype)
        save_arrays(path, arrays)
        after = {n: round_to_dtype(a, dtype) for n, a in snapshot.parameters.items()}
        is_state = stretch.check is Check.TRAJECTORY and number + 1 in STATES
        if is_state and all(np.isfinite(array).all() for array in after.values()):
            save_arrays(_state_path(stretch.folder, number + 1), after)

    trials = [
        _measure_deviations(stretch, _perturbed_arithmetic(dtype, seed=seed))
        for seed in TRIALS
    ]
    floors = _measure_deviations(stretch, _native_arithmetic(dtype))
    return [
        _bound_errors(
            stretch,
            number,
            deviations=[trial[number] for trial in trials],
            floor=floors[number],
        )
        for number in range(stretch.steps)
    ]


def _perturbed_arithmetic(dtype: Dtype, *, seed: int) -> Arithmetic:
    """Return float64 arithmetic, perturbed by the rounding errors of a dtype."""
    unit, rng = UNIT_ROUNDOFF[dtype], np.random.default_rng(seed)

    def store(array: Array) -> Array:
        sign = 1 - 2 * rng.integers(0, 2, size=array.shape, dtype="int8")
        perturbed: Array = array * (1 + unit * sign)
        return perturbed

    einsum = perturbed_einsum(unit=unit, underflow=UNDERFLOW[dtype], rng=rng)
    return Arithmetic(einsum=einsum, store=store)


def _native_arithmetic(dtype: Dtype) -> Arithmetic:
    """Return NumPy's arithmetic in the cell's dtype, for the floor.

    It sums in another order than the reference. The same order would share rounding
    errors with it where the dtypes are equal.
    """
    return Arithmetic(
        einsum=rounding_einsum(sequential_einsum, dtype=dtype)
        if is_16_bit(dtype)
        else sequential_einsum,
        store=lambda array: round_to_dtype(array, dtype),
        is_float64=False,
    )


def _run_reference(stretch: Stretch, arithmetic: Arithmetic) -> Iterator[Snapshot]:
    """Yield one snapshot per step; each step starts from the end of the last one."""
    stream = workloads.stream(stretch.workload, dtype=stretch.dtype)
    parameters = load_arrays(stretch.state)
    memory: Arrays = {}
    convert = as_float64 if arithmetic.is_float64 else dict
    for batch in islice(stream, stretch.start, stretch.start + stretch.steps):
        snapshot = stretch.workload.reference(
            convert(parameters),
            convert(batch),
            einsum=arithmetic.einsum,
            memory=memory,
        )
        yield snapshot
        parameters = {n: arithmetic.store(a) for n, a in snapshot.parameters.items()}
        memory = snapshot.memory


def _measure_deviations(
    stretch: Stretch, arithmetic: Arithmetic
) -> list[dict[str, float]]:
    """Return each tensor's largest deviation from the reference, step by step."""
    snapshots = _run_reference(stretch, arithmetic)
    found = []
    for snapshot, path in zip(snapshots, stretch.paths, strict=True):
        quantities = snapshot.quantities()
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


def _bound_errors(
    stretch: Stretch,
    number: int,
    *,
    deviations: list[dict[str, float]],
    floor: dict[str, float],
) -> Expected:
    """Return the expected result of one step, with tolerances from all evaluations."""
    path, dtype = stretch.paths[number], stretch.dtype
    magnitudes = {
        name: float(np.abs(array).max(initial=0.0))
        for name, array in load_arrays(path).items()
    }
    tolerances = {
        name: compute_tolerance(
            [*(trial[name] for trial in deviations), floor[name]],
            largest=magnitude,
            dtype=dtype,
            check=stretch.check,
        )
        for name, magnitude in magnitudes.items()
    }
    half_unit = UNIT_ROUNDOFF[dtype] / 2
    return Expected(
        check=stretch.check,
        step=stretch.start + number,
        state=stretch.state,
        arrays=path,
        tolerance=tolerances,
        # Storing a value in a dtype costs up to half a unit in the last place, even
        # where NumPy's own evaluation happened to be exact.
        floor={n: max(floor[n], half_unit * m) for n, m in magnitudes.items()},
    )


def _select_compared(snapshot: Snapshot, *, check: Check) -> dict[str, Array]:
    """Return the compared tensors: all in a step, loss and parameters in a trajectory.

    In a trajectory, a wrong gradient appears as a wrong parameter after the same step.
    """
    kinds = {TensorKind.LOSS, TensorKind.PARAMETER}
    return {
        name: array
        for name, array in snapshot.quantities().items()
        if check is Check.STEP or tensor_kind(name) in kinds
    }


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
