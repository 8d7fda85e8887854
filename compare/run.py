"""One run from request to report: plan, agree, measure, write. One way, no back."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from compare import (
    agreement,
    environment,
    measure,
    messages,
    plan,
    results,
    workloads,
)
from compare.errors import CompareError, RunError, WorkerError
from compare.expectation import expectations
from compare.frameworks import frameworks
from compare.launcher import COMMAND, CannotRunError, Launcher, available_cores
from compare.results import WorkloadRequest
from compare.timing import timing_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future

    from compare.contract import Dtype, Workload
    from compare.expectation import Expected
    from compare.launcher import Worker
    from compare.progress import Reporter
    from compare.results import Cell, RunRecord

PROOF: Dtype = "float64"  # where any real difference stands far above rounding

CHECK_S = 1.7  # expected of checking a cell, only to tell the time left


@dataclass(frozen=True, kw_only=True)
class Going:
    """A run under way: its record, where it is written, and what drives it."""

    folder: Path
    scratch: Path
    record: RunRecord
    launcher: Launcher
    reporter: Reporter
    staged: dict[str, WorkloadRequest]  # by label, data in one file
    lock: Lock


def expected_s(record: RunRecord) -> float:
    """About how long a run will take."""
    request, cells = record.request, len(record.cells)
    arms = cells + len(request.workloads)  # each workload has its control
    warm = max(0, request.launches - 1) * measure.START_S
    cold = measure.COLD_START_S if request.launches else 0.0
    rounds = request.launches * request.rounds * measure.BLOCK_S
    return cells * CHECK_S + arms * (cold + warm + rounds)


def execute(
    folder: Path,
    record: RunRecord,
    *,
    reporter: Reporter,
    command: Sequence[str] = COMMAND,
) -> None:
    """Do whatever of a run is not done yet, writing each part as it comes.

    Raises:
        CompareError: a workload's data cannot be read, or the run began on another
            machine; what is measured stays.
    """
    request = record.request
    with tempfile.TemporaryDirectory(
        prefix="graph-compare-", ignore_cleanup_errors=True
    ) as scratch:
        launcher = Launcher(
            frameworks=frameworks(),
            threads=request.threads,
            device=request.device,
            logs=folder / "logs",
            time_limit_s=request.time_limit_s,
            command=command,
        )
        going = Going(
            folder=folder,
            scratch=Path(scratch),
            record=record,
            launcher=launcher,
            reporter=reporter,
            staged={},
            lock=Lock(),
        )
        reporter.phase("prepare")
        results.forget_unfinished(folder, record)
        here = environment.machine()
        same_machine(record, here=here)
        record.environment.update(here)
        try:
            stage(going)
        except CompareError:
            results.discard_if_nothing_is_measured(folder)
            raise
        reporter.phase("agree")
        agree(going)
        reporter.phase("measure")
        for workload in request.workloads if request.launches else []:
            time_workload(going, label=workload.label)
    for cell in record.cells:
        if cell.status == "pending":
            cell.status = "ok"
    record.finished = True
    results.save(folder, record)


def same_machine(record: RunRecord, *, here: Mapping[str, str]) -> None:
    """Refuse to go on with a run elsewhere: its figures would not belong together.

    Raises:
        RunError: this machine or its versions are not those that the run began on.
    """
    changed = [
        f"{name}: began on {began}, here {here[name]}"
        for name, began in record.environment.items()
        if name in environment.IDENTITY and here.get(name) != began
    ]
    if changed:
        raise RunError(
            f"this run began elsewhere ({'; '.join(changed)}); start a new one here"
        )
    if record.request.threads > len(available_cores()):
        raise RunError(
            f"this run uses {record.request.threads} threads; "
            f"{len(available_cores())} processors are usable here"
        )


def finish(folder: Path) -> Path:
    """Work out the timings of a run on disk and render it; gives the page's path.

    Raises:
        RunError: a file of the run is missing or damaged.
    """
    from compare import report  # noqa: PLC0415 - charts are heavy, and come last

    record = results.read_record(folder)
    samples = results.read_table(folder, "samples.csv.gz")
    results.write_table(folder, "timing.csv", timing_table(record, samples))
    return report.write(folder)


def stage(going: Going) -> None:
    """Read each workload's data once, so that no worker has to."""
    for request in going.record.request.workloads:
        going.reporter.advance(f"reading the data of {request.label}")
        folder = going.scratch / "data" / request.label
        folder.mkdir(parents=True)
        workload = workloads.build(request.name, request.config).staged(folder)
        going.record.flops_per_step[request.label] = workload.flops_per_step
        # A workload is its fields: the worker builds it again from them.
        config = dataclasses.asdict(workload)  # type: ignore[call-overload]
        going.staged[request.label] = WorkloadRequest(
            label=request.label, name=request.name, config=config
        )


def agree(going: Going) -> None:
    """Check every variant against the reference, one worker a variant."""
    done = results.agreed(going.folder)
    pending = [cell for cell in going.record.cells if cell.status == "pending"]
    todo = [c for c in pending if (c.workload, c.variant) not in done]
    by_variant: dict[str, list[Cell]] = {}
    for cell in todo:
        by_variant.setdefault(cell.variant, []).append(cell)
    keys = dict.fromkeys(
        (cell.workload, dtype) for cell in todo for dtype in (PROOF, cell.dtype)
    )
    with ThreadPoolExecutor(1) as pool:
        expected = {key: pool.submit(_expectations, going, *key) for key in keys}

        def work(cells: list[Cell], cores: list[int]) -> None:
            agree_variant(going, cells, cores=cores, expected=expected)

        try:
            going.launcher.in_parallel(work, list(by_variant.values()))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def agree_variant(
    going: Going,
    cells: list[Cell],
    *,
    cores: list[int],
    expected: Mapping[tuple[str, Dtype], Future[list[Expected]]],
) -> None:
    """Check one variant on each workload; a new worker only after a failure."""
    name = cells[0].variant.replace("/", "-")
    left = list(cells)
    while left:
        with going.launcher.start(
            cells[0].framework,
            cores=cores,
            cache=cache_home(otherwise=going.scratch / "agree") / name,
            log=f"agree-{name}",
        ) as worker:
            try:
                ready = worker.hello()
            except WorkerError as error:
                for cell in left:
                    _settle(going, cell, status="failed", reason=str(error))
                return
            with going.lock:
                going.record.settings[cells[0].framework] = ready.settings
                going.record.environment.update(ready.versions)
            while left:
                if not agree_cell(going, left.pop(0), worker=worker, expected=expected):
                    break


def agree_cell(
    going: Going,
    cell: Cell,
    *,
    worker: Worker,
    expected: Mapping[tuple[str, Dtype], Future[list[Expected]]],
) -> bool:
    """Check one cell in float64 and its own dtype, train it, and write that down.

    Returns:
        Whether the worker is still of use.
    """
    found: list[tuple[Dtype, agreement.Finding]] = []
    learned: list[dict[str, Any]] = []
    dtypes = dict.fromkeys((PROOF, cell.dtype))
    folder = going.scratch / "received" / cell.workload / cell.variant
    try:
        for dtype in dtypes:
            going.reporter.advance(f"{cell.workload} {cell.variant} {dtype}")
            staged = going.staged[cell.workload]
            measure.prepare(worker, cell, dtype=dtype, workload=staged)
            wanted = going.launcher.wait_for(expected[cell.workload, dtype])
            findings = agreement.check(
                worker, expected=wanted, dtype=dtype, folder=folder
            )
            found += [(dtype, finding) for finding in findings]
        learned = learn(going, cell, worker=worker)
        described = worker.ask(messages.Describe(), messages.Description)
        cell.captures = plan.captures(cell.family, measured=described.captures)
    except CannotRunError as reason:
        _settle(going, cell, status="not run", reason=str(reason))
        return True
    except CompareError as error:
        _settle(going, cell, status="failed", reason=str(error))
        return False
    finally:
        going.reporter.advance(
            f"{cell.workload} {cell.variant} checked", expected_s=CHECK_S
        )
    write_agreement(going, cell, found=found, learned=learned)
    return True


def learn(going: Going, cell: Cell, *, worker: Worker) -> list[dict[str, Any]]:
    """Train the session for real; one row an epoch."""
    staged = going.staged[cell.workload]
    epochs = workloads.build(staged.name, staged.config).epochs
    rows = []
    for epoch in range(epochs):
        going.reporter.advance(f"{cell.workload} {cell.variant} epoch {epoch + 1}")
        learned = worker.ask(messages.Epoch(epoch=epoch), messages.Learned)
        row = msgspec.structs.asdict(learned)
        key = {"workload": cell.workload, "variant": cell.variant}
        rows.append({**key, "epoch": epoch + 1, **row})
    return rows


def write_agreement(
    going: Going,
    cell: Cell,
    *,
    found: list[tuple[Dtype, agreement.Finding]],
    learned: list[dict[str, Any]],
) -> None:
    """Write what a cell was found to compute; its rows mark it as checked."""
    rows = [
        {**_key(cell), "dtype": dtype, **dataclasses.asdict(finding)}
        for dtype, finding in found
    ]
    with going.lock:
        results.append(going.folder, "learning.csv", learned)
        results.append(going.folder, "agreement.csv", rows)
        if wrong := agreement.first_difference([finding for _, finding in found]):
            cell.reason = f"disagrees: {wrong}"
        results.save(going.folder, going.record)


def time_workload(going: Going, *, label: str) -> None:
    """Every launch of a workload that is not done yet."""
    record, request = going.record, going.record.request
    for launch in range(record.launches_done.get(label, 0), request.launches):
        cells = plan.runnable(record, workload=label)
        if not cells:
            return
        going.reporter.phase("start" if launch else "start cold")
        result = measure.run_launch(
            cells,
            baseline=record.baseline,
            workload=going.staged[label],
            request=request,
            launch=launch,
            launcher=going.launcher,
            caches=going.scratch / "cache" / label,
            reporter=going.reporter,
        )
        note_launch(going, result, label=label, launch=launch)


def note_launch(
    going: Going, result: measure.LaunchResult, *, label: str, launch: int
) -> None:
    """Write down what a launch found, samples first."""
    record = going.record
    results.append(going.folder, "samples.csv.gz", result.samples)
    record.starts += result.starts
    record.launches_done[label] = launch + 1
    best = record.peak_flops_per_second
    dtype = record.request.dtype
    best[dtype] = max(best.get(dtype, 0.0), result.peak_flops_per_second)
    for cell in plan.runnable(record, workload=label):
        if reason := result.missing.get(cell.variant):
            cell.status, cell.reason = "not run", reason
        elif reason := result.failures.get(cell.variant):
            cell.status, cell.reason = "failed", reason
        elif captured := result.captures.get(cell.variant):
            cell.captures = plan.captures(cell.family, measured=captured)
    if reason := result.failures.get(results.CONTROL):
        record.notes.append(f"{label}: the control failed in launch {launch}: {reason}")
    results.save(going.folder, record)


def cache_home(*, otherwise: Path) -> Path:
    """Where compiled code outlives a run, for sessions that check agreement."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "graph-compare"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:  # a home that cannot be written to
        return otherwise
    return folder if os.access(folder, os.W_OK) else otherwise


def _expectations(going: Going, label: str, dtype: Dtype) -> list[Expected]:
    staged = going.staged[label]
    workload: Workload = workloads.build(staged.name, staged.config)
    return expectations(
        workload,
        dtype=dtype,
        steps=going.record.request.trajectory_steps,
        folder=going.scratch / "expected" / label / dtype,
    )


def _settle(
    going: Going, cell: Cell, *, status: Literal["failed", "not run"], reason: str
) -> None:
    with going.lock:
        cell.status, cell.reason = status, reason
        results.save(going.folder, going.record)


def _key(cell: Cell) -> dict[str, str]:
    return {name: getattr(cell, name) for name in results.KEY}
