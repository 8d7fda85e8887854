"""Run lessons in every framework, each framework's in a worker of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from compare.errors import CompareError
from compare.frameworks import frameworks, not_installed, unmet
from compare.machine import machine
from compare.numerics.arrays import load_arrays
from compare.runs.results import now
from compare.study import program
from compare.study.lesson import find
from compare.study.results import (
    FILE,
    Produced,
    Results,
    StepTime,
    StudyRecord,
    arrays_file,
    write,
)
from compare.workers import messages
from compare.workers.pool import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compare.contract import Arrays, Framework
    from compare.workers.process import Worker

Report = Callable[[str], None]


def run(names: Sequence[str], *, folder: Path, report: Report) -> Results:
    """Run these lessons twice, and once with the exercise's change made.

    Args:
        names: of the lessons.
        folder: gets the arrays and the record.
        report: told of each program that is done.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Interrupted, this run shall not pass for the one before it.
    (folder / FILE).unlink(missing_ok=True)
    environment = machine()
    with tempfile.TemporaryDirectory(prefix="graph-compare-") as scratch:
        launcher = WorkerPool(
            frameworks=frameworks(), threads=1, device="cpu", logs=Path(scratch)
        )

        def work(framework: Framework, cores: list[int]) -> list[Produced]:
            return Runner(
                framework=framework,
                launcher=launcher,
                cores=cores,
                folder=folder,
                scratch=Path(scratch) / framework.name,
                environment=environment,
            ).run(names, report=report)

        found = launcher.in_parallel(work, list(launcher.frameworks.values()))
    by_lesson = zip(*found, strict=True)
    record = StudyRecord(
        created=now(),
        environment=environment,
        produced=[produced for lesson in by_lesson for produced in lesson],
    )
    results = Results(folder=folder, record=record)
    write(results)
    return results


@dataclass(frozen=True, kw_only=True)
class Runner:
    """Runs one framework's programs, one after another in one worker."""

    framework: Framework
    launcher: WorkerPool
    cores: list[int]
    folder: Path
    scratch: Path  # for programs as they are run, and the first time's arrays
    environment: dict[str, str]  # gets the versions that the worker names

    def run(self, names: Sequence[str], *, report: Report) -> list[Produced]:
        """What each program did; a new worker only after a failure."""
        if reason := not_installed(self.framework):
            return [self._nothing(name, reason) for name in names]
        self.scratch.mkdir()
        done: list[Produced] = []
        while left := names[len(done) :]:
            with self._worker() as worker:
                try:
                    self.environment.update(worker.hello().versions)
                except CompareError as error:  # the next worker would fail as well
                    reason = str(error)
                    return done + [self._nothing(n, reason, failed=True) for n in left]
                for name in left:
                    done.append(self._lesson(name, worker=worker))
                    report(f"{name} {self.framework.name}")
                    if done[-1].failed or done[-1].changed_reason:
                        break
        return done

    def _worker(self) -> Worker:
        return self.launcher.start(
            self.framework.name,
            cores=self.cores,
            cache=self.scratch / "compiled",
            log=f"lessons-{self.framework.name}",
        )

    def _lesson(self, name: str, *, worker: Worker) -> Produced:
        lesson = find(name).lesson
        change = lesson.exercise.change
        if reason := unmet(lesson.needs.get(self.framework.name, ())):
            return self._nothing(name, reason)
        source = program.source_of(name, framework=self.framework.name)
        if not source:
            what = f"{self.framework.name} has no program of {name}"
            return self._nothing(name, what, failed=True)
        into = arrays_file(self.folder, name, self.framework.name)
        before = self.scratch / f"first.{into.name}"
        try:
            first = self._program(source, name=name, save_to=before, worker=worker)
            again = self._program(source, name=name, save_to=into, worker=worker)
        except CompareError as error:
            return self._nothing(name, str(error), failed=True)
        return Produced(
            lesson=name,
            framework=self.framework.name,
            program=program.digest(source),
            change=program.digest(*change, *change.values()),
            times=_times(source, first=first.elapsed_ns, again=again.elapsed_ns),
            printed=again.printed,
            repeats=same_bits(load_arrays(before), load_arrays(into)),
            changed_reason=self._changed(source, change, name=name, worker=worker),
        )

    def _changed(
        self, source: str, change: Mapping[str, str], *, name: str, worker: Worker
    ) -> str:
        """Run the program as the exercise changes it; why that gave nothing, if so."""
        into = arrays_file(self.folder, name, self.framework.name, changed=True)
        try:
            other = program.changed(source, change, what=f"exercise of {name}")
            self._program(other, name=name, save_to=into, worker=worker)
        except CompareError as error:
            return str(error)
        return ""

    def _program(
        self, source: str, *, name: str, save_to: Path, worker: Worker
    ) -> messages.LessonRan:
        # A file for each run: what was compiled of another's lines is not looked up.
        path = self.scratch / f"{save_to.name}.py"
        path.write_text(program.timed(source), "utf-8")
        request = messages.RunLesson(
            name=f"{self.framework.package}.lessons.{name}",
            path=str(path),
            save_to=str(save_to),
        )
        return worker.request(request, messages.LessonRan)

    def _nothing(self, name: str, reason: str, *, failed: bool = False) -> Produced:
        return Produced(
            lesson=name,
            framework=self.framework.name,
            reason=reason,
            failed=failed,
        )


def _times(
    source: str, *, first: Mapping[str, int], again: Mapping[str, int]
) -> list[StepTime]:
    """What each step took both times, less those that only define something."""
    codes = program.steps_of(source)
    return [
        StepTime(step=step, first_ns=spent_ns, again_ns=again[step])
        for step, spent_ns in first.items()
        if not step or not program.only_defines(codes[step])
    ]


def same_bits(one: Arrays, other: Arrays) -> bool:
    """Whether two sets of arrays have the same names, types and bytes."""
    return list(one) == list(other) and all(
        array.dtype == other[name].dtype and array.tobytes() == other[name].tobytes()
        for name, array in one.items()
    )
