"""The stage of a run that checks agreement: every cell, one worker a variant."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec
from threadpoolctl import threadpool_limits

from compare import workloads
from compare.agreement import judge, locate, precision
from compare.agreement.expectation import expectations
from compare.errors import CompareError, OutOfRangeError, WorkerError
from compare.frameworks import frameworks
from compare.numerics.dtypes import is_narrow
from compare.pipeline import plan, repeat
from compare.runs import results
from compare.timing import launching
from compare.workers import messages
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from compare.agreement.expectation import Expected
    from compare.agreement.judge import Finding
    from compare.agreement.locate import Difference
    from compare.contract import Dtype
    from compare.pipeline.context import Expectations, Going
    from compare.runs.results import Cell
    from compare.workers.process import Worker

PROOF: Dtype = "float64"  # where any real difference stands far above rounding

CHECK_S = 1.7  # expected of checking a cell, only to tell the time left


def agree(going: Going) -> None:
    """Check every variant against the reference, then against itself elsewhere."""
    done = results.agreed(going.folder)
    pending = [cell for cell in going.record.cells if cell.status == "pending"]
    todo = [cell for cell in pending if cell.key_values not in done]
    by_variant: dict[tuple[str, str], list[Cell]] = {}
    for cell in todo:
        by_variant.setdefault((cell.variant, cell.device), []).append(cell)
    keys = dict.fromkeys(
        (cell.workload, dtype) for cell in todo for dtype in (PROOF, cell.dtype)
    )
    # The reference's products shall not take the processors of the workers.
    with threadpool_limits(1), ThreadPoolExecutor(1) as pool:
        expected = {key: pool.submit(_expectations, going, *key) for key in keys}

        def work(cells: list[Cell], cores: list[int]) -> None:
            agree_variant(going, cells, cores=cores, expected=expected)

        try:
            going.launcher.in_parallel(work, list(by_variant.values()))
            repeat.elsewhere(
                going, [c for c in todo if c.status == "pending"], expected=expected
            )
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def agree_variant(
    going: Going, cells: list[Cell], *, cores: list[int], expected: Expectations
) -> None:
    """Check one variant on each workload; a new worker only after a failure."""
    name = f"{cells[0].variant.replace('/', '-')}-{cells[0].device}"
    left = list(cells)
    while left:
        with going.launcher.start(
            cells[0].framework,
            cores=cores,
            cache=going.compiled(cells[0].framework),
            log=f"agree-{name}",
            device=cells[0].device,
        ) as worker:
            try:
                ready = worker.hello()
            except WorkerError as error:
                for cell in left:
                    going.settle(cell, status="failed", reason=str(error))
                return
            with going.lock:
                going.record.settings[cells[0].framework] = ready.settings
                going.record.environment.update(ready.versions)
            while left:
                if not agree_cell(going, left.pop(0), worker=worker, expected=expected):
                    break


def agree_cell(
    going: Going, cell: Cell, *, worker: Worker, expected: Expectations
) -> bool:
    """Check one cell in float64 and its own dtype, train it, and write that down.

    Returns:
        Whether the worker is still of use.
    """
    try:
        for dtype in _dtypes(going, cell):
            going.reporter.advance(f"{cell.workload} {cell.variant} {dtype}")
            wanted = going.launcher.wait_for(expected[cell.workload, dtype])
            found = Found(cell=cell)
            check(going, found, dtype=dtype, worker=worker, expected=wanted)
            write(going, found)  # a proof stays, whatever becomes of the cell's dtype
    except (CannotRunError, OutOfRangeError) as reason:
        going.settle(cell, status="not run", reason=str(reason))
        return True
    except CompareError as error:
        going.settle(cell, status="failed", reason=str(error))
        return False
    finally:
        going.reporter.advance(
            f"{cell.workload} {cell.variant} checked", expected_s=CHECK_S
        )
    return True


@dataclasses.dataclass(frozen=True, kw_only=True)
class Found:
    """What checking a cell brings to light, as rows of tables."""

    cell: Cell
    agreement: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    differences: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    learning: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    precision: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    def note(self, findings: list[Finding], *, dtype: Dtype) -> None:
        """Keep findings of a dtype as rows."""
        key = {**self.cell.key, "dtype": dtype}
        self.agreement.extend({**key, **dataclasses.asdict(f)} for f in findings)

    def differs(self, difference: Difference, *, dtype: Dtype) -> None:
        """Keep where a dtype first differs, as the cell's reason too."""
        self.note(difference.activations, dtype=dtype)
        columns = results.TABLES["differences.csv"]
        where = dataclasses.asdict(difference.where)
        cause = difference.cause
        self.differences.append(
            {
                **self.cell.key,
                "dtype": dtype,
                **{name: value for name, value in where.items() if name in columns},
                "cause": cause.name if cause else "",
                "explanation": cause.says if cause else "",
                "activations": difference.seen_in,
            }
        )
        self.cell.reason = self.cell.reason or f"disagrees: {difference.sentence}"


def check(
    going: Going,
    found: Found,
    *,
    dtype: Dtype,
    worker: Worker,
    expected: list[Expected],
) -> None:
    """Check a cell in one dtype; train it and look for the cause of a difference."""
    cell, staged = found.cell, going.staged[found.cell.workload]
    folder = going.received(cell, dtype=dtype)
    launching.prepare(worker, cell, dtype=dtype, workload=staged)
    examined = judge.examine(worker, expected=expected, dtype=dtype, folder=folder)
    found.note(examined.findings, dtype=dtype)
    if dtype == cell.dtype:
        request = going.record.request
        if (cell.device, cell.dtype) == (request.device, request.dtype):
            found.learning.extend(learn(going, cell, worker=worker))
        described = worker.request(messages.Describe(), messages.Description)
        cell.captures = plan.captures(cell.family, measured=described.captures)
    difference = locate.first_difference(
        examined,
        worker=worker,
        prepare=lambda mode: launching.prepare(
            worker,
            msgspec.structs.replace(cell, mode=mode),
            dtype=dtype,
            workload=staged,
        ),
        modes=(cell.mode, frameworks()[cell.framework].modes[0].name),
        workload=workloads.build(staged.name, staged.config),
        dtype=dtype,
        folder=folder,
    )
    if difference is not None:
        found.differs(difference, dtype=dtype)
    if dtype == cell.dtype and is_narrow(dtype):
        rows = precision.operations(worker, dtype=dtype, folder=folder)
        found.precision.extend({**cell.key, **row} for row in rows)


def learn(going: Going, cell: Cell, *, worker: Worker) -> list[dict[str, Any]]:
    """Train the session for real; one row an epoch."""
    staged = going.staged[cell.workload]
    workload = workloads.build(staged.name, staged.config)
    epochs = workload.epochs if workloads.is_trainable(workload) else 0
    rows = []
    for epoch in range(epochs):
        going.reporter.advance(f"{cell.workload} {cell.variant} epoch {epoch + 1}")
        learned = worker.request(messages.Epoch(epoch=epoch), messages.EpochDone)
        row = msgspec.structs.asdict(learned)
        key = {"workload": cell.workload, "variant": cell.variant}
        rows.append({**key, "epoch": epoch + 1, **row})
    return rows


def write(going: Going, found: Found) -> None:
    """Write what a cell was found to compute; its rows mark it as checked."""
    with going.lock:
        results.append(going.folder, "learning.csv", found.learning)
        results.append(going.folder, "precision.csv", found.precision)
        results.append(going.folder, "differences.csv", found.differences)
        results.append(going.folder, "agreement.csv", found.agreement)
        results.save(going.folder, going.record)


def _dtypes(going: Going, cell: Cell) -> list[Dtype]:
    """What a cell is checked in: the proof once a workload, variant and device."""
    alike = [
        other.dtype
        for other in going.record.cells
        if (other.workload, other.variant, other.device)
        == (cell.workload, cell.variant, cell.device)
    ]
    proves = PROOF not in alike and cell.dtype == alike[0]
    return [PROOF, cell.dtype] if proves else [cell.dtype]


def _expectations(going: Going, label: str, dtype: Dtype) -> list[Expected]:
    staged = going.staged[label]
    return expectations(
        workloads.build(staged.name, staged.config),
        dtype=dtype,
        steps=going.record.request.trajectory_steps,
        folder=going.scratch / "expected" / label / dtype,
    )
