"""Judge a mutant of an implementation package by the checks of a run.

The parent imports the framework and computes what is expected; it runs no operation of
the framework, because a child forked later could not use its threads. Each child
imports the mutated package and answers the same requests as a worker.
"""

from __future__ import annotations

import gc
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from compare import workloads
from compare.agreement import examine
from compare.agreement.judge import describe_first_difference
from compare.contract import Dtype, Mode
from compare.errors import WorkerError
from compare.frameworks import frameworks
from compare.reference.expectation import Expected, expectations
from compare.runs.words import Inputs
from compare.workers import messages
from compare.workers.process import CannotRunError, worker_environment
from compare.workers.worker import RequestHandler
from tests.mutation import by_session
from tests.mutation.forking import Judge, NotJudgedError
from tests.mutation.mutant import Mutant, unchanged
from tests.mutation.workloads import JudgedWorkload, judged_workloads

CPU_LIMIT_S = 60  # of processor time; unchanged files take up to ten seconds a mode
CONTROL_CPU_LIMIT_S = 600  # with every mode
STEPS = 9  # of a trajectory, so that the states of steps 0 and 8 are checked
# Modes that take less than a second to build. Those that take longer are used for the
# mutants of their own functions only.
QUICK = ("eager", "script", "trace", "function")
DTYPES: tuple[Dtype, ...] = ("float64", "float32", "bfloat16")


class InProcessWorker:
    """Answers requests in this process, with the handler of a worker."""

    def __init__(self) -> None:
        self.handler = RequestHandler()

    def request(self, request: messages.Request, reply: type) -> Any:
        """Return the reply; raise what a worker's reply would raise in a run."""
        received = self.handler.handle(request)
        if isinstance(received, messages.Unavailable):
            raise CannotRunError(received.reason)
        if not isinstance(received, reply):
            raise WorkerError(f"received {received}")
        return received


@dataclass(frozen=True, kw_only=True)
class Cell:
    """What a mutant is checked on: a workload, a mode and a dtype."""

    workload: JudgedWorkload
    mode: Mode
    dtype: Dtype

    @property
    def cannot_run(self) -> bool:
        """Whether the mode refuses this workload: it supports plain updates only."""
        return self.mode.name == "compile-step" and self.workload.name == "optimizer"


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """Judges the mutants of one package by the checks of a run."""

    framework: str
    folder: Path

    def __call__(self, mutant: Mutant) -> str:
        """Return the first check that fails; empty if every check passes."""
        cells = list(self.cells(mutant))
        if not cells:
            raise NotJudgedError("its mode needs a CUDA device")
        worker = InProcessWorker()
        package = frameworks()[self.framework].package
        cores = sorted(os.sched_getaffinity(0))
        hello = messages.Hello(
            package=package, framework=self.framework, threads=1, cores=cores
        )
        worker.request(hello, messages.Ready)
        with tempfile.TemporaryDirectory(dir=self.folder) as home:
            for number, cell in enumerate(cells):
                found = self.check(cell, worker, folder=Path(home) / str(number))
                if found:
                    name = cell.workload.name
                    return f"{name} {cell.mode.name} {cell.dtype}: {found}"
        return ""

    def cells(self, mutant: Mutant) -> Iterator[Cell]:
        """Yield the cells that a mutant is checked on, the quickest first."""
        for mode in modes_of(mutant, framework=self.framework):
            for dtype in DTYPES:
                for workload in judged_workloads():
                    if workload.covers(mutant.file, mode=mode.name, dtype=dtype):
                        yield Cell(workload=workload, mode=mode, dtype=dtype)

    def check(self, cell: Cell, worker: InProcessWorker, *, folder: Path) -> str:
        """Return what a check of a cell finds; empty if everything agrees."""
        request = messages.Prepare(
            workload=cell.workload.workload,
            config=cell.workload.config,
            mode=cell.mode.name,
            device="cpu",
            dtype=cell.dtype,
        )
        try:
            worker.request(request, messages.Prepared)
        except CannotRunError as reason:
            return "" if cell.cannot_run else str(reason)
        if cell.cannot_run:
            return "runs a workload that the mode does not support"
        expected = self.expected(cell.workload, cell.dtype)
        first = by_session.check_first_call(
            worker.handler, dtype=cell.dtype, expected=expected
        )
        if first:
            return first
        examined = examine.examine_session(
            worker, expected=expected, dtype=cell.dtype, folder=folder
        )
        return describe_first_difference(examined.findings) or by_session.check_session(
            worker, mode=cell.mode, dtype=cell.dtype, expected=expected, folder=folder
        )

    def expected(self, workload: JudgedWorkload, dtype: Dtype) -> list[Expected]:
        """Return the reference's results, computed at the first call."""
        return _expect(workload, dtype, self.folder)


@cache
def _expect(workload: JudgedWorkload, dtype: Dtype, folder: Path) -> list[Expected]:
    built = workloads.build(workload.workload, workload.config)
    home = folder / f"{workload.name}-{dtype}"
    return expectations(
        built, dtype=dtype, steps=STEPS, folder=home, inputs=Inputs.PROBE
    )


def load(mutants: Sequence[Mutant]) -> Judge:
    """Import the framework of a package, compute references, and return the judge."""
    package = mutants[0].file.split("/")[0]
    (framework,) = [f for f in frameworks().values() if f.package == package]
    scratch = tempfile.TemporaryDirectory(prefix="graph-compare-mutation-")
    folder = Path(scratch.name)
    _keep.append(scratch)
    os.environ |= worker_environment(
        framework, threads=1, cache=folder / "cache", device="cpu"
    )
    for name in IMPORTED[framework.name]:
        import_module(name)
    judge = Agreement(framework=framework.name, folder=folder)
    files = {mutant.file for mutant in mutants}
    with threadpool_limits(1):
        for file in files:
            for cell in judge.cells(unchanged(file)):
                judge.expected(cell.workload, cell.dtype)
    gc.freeze()  # a child need not traverse, and thereby copy, what is imported
    return judge


def controls(judge: Judge, mutants: Sequence[Mutant]) -> list[Mutant]:
    """Return unchanged files that are judged on all cells of the mutants' files."""
    files = dict.fromkeys(mutant.file for mutant in mutants)
    by_cells = {tuple(judge.cells(unchanged(file))): unchanged(file) for file in files}
    return list(by_cells.values())


# Framework -> modules that its package imports.
IMPORTED = {
    "torch": ("torch", "torch.func", "torch.profiler", "torch.optim"),
    "tf": ("tensorflow", "keras"),
}
_keep: list[object] = []  # temporary folders, until this process ends


# Part of a file's name -> the only modes that run it.
MODES_OF_A_FILE = {
    "by_hand": ("manual",),  # TorchScript reads the source from its file
    "graph_mode": ("graph",),
    "keras": ("keras-eager", "keras", "keras-xla"),
}


def modes_of(mutant: Mutant, *, framework: str) -> list[Mode]:
    """Return the modes that run a mutated function, the quickest first."""
    modes = {mode.name: mode for mode in frameworks()[framework].modes}
    on_cpu = {n: mode for n, mode in modes.items() if "cpu" in mode.devices}
    function = mutant.within.split(".")[0].replace("_", "-")
    function = "cudagraph" if function == "Recorded" else function
    if mutant.file.endswith("modes.py") and function in modes:
        return [on_cpu[function]] if function in on_cpu else []
    for part, names in MODES_OF_A_FILE.items():
        if part in mutant.file:
            return [on_cpu[name] for name in names if name in on_cpu]
    if function == "capture":
        return [on_cpu[name] for name in ("function", "function-relaxed", "xla")]
    quick = [on_cpu[name] for name in QUICK if name in on_cpu]
    rest = [m for n, m in on_cpu.items() if n not in QUICK]
    if mutant.file.endswith("modes.py"):
        return [*quick, *rest]
    if mutant.file.endswith("session.py"):
        # The last session must not report what the ones before it captured.
        return [*quick, *rest, on_cpu["eager"]]
    return quick
