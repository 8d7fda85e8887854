"""The catalogue measured: every spelling of a quirk, run in every framework.

Float64, eager, from one state: what the spelling changes (a layer's output, a loss, the
parameters after a few steps) compared from framework to framework.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from compare import quirks, workloads
from compare.agreement import judge
from compare.agreement.expectation import Expected
from compare.errors import CompareError
from compare.frameworks import frameworks, not_installed
from compare.numerics.arrays import load_arrays, save_arrays
from compare.workers import messages
from compare.workers.pool import WorkerPool
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from compare.contract import Arrays, Dtype, Framework
    from compare.quirks import Entry
    from compare.workers.process import Worker

DTYPE: Dtype = "float64"
STEPS = 4  # every optimizer's spellings have come apart by then
DIFFERENT = 1e-6  # relative; far above rounding, far below any quirk


@dataclass(frozen=True, kw_only=True)
class Spelled:
    """One spelling in one framework: what it computed, or why it did not."""

    framework: str
    spelling: str
    arrays: Arrays
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two spellings compared, at the element that differs most."""

    one: Spelled
    other: Spelled
    quantity: str
    relative: float  # to the tensor's largest magnitude; NaN: one did not run
    values: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Parity:
    """The spellings of each entry, by its name, and what they were run with."""

    spelled: Mapping[str, list[Spelled]]
    versions: Mapping[str, str]


def here(entries: Sequence[Entry]) -> Parity:
    """Run every spelling of these entries on this machine, one worker a framework.

    Spellings that could not run carry the reason.
    """
    with tempfile.TemporaryDirectory(prefix="graph-compare-") as scratch:
        folder = Path(scratch)
        launcher = WorkerPool(
            frameworks=frameworks(), threads=1, device="cpu", logs=folder / "logs"
        )
        return measured(entries, launcher=launcher, folder=folder)


def measured(entries: Sequence[Entry], *, launcher: WorkerPool, folder: Path) -> Parity:
    """Run every spelling of these entries with the workers of a launcher."""
    versions: dict[str, str] = {}

    def work(framework: Framework, cores: list[int]) -> dict[str, list[Spelled]]:
        if reason := not_installed(framework):
            return {
                e.name: [
                    Spelled(
                        framework=framework.name, spelling=s, arrays={}, reason=reason
                    )
                    for s in e.spellings
                ]
                for e in entries
            }
        with launcher.start(
            framework.name, cores=cores, cache=folder, log=framework.name
        ) as worker:
            versions.update(worker.hello().versions)
            return {
                e.name: [
                    _spelled(e, s, framework=framework, worker=worker, folder=folder)
                    for s in e.spellings
                ]
                for e in entries
            }

    found = launcher.in_parallel(work, list(launcher.frameworks.values()))
    spelled = {e.name: [s for per in found for s in per[e.name]] for e in entries}
    return Parity(spelled=spelled, versions=versions)


def pairs(entry: Entry, spelled: Iterable[Spelled]) -> list[Pair]:
    """Each spelling of the first framework with each of every other.

    At the first quantity that the entry's spellings set apart: a layer's output, the
    loss, or the parameters after a few steps.
    """
    spelled = list(spelled)
    quantity = _shown(entry, spelled)
    first = [s for s in spelled if s.framework == spelled[0].framework]
    others = [s for s in spelled if s.framework != spelled[0].framework]
    return [
        _pair(one, other, quantity=quantity)
        for one in first
        for other in sorted(others, key=lambda s: s.framework)
    ]


def _spelled(
    entry: Entry, spelling: str, *, framework: Framework, worker: Worker, folder: Path
) -> Spelled:
    impossible = entry.quirk.impossible.get(framework.name, {})
    arrays: Arrays = {}
    reason = impossible.get(spelling, "")
    if not reason:
        try:
            home = folder / f"{framework.name}-{entry.name}-{spelling}"
            home.mkdir()
            arrays = _run(entry, spelling, worker=worker, folder=home)
        except (CompareError, CannotRunError) as error:
            reason = str(error)
    return Spelled(
        framework=framework.name, spelling=spelling, arrays=arrays, reason=reason
    )


def _run(entry: Entry, spelling: str, *, worker: Worker, folder: Path) -> Arrays:
    config = {"quirk": entry.name, "spelling": spelling}
    worker.request(
        messages.Prepare(
            workload="quirk", config=config, mode="eager", device="cpu", dtype=DTYPE
        ),
        messages.Prepared,
    )
    state = folder / "state.npz"
    save_arrays(state, workloads.build("quirk", config).parameters(DTYPE))
    at_start = Expected(
        check="step", step=0, state=state, arrays=state, tolerance={}, floor={}
    )
    outputs = judge.activations(worker, expected=at_start, folder=folder)
    worker.request(
        messages.Trajectory(state=str(state), steps=STEPS, save_in=str(folder)),
        messages.Done,
    )
    first = load_arrays(folder / "0.npz")
    last = load_arrays(folder / f"{STEPS - 1}.npz")
    after = {name: array for name, array in last.items() if name != "loss"}
    return {**outputs, "loss": first["loss"], **after}


def _shown(entry: Entry, spelled: list[Spelled]) -> str:
    """The first quantity in which one framework's two spellings differ."""
    for one in spelled:
        for other in spelled:
            alike = one.framework == other.framework and one.arrays and other.arrays
            if not alike or one.spelling == other.spelling:
                continue
            for name in one.arrays:
                if _pair(one, other, quantity=name).relative > DIFFERENT:
                    return name
    return "activation:layer" if entry.quirk.part == "layer" else "loss"


def _pair(one: Spelled, other: Spelled, *, quantity: str) -> Pair:
    if quantity not in one.arrays or quantity not in other.arrays:
        nothing = float("nan")
        return Pair(
            one=one,
            other=other,
            quantity=quantity,
            relative=nothing,
            values=(nothing, nothing),
        )
    array, against = one.arrays[quantity], other.arrays[quantity]
    difference = judge.absolute_error(against, array)
    at = np.unravel_index(int(difference.argmax()), difference.shape)
    largest = float(np.abs(array).max())
    return Pair(
        one=one,
        other=other,
        quantity=quantity,
        relative=judge.in_units(float(difference[at]), unit=largest),
        values=(float(array[at]), float(against[at])),
    )


def all_entries() -> list[Entry]:
    """The whole catalogue, by topic and name."""
    entries = [quirks.find(name) for name in quirks.names()]
    return sorted(entries, key=lambda e: (e.quirk.topic, e.name))
