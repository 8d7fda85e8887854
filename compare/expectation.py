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
from compare.arrays import load_arrays, save_arrays
from compare.errors import DataError
from compare.tolerance import TRIALS, UNIT_ROUNDOFF, tolerance
from compare.workloads.reference import exact, in_order, perturbed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from compare.contract import Array, Arrays, Batch, Dtype, Einsum, Snapshot, Workload

STATES = (0, 8, 16)  # steps of the reference's trajectory that variants are put into


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What one check at one step should give, and how far rounding may carry it."""

    check: str
    step: int
    state: Path  # the parameters to start from
    arrays: Path  # the reference's quantities
    tolerance: Mapping[str, float]
    floor: Mapping[str, float]


def expectations(
    workload: Workload, *, dtype: Dtype, steps: int, folder: Path
) -> list[Expected]:
    """Everything to compare with: steps from forced states, then a trajectory.

    Raises:
        DataError: the reference itself is not finite.
    """
    folder.mkdir(parents=True, exist_ok=True)
    save_arrays(_state(folder, 0), workload.parameters(dtype))
    with np.errstate(over="ignore", invalid="ignore"):  # `_finite` says it better
        return _expectations(workload, dtype=dtype, steps=steps, folder=folder)


def _expectations(
    workload: Workload, *, dtype: Dtype, steps: int, folder: Path
) -> list[Expected]:
    free = _expect(
        workload,
        check="trajectory",
        start=0,
        steps=steps,
        dtype=dtype,
        folder=folder,
    )
    forced = [
        each
        for start in STATES
        if start < steps
        for each in _expect(
            workload, check="step", start=start, steps=1, dtype=dtype, folder=folder
        )
    ]
    return [*forced, *free]


def _expect(  # noqa: PLR0913 - a check and its circumstances
    workload: Workload,
    *,
    check: str,
    start: int,
    steps: int,
    dtype: Dtype,
    folder: Path,
) -> list[Expected]:
    """Let the reference run from a state, then its imitations after it."""
    state = _state(folder, start)
    paths = [folder / f"{check}-{start + number}.npz" for number in range(steps)]

    def run(einsum: Einsum, *, narrow: bool = False) -> Iterator[Snapshot]:
        batches = workloads.stream(workload, dtype=dtype)
        wanted = islice(batches, start, start + steps)
        return _run(workload, state, batches=wanted, einsum=einsum, narrow=narrow)

    for number, (path, snapshot) in enumerate(zip(paths, run(exact), strict=True)):
        save_arrays(path, _finite(_compared(snapshot, check=check), step=number))
        if check == "trajectory" and number + 1 in STATES:
            narrow = {n: a.astype(dtype) for n, a in snapshot.parameters.items()}
            save_arrays(_state(folder, number + 1), narrow)

    unit = UNIT_ROUNDOFF[dtype]
    imitations = [
        perturbed(unit=unit, rng=np.random.default_rng(trial)) for trial in TRIALS
    ]
    trials = [_distances(run(einsum), paths) for einsum in imitations]
    floors = _distances(run(in_order, narrow=True), paths)
    return [
        _bounded(
            path,
            check=check,
            step=start + number,
            state=state,
            travelled=[trial[number] for trial in trials],
            floor=floors[number],
            unit=unit,
        )
        for number, path in enumerate(paths)
    ]


def _run(
    workload: Workload,
    state: Path,
    *,
    batches: Iterable[Batch],
    einsum: Einsum,
    narrow: bool,
) -> Iterator[Snapshot]:
    """One snapshot after another, each from where the last one ended."""
    parameters = load_arrays(state)
    convert = dict if narrow else _wide
    for batch in batches:
        snapshot = workload.reference(
            convert(parameters), convert(batch), einsum=einsum
        )
        yield snapshot
        parameters = snapshot.parameters


def _distances(
    snapshots: Iterable[Snapshot], paths: list[Path]
) -> list[dict[str, float]]:
    """How far each snapshot lies from the reference's, tensor by tensor."""
    found = []
    for snapshot, path in zip(snapshots, paths, strict=True):
        quantities = snapshot.quantities()
        found.append(
            {
                name: float(np.abs(quantities[name] - array).max())
                for name, array in load_arrays(path).items()
            }
        )
    return found


def _bounded(  # noqa: PLR0913 - one of each evaluation, and where it stands
    path: Path,
    *,
    check: str,
    step: int,
    state: Path,
    travelled: list[dict[str, float]],
    floor: dict[str, float],
    unit: float,
) -> Expected:
    largest = {name: float(np.abs(a).max()) for name, a in load_arrays(path).items()}
    tolerances = {
        name: tolerance(
            [trial[name] for trial in travelled],
            largest=magnitude,
            unit=unit,
            check=check,
        )
        for name, magnitude in largest.items()
    }
    _finite({n: np.asarray(t) for n, t in tolerances.items()}, step=step)
    return Expected(
        check=check,
        step=step,
        state=state,
        arrays=path,
        tolerance=tolerances,
        # Nothing stored in a dtype is nearer than half a unit in its last place.
        floor={n: max(floor[n], unit * m / 2) for n, m in largest.items()},
    )


def _compared(snapshot: Snapshot, *, check: str) -> dict[str, Array]:
    """A trajectory is followed in loss and parameters, a step in its gradients too."""
    return {
        name: array
        for name, array in snapshot.quantities().items()
        if check == "step" or not name.startswith("gradient:")
    }


def _finite(arrays: dict[str, Array], *, step: int) -> dict[str, Array]:
    if wrong := [name for name, a in arrays.items() if not np.isfinite(a).all()]:
        raise DataError(
            f"the workload's own reference is not finite at step {step}: "
            f"{', '.join(wrong)}. Lower its learning rate or its sizes"
        )
    return arrays


def _wide(arrays: Arrays | Batch) -> Arrays:
    """The same numbers in float64, where exact arithmetic is at home."""
    return {
        name: array.astype("float64") if array.dtype.kind == "f" else array
        for name, array in arrays.items()
    }


def _state(folder: Path, step: int) -> Path:
    return folder / f"state-{step}.npz"
