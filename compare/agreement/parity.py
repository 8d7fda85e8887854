"""Run the spellings of quirks in every framework and compare the results.

Every spelling runs in float64 and eager mode, from the same state. The compared
quantity is the one that the quirk changes: a layer's output, a loss, or the parameters
after a few steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from compare import quirks, workloads
from compare.agreement import examine, judge
from compare.contract import LOSS, Quantity, TensorKind
from compare.errors import CompareError
from compare.frameworks import find_missing_framework, frameworks_with
from compare.numerics.arrays import load_arrays, save_arrays
from compare.quirks.entry import Part
from compare.reference.expectation import Expected
from compare.runs.words import Check
from compare.scratch import open_scratch
from compare.workers import messages
from compare.workers.pool import WorkerPool
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from compare.contract import Arrays, Dtype, Framework
    from compare.quirks import QuirkEntry
    from compare.workers.process import Worker

DTYPE: Dtype = "float64"
STEPS = 4  # enough for the spellings of every optimizer to differ
DIFFERENT = 1e-6  # relative; far above rounding errors, far below any quirk


@dataclass(frozen=True, kw_only=True)
class SpellingResult:
    """The arrays that one spelling computed in one framework, or why it did not run.

    Args:
        framework: name of the framework.
        spelling: name of the spelling.
        arrays: quantity -> array; empty if the spelling did not run.
        reason: why the spelling did not run; empty if it ran.
    """

    framework: str
    spelling: str
    arrays: Arrays
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Comparison of two spellings at the element with the largest difference.

    Args:
        one: the result compared with `other`.
        other: the result that `one` is compared with.
        quantity: name of the compared array.
        relative: largest absolute difference, divided by the largest magnitude of the
            array of `one`; NaN if a spelling did not run.
        values: both values of the element with the largest difference.
    """

    one: SpellingResult
    other: SpellingResult
    quantity: str
    relative: float
    values: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class CatalogueRun:
    """Results of a run of the catalogue.

    Args:
        results: quirk name -> results of its spellings in all frameworks.
        versions: package -> version that the spellings ran with.
    """

    results: Mapping[str, list[SpellingResult]]
    versions: Mapping[str, str]


def run_catalogue(entries: Sequence[QuirkEntry]) -> CatalogueRun:
    """Run all spellings of these quirks on this machine, with one worker per framework.

    A spelling that cannot run has a result with the reason. A framework that lacks a
    quirk has no result of it.
    """
    with open_scratch() as folder:
        pool = WorkerPool(
            frameworks=frameworks_with("quirks"),
            threads=1,
            device="cpu",
            logs=folder / "logs",
        )
        return run_with_workers(entries, pool=pool, folder=folder)


def run_with_workers(
    entries: Sequence[QuirkEntry], *, pool: WorkerPool, folder: Path
) -> CatalogueRun:
    """Run all spellings of these quirks with the workers of a pool."""
    versions: dict[str, str] = {}

    def run_framework(
        framework: Framework, cores: list[int]
    ) -> dict[str, list[SpellingResult]]:
        own = [entry for entry in entries if has_quirk(framework, entry)]
        if missing := find_missing_framework(framework):
            return {
                entry.name: [
                    SpellingResult(
                        framework=framework.name,
                        spelling=spelling,
                        arrays={},
                        reason=str(missing),
                    )
                    for spelling in entry.spellings
                ]
                for entry in own
            }
        if not own:
            return {}
        with pool.start(
            framework.name, cores=cores, cache=folder, log=framework.name
        ) as worker:
            versions.update(worker.hello().versions)
            return {
                entry.name: [
                    _run_spelling(
                        entry,
                        spelling,
                        framework=framework,
                        worker=worker,
                        folder=folder,
                    )
                    for spelling in entry.spellings
                ]
                for entry in own
            }

    per_framework = pool.in_parallel(run_framework, list(pool.frameworks.values()))
    results = {
        entry.name: [
            result for found in per_framework for result in found.get(entry.name, ())
        ]
        for entry in entries
    }
    return CatalogueRun(results=results, versions=versions)


def has_quirk(framework: Framework, entry: QuirkEntry) -> bool:
    """Return whether the package of a framework has a quirk."""
    return framework.name in frameworks_with("quirks", entry=entry.name)


def pair_results(entry: QuirkEntry, results: Iterable[SpellingResult]) -> list[Pair]:
    """Compare each spelling of the first framework with each of the other frameworks.

    The compared quantity is the first one in which the two spellings differ: a layer's
    output, the loss, or the parameters after a few steps.
    """
    results = list(results)
    quantity = _find_differing_quantity(entry, results)
    first = [r for r in results if r.framework == results[0].framework]
    others = [r for r in results if r.framework != results[0].framework]
    return [
        _compare_pair(one, other, quantity=quantity)
        for one in first
        for other in sorted(others, key=lambda r: r.framework)
    ]


def sorted_catalogue() -> list[QuirkEntry]:
    """Return all quirks, sorted by topic and name."""
    entries = [quirks.find_quirk(name) for name in quirks.quirk_names()]
    return sorted(entries, key=lambda e: (e.quirk.topic, e.name))


def _run_spelling(
    entry: QuirkEntry,
    spelling: str,
    *,
    framework: Framework,
    worker: Worker,
    folder: Path,
) -> SpellingResult:
    impossible = entry.quirk.impossible.get(framework.name, {})
    arrays: Arrays = {}
    reason = impossible.get(spelling, "")
    if not reason:
        try:
            home = folder / f"{framework.name}-{entry.name}-{spelling}"
            home.mkdir()
            arrays = _compute_arrays(entry, spelling, worker=worker, folder=home)
        except (CompareError, CannotRunError) as error:
            reason = str(error)
    return SpellingResult(
        framework=framework.name, spelling=spelling, arrays=arrays, reason=reason
    )


def _compute_arrays(
    entry: QuirkEntry, spelling: str, *, worker: Worker, folder: Path
) -> Arrays:
    """Return activations, first loss, and parameters after the last step."""
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
        check=Check.STEP, step=0, state=state, arrays=state, tolerance={}, floor={}
    )
    outputs = examine.request_activations(worker, expected=at_start, folder=folder)
    worker.request(
        messages.RunTrajectory(state=str(state), steps=STEPS, save_in=str(folder)),
        messages.Done,
    )
    first = load_arrays(folder / "0.npz")
    last = load_arrays(folder / f"{STEPS - 1}.npz")
    after = {name: array for name, array in last.items() if name != LOSS}
    return {**outputs, LOSS: first[LOSS], **after}


def _find_differing_quantity(entry: QuirkEntry, results: list[SpellingResult]) -> str:
    """Return the first quantity in which the two spellings of one framework differ."""
    for one in results:
        for other in results:
            both_ran = one.arrays and other.arrays
            if one.framework != other.framework or not both_ran:
                continue
            if one.spelling == other.spelling:
                continue
            for name in one.arrays:
                if _compare_pair(one, other, quantity=name).relative > DIFFERENT:
                    return name
    # No framework showed a difference: use what a quirk of this part changes first.
    layer = str(Quantity(TensorKind.ACTIVATION, "layer"))
    return layer if entry.quirk.part is Part.LAYER else LOSS


def _compare_pair(one: SpellingResult, other: SpellingResult, *, quantity: str) -> Pair:
    if quantity not in one.arrays or quantity not in other.arrays:
        unknown = float("nan")
        return Pair(
            one=one,
            other=other,
            quantity=quantity,
            relative=unknown,
            values=(unknown, unknown),
        )
    array, against = one.arrays[quantity], other.arrays[quantity]
    difference = judge.absolute_error(against, array)
    worst = np.unravel_index(int(difference.argmax()), difference.shape)
    largest = float(np.abs(array).max())
    return Pair(
        one=one,
        other=other,
        quantity=quantity,
        relative=judge.divide_by_unit(float(difference[worst]), unit=largest),
        values=(float(array[worst]), float(against[worst])),
    )
