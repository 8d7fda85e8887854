"""Run lessons in every framework, each framework in its own worker process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from compare.errors import CompareError
from compare.frameworks import (
    find_missing_framework,
    find_missing_need,
    frameworks_with,
)
from compare.machine import machine
from compare.numerics.arrays import load_arrays
from compare.runs.record import utc_now
from compare.scratch import open_scratch
from compare.study import program
from compare.study.guide import load_guide
from compare.study.ladder import CAPTURING, captures_itself
from compare.study.lesson import load_lesson
from compare.study.results import (
    RECORD_FILE,
    LessonResults,
    ProgramResult,
    StepTime,
    StudyRecord,
    Version,
    arrays_file,
    graph_file,
    write_results,
)
from compare.workers import messages
from compare.workers.pool import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from compare.contract import Arrays, Framework, FunctionCapture
    from compare.workers.process import Worker

ReportProgress = Callable[[str], None]

EXERCISES = {Version.CHANGED: "exercise", Version.MISTAKEN: "repair exercise"}
CAPTURES_ITSELF = (
    "The programs of this lesson capture graphs themselves, so their functions are "
    "left as they are."
)


def run_lessons(
    names: Sequence[str], *, folder: Path, report: ReportProgress
) -> LessonResults:
    """Run lessons and write their results.

    Each program runs twice in one process; with the change of the exercise; with the
    mistake of the repair exercise; once until it has computed gradients or, if it
    captures graphs, to its end, to record a graph; and with its functions captured.

    Args:
        names: the lessons.
        folder: the folder for the arrays and the record.
        report: called with the name of each program when it has finished.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # If this run is interrupted, the record of an earlier one must not remain: it
    # would describe arrays that have been overwritten.
    (folder / RECORD_FILE).unlink(missing_ok=True)
    environment = machine()
    programs = {
        name: _list_programs(name, names) for name in frameworks_with("lessons")
    }
    with open_scratch() as scratch:
        launcher = WorkerPool(
            frameworks={
                name: framework
                for name, framework in frameworks_with("lessons").items()
                if programs[name]
            },
            threads=1,
            device="cpu",
            logs=scratch,
        )

        def work(framework: Framework, cores: list[int]) -> list[ProgramResult]:
            runner = ProgramRunner(
                framework=framework,
                launcher=launcher,
                cores=cores,
                folder=folder,
                scratch=scratch / framework.name,
                environment=environment,
            )
            return runner.run_programs(programs[framework.name], report=report)

        found = launcher.in_parallel(work, list(launcher.frameworks.values()))
    ran = [result for results in found for result in results]
    record = StudyRecord(
        created=utc_now(),
        environment=environment,
        programs=sorted(ran, key=lambda result: names.index(result.lesson)),
    )
    results = LessonResults(folder=folder, record=record)
    write_results(results)
    return results


def _list_programs(framework: str, names: Sequence[str]) -> list[str]:
    """Return those of some lessons that have a program of a framework."""
    return [n for n in names if program.read_program(n, framework=framework)]


@dataclass(frozen=True, kw_only=True)
class ProgramRunner:
    """Run one framework's programs, one after another in one worker."""

    framework: Framework
    launcher: WorkerPool
    cores: list[int]
    folder: Path
    scratch: Path  # for the programs with timers, and the arrays of the first run
    environment: dict[str, str]  # the worker's package versions are added

    def run_programs(
        self, names: Sequence[str], *, report: ReportProgress
    ) -> list[ProgramResult]:
        """Return the outcome of each program.

        After a failure, the remaining programs run in a new worker.
        """
        if missing := find_missing_framework(self.framework):
            return [self._not_run(name, str(missing)) for name in names]
        self.scratch.mkdir()
        done: list[ProgramResult] = []
        while left := names[len(done) :]:
            with self._start_worker() as worker:
                try:
                    self.environment.update(worker.hello().versions)
                except CompareError as error:  # another worker would fail as well
                    reason = str(error)
                    return done + [self._not_run(n, reason, failed=True) for n in left]
                for name in left:
                    done.append(self._run_lesson(name, worker=worker))
                    report(f"{name} {self.framework.name}")
                    # A failed program may have changed the state of the process.
                    if _has_failed(done[-1]):
                        break
        return done

    def _start_worker(self) -> Worker:
        return self.launcher.start(
            self.framework.name,
            cores=self.cores,
            cache=self.scratch / "compiled",
            log=f"lessons-{self.framework.name}",
        )

    def _run_lesson(self, name: str, *, worker: Worker) -> ProgramResult:
        lesson = load_lesson(name).lesson
        change = lesson.exercise.change
        if missing := find_missing_need(lesson.needs.get(self.framework.name, ())):
            return self._not_run(name, str(missing))
        source = program.read_program(name, framework=self.framework.name)
        target = arrays_file(self.folder, name, self.framework.name)
        before = self.scratch / f"first.{target.name}"
        try:
            first = self._run_source(source, name=name, save_to=before, worker=worker)
            again = self._run_source(source, name=name, save_to=target, worker=worker)
        except CompareError as error:
            return self._not_run(name, str(error), failed=True)
        mistake = load_guide(name).repair.mistake
        run_version = partial(self._run_version, source, name=name, worker=worker)
        changed_reason = run_version(change, Version.CHANGED)
        mistaken_reason = run_version(mistake, Version.MISTAKEN)
        graph_reason = self._record_graph(name, before=before, worker=worker)
        # Last, because a capture may change the state of the process.
        captures, captured_reason = self._capture(name, before=before, worker=worker)
        return ProgramResult(
            lesson=name,
            framework=self.framework.name,
            program=program.hash_texts(source),
            change=program.hash_texts(*change, *change.values()),
            times=_collect_times(
                source, first=first.elapsed_ns, again=again.elapsed_ns
            ),
            printed=again.printed,
            repeats=are_identical(load_arrays(before), load_arrays(target)),
            changed_reason=changed_reason,
            mistake=program.hash_texts(*mistake, *mistake.values()),
            mistaken_reason=mistaken_reason,
            captures=captures,
            captured_reason=captured_reason,
            graph_reason=graph_reason,
        )

    def _record_graph(self, name: str, *, before: Path, worker: Worker) -> str:
        """Save the graph of a program that has run.

        Returns:
            Why there is no graph, else an empty text.
        """
        request = messages.RecordLesson(
            name=f"{self.framework.package}.lessons.{name}",
            path=str(self._locate_program(before)),
            save_to=str(graph_file(self.folder, name, self.framework.name)),
            captured=name in CAPTURING,
        )
        try:
            worker.request(request, messages.Done)
        except CompareError as error:
            return str(error)
        return ""

    def _locate_program(self, arrays: Path) -> Path:
        """Return the file with the program that saved some arrays."""
        return self.scratch / f"{arrays.name}.py"

    def _run_version(
        self,
        source: str,
        change: Mapping[str, str],
        version: Version,
        *,
        name: str,
        worker: Worker,
    ) -> str:
        """Run the program with some of its text replaced.

        Returns:
            The error message if it failed, else an empty text.
        """
        target = arrays_file(self.folder, name, self.framework.name, version)
        try:
            what = f"{EXERCISES[version]} of {name}"
            changed = program.apply_change(source, change, what=what)
            self._run_source(changed, name=name, save_to=target, worker=worker)
        except CompareError as error:
            return str(error)
        return ""

    def _capture(
        self, name: str, *, before: Path, worker: Worker
    ) -> tuple[list[FunctionCapture], str]:
        """Run a program with its functions captured.

        Returns:
            The functions, and why there is no result, else an empty text.
        """
        if captures_itself(name):
            return [], CAPTURES_ITSELF
        target = arrays_file(self.folder, name, self.framework.name, Version.CAPTURED)
        request = messages.CaptureLesson(
            name=f"{self.framework.package}.lessons.{name}",
            path=str(self._locate_program(before)),
            save_to=str(target),
        )
        try:
            return worker.request(request, messages.LessonCaptured).functions, ""
        except CompareError as error:
            return [], str(error)

    def _run_source(
        self, source: str, *, name: str, save_to: Path, worker: Worker
    ) -> messages.LessonRan:
        # Each run has its own file, so that no cache by file name and line number
        # returns the code of an earlier run.
        path = self._locate_program(save_to)
        path.write_text(program.insert_timers(source), "utf-8")
        request = messages.RunLesson(
            name=f"{self.framework.package}.lessons.{name}",
            path=str(path),
            save_to=str(save_to),
        )
        return worker.request(request, messages.LessonRan)

    def _not_run(
        self, name: str, reason: str, *, failed: bool = False
    ) -> ProgramResult:
        return ProgramResult(
            lesson=name,
            framework=self.framework.name,
            reason=reason,
            failed=failed,
        )


def _has_failed(result: ProgramResult) -> bool:
    reasons = [result.changed_reason, result.mistaken_reason, result.graph_reason]
    if not captures_itself(result.lesson):
        reasons.append(result.captured_reason)
    return result.failed or any(reasons)


def _collect_times(
    source: str, *, first: Mapping[str, int], again: Mapping[str, int]
) -> list[StepTime]:
    """Return the time of each step, except those that only define something."""
    codes = program.split_steps(source)
    return [
        StepTime(step=step, first_ns=elapsed_ns, again_ns=again[step])
        for step, elapsed_ns in first.items()
        if not step or not program.only_defines(codes[step])
    ]


def are_identical(one: Arrays, other: Arrays) -> bool:
    """Return whether two sets of arrays have the same names, dtypes and bytes."""
    return list(one) == list(other) and all(
        array.dtype == other[name].dtype and array.tobytes() == other[name].tobytes()
        for name, array in one.items()
    )
