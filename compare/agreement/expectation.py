"""What every variant should compute, and how far rounding may carry it.

Worked out once per workload and dtype, by NumPy alone, and kept in files: a check
loads one step's arrays at a time. The reference starts from the very numbers that the
variants get, already rounded to their dtype, so that what differs is arithmetic and
nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from compare import workloads
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
    from collections.abc import Callable, Iterable, Iterator, Mapping
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

STATES = (0, 8, 16)  # steps of the reference's trajectory that variants are put into


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What one check at one step should give, and how far rounding may carry it."""

    check: Check
    step: int
    state: Path  # the parameters to start from
    arrays: Path  # the reference's quantities
    tolerance: Mapping[str, float]  # infinite where rounding alone may overflow
    floor: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Arithmetic:
    """One way of evaluating the reference: its sums, and what storing does."""

    einsum: Einsum
    store: Callable[[Array], Array]
    is_wide: bool = True  # in float64, whatever the cell's dtype


def expectations(
    workload: ReferencedWorkload, *, dtype: Dtype, steps: int, folder: Path
) -> list[Expected]:
    """Everything to compare with: steps from forced states, then a trajectory.

    Raises:
        DataError: the reference itself is not finite at its first step.
        OutOfRangeError: it leaves the range of the dtype there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    save_arrays(_state(folder, 0), workload.parameters(dtype))
    with np.errstate(over="ignore", invalid="ignore"):  # judged, not warned about
        free = _expect(
            workload,
            check=Check.TRAJECTORY,
            start=0,
            steps=steps,
            dtype=dtype,
            folder=folder,
        )
        forced = [
            each
            for start in STATES
            if start < steps and _state(folder, start).exists()
            for each in _expect(
                workload,
                check=Check.STEP,
                start=start,
                steps=1,
                dtype=dtype,
                folder=folder,
            )
        ]
    return [*forced, *free]


def _expect(  # noqa: PLR0913 - a check and its circumstances
    workload: ReferencedWorkload,
    *,
    check: Check,
    start: int,
    steps: int,
    dtype: Dtype,
    folder: Path,
) -> list[Expected]:
    """Let the reference run from a state, then its imitations after it."""
    state = _state(folder, start)
    paths = [folder / f"{check}-{start + number}.npz" for number in range(steps)]

    def run(arithmetic: Arithmetic) -> Iterator[Snapshot]:
        batches = workloads.stream(workload, dtype=dtype)
        wanted = islice(batches, start, start + steps)
        return _run(workload, state, batches=wanted, arithmetic=arithmetic)

    plain = Arithmetic(einsum=matmul_einsum, store=lambda array: array)
    for number, (path, snapshot) in enumerate(zip(paths, run(plain), strict=True)):
        arrays = _compared(snapshot, check=check)
        if number == start == 0:
            _within_range(arrays, step=start, dtype=dtype)
        save_arrays(path, arrays)
        after = {n: round_to_dtype(a, dtype) for n, a in snapshot.parameters.items()}
        keep = check is Check.TRAJECTORY and number + 1 in STATES
        if keep and all(np.isfinite(array).all() for array in after.values()):
            save_arrays(_state(folder, number + 1), after)

    trials = [_distances(run(_imitation(dtype, seed=seed)), paths) for seed in TRIALS]
    floors = _distances(run(_in_its_own(dtype)), paths)
    return [
        _bounded(
            path,
            check=check,
            step=start + number,
            state=state,
            travelled=[trial[number] for trial in trials],
            floor=floors[number],
            dtype=dtype,
        )
        for number, path in enumerate(paths)
    ]


def _imitation(dtype: Dtype, *, seed: int) -> Arithmetic:
    """Float64, moved about by as much as rounding in a dtype may cost."""
    unit, rng = UNIT_ROUNDOFF[dtype], np.random.default_rng(seed)

    def store(array: Array) -> Array:
        sign = 1 - 2 * rng.integers(0, 2, size=array.shape, dtype="int8")
        moved: Array = array * (1 + unit * sign)
        return moved

    einsum = perturbed_einsum(unit=unit, underflow=UNDERFLOW[dtype], rng=rng)
    return Arithmetic(einsum=einsum, store=store)


def _in_its_own(dtype: Dtype) -> Arithmetic:
    """NumPy in the cell's dtype, summing otherwise than the reference does."""
    return Arithmetic(
        einsum=rounding_einsum(sequential_einsum, dtype=dtype)
        if is_16_bit(dtype)
        else sequential_einsum,
        store=lambda array: round_to_dtype(array, dtype),
        is_wide=False,
    )


def _run(
    workload: ReferencedWorkload,
    state: Path,
    *,
    batches: Iterable[Batch],
    arithmetic: Arithmetic,
) -> Iterator[Snapshot]:
    """One snapshot after another, each from where the last one ended."""
    parameters = load_arrays(state)
    memory: Arrays = {}
    convert = as_float64 if arithmetic.is_wide else dict
    for batch in batches:
        snapshot = workload.reference(
            convert(parameters),
            convert(batch),
            einsum=arithmetic.einsum,
            memory=memory,
        )
        yield snapshot
        parameters = {n: arithmetic.store(a) for n, a in snapshot.parameters.items()}
        memory = snapshot.memory


def _distances(
    snapshots: Iterable[Snapshot], paths: list[Path]
) -> list[dict[str, float]]:
    """How far each snapshot lies from the reference's, tensor by tensor."""
    found = []
    for snapshot, path in zip(snapshots, paths, strict=True):
        quantities = snapshot.quantities()
        found.append(
            {
                name: _distance(quantities[name], array)
                for name, array in load_arrays(path).items()
            }
        )
    return found


def _distance(one: Array, other: Array) -> float:
    """The largest difference; infinite where anything overflowed."""
    distance = float(np.abs(one - other).max(initial=0.0))
    return distance if np.isfinite(distance) else float("inf")


def _bounded(  # noqa: PLR0913 - one of each evaluation, and where it stands
    path: Path,
    *,
    check: Check,
    step: int,
    state: Path,
    travelled: list[dict[str, float]],
    floor: dict[str, float],
    dtype: Dtype,
) -> Expected:
    magnitudes = {
        name: float(np.abs(array).max(initial=0.0))
        for name, array in load_arrays(path).items()
    }
    tolerances = {
        name: compute_tolerance(
            [*(trial[name] for trial in travelled), floor[name]],
            largest=magnitude,
            dtype=dtype,
            check=check,
        )
        for name, magnitude in magnitudes.items()
    }
    half = UNIT_ROUNDOFF[dtype] / 2
    return Expected(
        check=check,
        step=step,
        state=state,
        arrays=path,
        tolerance=tolerances,
        # Nothing stored in a dtype is nearer than half a unit in its last place.
        floor={n: max(floor[n], half * m) for n, m in magnitudes.items()},
    )


def _compared(snapshot: Snapshot, *, check: Check) -> dict[str, Array]:
    """A trajectory is followed in loss and parameters, a step in everything."""
    return {
        name: array
        for name, array in snapshot.quantities().items()
        if check is Check.STEP or not name.startswith(("activation:", "gradient:"))
    }


def _within_range(arrays: dict[str, Array], *, step: int, dtype: Dtype) -> None:
    if wrong := [name for name, a in arrays.items() if not np.isfinite(a).all()]:
        raise DataError(
            f"the workload's own reference is not finite at step {step}: "
            f"{', '.join(wrong)}. Lower its learning rate or its sizes"
        )
    for name, array in arrays.items():
        if (magnitude := np.abs(array).max(initial=0.0)) > largest_finite(dtype):
            raise OutOfRangeError(
                f"{name} reaches {magnitude:.3g} at step {step}: {dtype} ends at "
                f"{largest_finite(dtype):.3g}. Choose a wider dtype or smaller sizes"
            )


def as_float64(arrays: Arrays | Batch) -> Arrays:
    """The same numbers in float64, where exact arithmetic is at home."""
    return {
        name: array.astype("float64") if array.dtype.kind == "f" else array
        for name, array in arrays.items()
    }


def _state(folder: Path, step: int) -> Path:
    return folder / f"state-{step}.npz"
