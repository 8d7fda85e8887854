"""Export the models of a run in every format, and run each file outside the harness."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

from compare import machine
from compare.contract import Quantity, TensorKind, tensor_kind
from compare.deploy.judge import describe_judged_error, judge_case, read_outputs
from compare.deploy.keep import keep_files
from compare.deploy.locate import bound_values, locate_difference
from compare.deploy.rows import (
    Blame,
    Deployment,
    DeployRow,
    EagerRow,
    ExportStatus,
    OtherSize,
)
from compare.deploy.time_calls import Subject, TimedCalls, time_subjects
from compare.errors import CompareError
from compare.frameworks import find_missing_need, frameworks
from compare.numerics.arrays import load_arrays, save_arrays
from compare.numerics.tolerance import TRIALS
from compare.pipeline.context import PROOF
from compare.pipeline.noted import open_cell_session
from compare.pipeline.scratch_run import open_scratch_run
from compare.runners.building import RunnerError, prepare_runner
from compare.runners.process import RunnerProcess
from compare.runners.serving import ERROR, REASON_CHARACTERS
from compare.runs.words import Status, Verdict
from compare.timing import launching
from compare.wording import shorten
from compare.workers import messages
from compare.workers.deploying import read_nodes
from compare.workers.failures import naming_bugs
from compare.workers.process import CannotRunError, worker_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from compare.contract import Array, Dtype, ExportFormat, Framework, NodeValue
    from compare.deploy.locate import KnownValue
    from compare.pipeline.context import RunContext
    from compare.runs.progress import Reporter
    from compare.runs.record import Cell, RunRecord
    from compare.workers.pool import WorkerPool
    from compare.workers.process import Worker

TRAINING_STEPS = 20  # before the export
OTHER_SIZES = {
    Verdict.AGREES: OtherSize.AGREES,
    Verdict.DISAGREES: OtherSize.DISAGREES,
    Verdict.UNDECIDED: OtherSize.UNDECIDED,
    Verdict.BOTH_DIVERGED: OtherSize.UNDECIDED,
}
EXPORT_S = 8.0  # expected for one format, for the time left


def deploy_models(
    record: RunRecord,
    *,
    reporter: Reporter,
    launches: int,
    keep_in: Path | None = None,
) -> Deployment:
    """Return what was measured of a workload's model in every format.

    Args:
        record: of one workload, with the eager variants; nothing is written for it.
        reporter: shows the progress.
        launches: how often each runner is started and timed; 0: not timed.
        keep_in: a folder for the exported files; without one they are removed.

    Raises:
        CompareError: the data or the model cannot be read.
    """
    label = record.request.workloads[0].label
    facts = machine.machine()
    result = Deployment(workload=label, eager=[], rows=[], environment=facts)
    reporter.phase("deploy")
    with open_scratch_run(record, reporter=reporter) as context:
        for cell in record.cells:
            one = ModelDeployment(context=context, cell=cell)
            rows = {
                export_format.name: one.make_row(export_format)
                for export_format in one.framework.exports
            }
            result.rows += rows.values()
            if cell.status is Status.NOT_RUN:
                stop_rows(rows, ExportStatus.NOT_RUN, reason=cell.reason)
                continue
            subjects = one.fill_rows(rows)
            if keep_in is not None:
                result.not_kept |= keep_files(
                    one.exported, rows, folder=keep_in / one.framework.name
                )
            if not launches or not subjects:
                continue
            try:
                with naming_bugs():
                    result.eager.append(one.time(subjects, rows, launches=launches))
            except (CannotRunError, CompareError) as error:
                result.untimed[cell.framework] = str(error)
        result.environment |= record.environment
    return result


@dataclass(frozen=True, kw_only=True)
class ExportedFile:
    """A file with a model, and the names by which a runner finds its tensors."""

    path: Path
    inputs: list[str]
    outputs: list[str]

    @property
    def arguments(self) -> list[str]:
        """The arguments of a runner: the file, and names of its tensors."""
        return [str(self.path), ",".join(self.inputs), ",".join(self.outputs)]


@dataclass(kw_only=True)
class ModelDeployment:
    """One framework's model: its cases, its files, and what they compute."""

    context: RunContext
    cell: Cell  # the eager variant
    deviations: list[list[float]] = field(default_factory=list)
    cases: list[Path] = field(default_factory=list)
    _known: list[KnownValue] | None = None

    @property
    def framework(self) -> Framework:
        """The framework of the model."""
        return frameworks()[self.cell.framework]

    @property
    def folder(self) -> Path:
        """The folder of everything that belongs to the model."""
        return (
            self.context.scratch / "deploy" / self.cell.workload / self.framework.name
        )

    @property
    def exported(self) -> dict[str, Path]:
        """The file of each format, whether or not it exists."""
        return {each.name: self._locate_file(each) for each in self.framework.exports}

    def _locate_file(self, export_format: ExportFormat) -> Path:
        return self.folder / f"{export_format.name}{export_format.suffix}"

    @property
    def state(self) -> Path:
        """The file with the trained parameters."""
        return self.folder / "state.npz"

    def fill_rows(self, rows: dict[str, DeployRow]) -> list[Subject]:
        """Export and run the model in the formats of some rows, and fill these.

        A failure ends one row. If the model cannot be trained, it ends all of them.

        Args:
            rows: by the name of the format.

        Returns:
            What can be timed.
        """
        subjects = []
        try:
            with naming_bugs(), self.open_trained() as exact:
                for export_format in self.framework.exports:
                    if export_format.name not in rows:
                        continue
                    where = f"{self.cell.workload} {self.cell.framework}"
                    self.context.reporter.advance(
                        f"{where}: {export_format.name}", expected_s=EXPORT_S
                    )
                    subject = self.export_and_run(
                        export_format, rows[export_format.name], exact=exact
                    )
                    subjects += [subject] if subject is not None else []
        except CannotRunError as reason:
            stop_rows(rows, ExportStatus.NOT_RUN, reason=str(reason))
        except CompareError as error:
            stop_rows(rows, ExportStatus.FAILED, reason=str(error))
        return subjects

    def time(
        self, subjects: list[Subject], rows: dict[str, DeployRow], *, launches: int
    ) -> EagerRow:
        """Time what works in turn; fill the rows and return that of the eager model.

        Raises:
            CannotRunError, CompareError: the eager model's worker failed.
        """
        where = f"{self.cell.workload} {self.cell.framework}"

        def advance(launch: int) -> None:
            self.context.reporter.advance(f"{where}: timing, launch {launch + 1}")

        eager, others = time_subjects(
            subjects, open_eager=self.open_eager, launches=launches, advance=advance
        )
        for name, timed in others.items():
            store_figures(rows[name], timed, eager=eager)
        return EagerRow(
            workload=self.cell.workload,
            framework=self.cell.framework,
            start_s=median(eager.starts_s),
            call_s=median(eager.calls_s),
            peak_rss_bytes=max(eager.peaks_bytes),
        )

    def make_row(self, export_format: ExportFormat) -> DeployRow:
        """Return the row of a format that has not been exported yet."""
        return DeployRow(
            workload=self.cell.workload,
            framework=self.cell.framework,
            format=export_format.name,
            runner=export_format.runner.name,
            needs_python=export_format.runner.needs_python,
            needs_framework=export_format.runner.needs_framework,
            export=ExportStatus.NOT_RUN,
        )

    def _train(self, worker: Worker) -> None:
        """Train the model for some steps; save its state and the cases."""
        trained = self.folder / "trained.npz"
        request = messages.RunFirst(steps=TRAINING_STEPS, save_to=str(trained))
        worker.request(request, messages.Done)
        state = {
            Quantity.parse(name).name: array
            for name, array in load_arrays(trained).items()
            if tensor_kind(name) == TensorKind.PARAMETER
        }
        save_arrays(self.state, state)
        folders = [str(self.folder / name) for name in ("whole", "half")]
        self._load(worker)
        saved = worker.request(messages.SaveCases(folders=folders), messages.CasesSaved)
        self.cases = list(map(Path, saved.folders))

    def _load(self, worker: Worker) -> None:
        """Load the trained parameters into a worker's session."""
        request = messages.LoadParameters(state=str(self.state))
        worker.request(request, messages.Done)

    @contextmanager
    def open_trained(self) -> Iterator[Worker]:
        """Train the model; yield a worker with its eager float64 session.

        The cases and their expected outputs exist then.
        """
        self.folder.mkdir(parents=True)
        with open_cell_session(self.context, self.cell, log="train") as (worker, _):
            self._train(worker)
        with self._open_session(self.context.pool, dtype=PROOF, log="exact") as exact:
            self._expect(exact)
            yield exact

    @contextmanager
    def _open_session(
        self, pool: WorkerPool, *, dtype: Dtype, log: str
    ) -> Iterator[Worker]:
        with pool.start_ready(
            self.cell.framework,
            cores=pool.measured_cores,
            cache=self.context.compile_cache(self.cell.framework),
            log=f"{log}-{self.cell.workload}-{self.cell.framework}",
        ) as (worker, ready):
            self.context.record.environment.update(ready.versions)
            workload = self.context.staged[self.cell.workload]
            launching.prepare_session(worker, self.cell, dtype=dtype, workload=workload)
            yield worker

    def _expect(self, exact: Worker) -> None:
        """Let the float64 session compute the outputs and bound their rounding."""
        request = messages.ExpectCases(
            state=str(self.state),
            folders=[str(case) for case in self.cases],
            dtype=self.cell.dtype,
            trials=len(TRIALS),
        )
        expected = exact.request(request, messages.CasesExpected)
        self.deviations = expected.deviations

    def export_and_run(
        self, export_format: ExportFormat, row: DeployRow, *, exact: Worker
    ) -> Subject | None:
        """Fill the row of a format; return what can be timed, if anything."""
        try:
            with naming_bugs():
                self._prepare(export_format)
                file = self.export(export_format, row)
        except RunnerError as error:
            row.reason = str(error)
            return None
        except CannotRunError as refusal:
            row.export, row.reason = ExportStatus.REFUSED, str(refusal)
            return None
        except CompareError as error:
            row.export, row.reason = ExportStatus.FAILED, str(error)
            return None
        return self.run_file(export_format, row, file=file, exact=exact)

    def run_file(
        self,
        export_format: ExportFormat,
        row: DeployRow,
        *,
        file: ExportedFile,
        exact: Worker,
    ) -> Subject | None:
        """Run a file and judge it; fill the row and return what can be timed."""
        row.export, row.file_bytes = ExportStatus.DONE, count_bytes(file.path)
        subject = Subject(
            name=export_format.name,
            open=lambda: self._start_runner(
                export_format,
                [*self._prepare(export_format), *file.arguments, *map(str, self.cases)],
            ),
        )
        try:
            with naming_bugs(), subject.open():
                self._judge(row)
        except (CannotRunError, CompareError) as error:
            row.export, row.reason = ExportStatus.FAILED, str(error)
            return None
        if row.verdict is Verdict.DISAGREES:
            self._locate(export_format, row, path=file.path, exact=exact)
        return subject if row.verdict is not None else None

    def _prepare(self, export_format: ExportFormat) -> list[str]:
        """Return the command of the runner, without a model.

        Raises:
            RunnerError: something that the format or its runner needs is missing.
        """
        if missing := find_missing_need(export_format.needs):
            raise RunnerError(str(missing))
        cache = self.context.compile_cache(self.cell.framework)
        return prepare_runner(export_format.runner, self.framework, cache=cache)

    def export(self, export_format: ExportFormat, row: DeployRow) -> ExportedFile:
        """Export the trained model in a worker of its own.

        Raises:
            CannotRunError: the exporter refuses the model.
            WorkerError: the worker failed.
        """
        path = self._locate_file(export_format)
        log = f"export-{export_format.name}"
        with open_cell_session(self.context, self.cell, log=log) as (worker, _):
            self._load(worker)
            start = perf_counter()
            exported = worker.request(
                messages.Export(format=export_format.name, path=str(path)),
                messages.Exported,
            )
            row.export_s = perf_counter() - start
            row.warnings = exported.warnings
        return ExportedFile(path=path, inputs=exported.inputs, outputs=exported.outputs)

    def _start_runner(
        self, export_format: ExportFormat, command: Sequence[str]
    ) -> RunnerProcess:
        for case in self.cases:
            for stale in [*case.glob("output_*.npy"), case / ERROR]:
                stale.unlink(missing_ok=True)
        environment = worker_environment(
            self.framework,
            threads=1,
            cache=self.context.compile_cache(self.cell.framework),
            device="cpu",
        )
        return RunnerProcess(
            command,
            environment=environment,
            cores=self.context.pool.measured_cores,
            log=self.folder / f"{export_format.name}.log",
        )

    def _judge(self, row: DeployRow) -> None:
        """Compare the outputs of every case."""
        for number, case in enumerate(self.cases):
            refusal = read_refusal(case)
            if number == 0 and refusal:
                row.export, row.reason = (
                    ExportStatus.FAILED,
                    refusal,
                )
                return
            if refusal:
                row.other_size = OtherSize.REFUSED
                row.other_reason = refusal
                continue
            judged = judge_case(
                case,
                read_outputs(case),
                deviations=self.deviations[number],
                dtype=self.cell.dtype,
            )
            if number == 0:
                row.verdict, row.reason = judged.verdict, judged.reason
                row.error, row.tolerance = judged.error, judged.tolerance
            else:
                row.other_size = OTHER_SIZES[judged.verdict]
                if row.other_size is not OtherSize.AGREES:
                    error = describe_judged_error(judged.error, judged.tolerance)
                    row.other_reason = judged.reason or error

    def _locate(
        self, export_format: ExportFormat, row: DeployRow, *, path: Path, exact: Worker
    ) -> None:
        """Find the node that differs, and whether the file is wrong or its execution.

        Where the nodes were evaluated by the runtime itself, a wrong node may be its
        fault as well as the exporter's.
        """
        traced = self.folder / f"{export_format.name}-nodes.json"
        request = messages.TraceExport(
            save_to=str(traced),
            case=str(self.cases[0]),
            format=export_format.name,
            path=str(path),
        )
        try:
            with naming_bugs():
                with open_cell_session(self.context, self.cell, log="trace") as opened:
                    opened[0].request(request, messages.Done)
                known = self._list_known(exact)
        except (CannotRunError, CompareError) as reason:
            row.blame, row.location_reason = Blame.UNKNOWN, str(reason)
            return
        nodes = read_nodes(traced)
        row.location = locate_difference(nodes, known)
        if row.location is None and self._has_expected_outputs(nodes):
            row.blame = Blame.RUNTIME
        elif export_format.has_independent_evaluator:
            row.blame = Blame.EXPORTER
        else:
            row.blame = Blame.UNKNOWN

    def _has_expected_outputs(self, nodes: Sequence[NodeValue]) -> bool:
        """Return whether the nodes of a file compute the outputs of the whole batch."""
        judged = judge_case(
            self.cases[0],
            list_outputs(nodes),
            deviations=self.deviations[0],
            dtype=self.cell.dtype,
        )
        return judged.verdict is Verdict.AGREES

    def _list_known(self, exact: Worker) -> list[KnownValue]:
        """Return what each operation of the float64 model computes."""
        if self._known is None:

            def trace(seed: int | None) -> Path:
                path = self.folder / f"model-{seed}.json"
                request = messages.TraceModel(
                    save_to=str(path), dtype=self.cell.dtype, seed=seed
                )
                exact.request(request, messages.Done)
                return path

            nodes = read_nodes(trace(None))
            moved = [read_nodes(trace(seed)) for seed in TRIALS]
            self._known = bound_values(nodes, moved, dtype=self.cell.dtype)
        return self._known

    @contextmanager
    def open_eager(self) -> Iterator[Worker]:
        """Yield a worker with the trained eager model."""
        # A new process: a forked one would start with the framework imported.
        pool = self.context.pool.without_servers()
        with self._open_session(pool, dtype=self.cell.dtype, log="eager") as worker:
            self._load(worker)
            yield worker


def list_outputs(nodes: Sequence[NodeValue]) -> list[Array]:
    """Return the floating-point outputs that nodes compute, in their order."""
    numbered = {
        number: node.value
        for node in nodes
        for number in node.outputs
        if node.value is not None
    }
    return [numbered[number] for number in sorted(numbered)]


def stop_rows(
    rows: Mapping[str, DeployRow], status: ExportStatus, *, reason: str
) -> None:
    """Store why nothing more was done for the rows that have no result yet."""
    for row in rows.values():
        if row.export is ExportStatus.NOT_RUN and not row.reason:
            row.export, row.reason = status, reason


def read_refusal(case: Path) -> str:
    """Return why a runner refused a case; empty if it did not."""
    path = case / ERROR
    if not path.exists():
        return ""
    message = " ".join(path.read_text("utf-8", errors="replace").split())
    return shorten(message, limit=REASON_CHARACTERS)


def store_figures(row: DeployRow, timed: TimedCalls, *, eager: TimedCalls) -> None:
    """Store the figures of a format that was timed in the same rounds as eager code."""
    if not timed.calls_s:
        return
    ratio = timed.compare_with(eager)
    row.start_s, row.load_s = median(timed.starts_s), median(timed.loads_s)
    row.call_s = median(timed.calls_s)
    row.peak_rss_bytes = max(timed.peaks_bytes, default=None)
    row.ratio, row.ratio_low, row.ratio_high = ratio.estimate, ratio.low, ratio.high


def count_bytes(path: Path) -> int:
    """Return the size of a file, or of all files in a folder."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(each.stat().st_size for each in files)
