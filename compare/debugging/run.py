"""Run mistakes in every mode, each mode in its own worker process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from compare.debugging.words import Case, Detection, detection_of
from compare.errors import WorkerError
from compare.frameworks import find_missing_framework, find_missing_need, frameworks
from compare.scratch import open_scratch
from compare.workers import messages
from compare.workers.pool import WorkerPool
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from compare.contract import Framework, Mode
    from compare.debugging.catalogue import UserMistake
    from compare.workers.process import Worker

ReportProgress = Callable[[str], None]
TIME_LIMIT_S = 60.0  # of a mistake in a mode; compiling takes half a minute at most


def run_mistakes(
    mistakes: Sequence[UserMistake],
    *,
    variants: Sequence[tuple[Framework, Mode]],
    cache: Path,
    report: ReportProgress,
) -> list[Case]:
    """Return how each mistake shows in each mode.

    Args:
        mistakes: in the order of the results of each mode.
        variants: the frameworks and modes.
        cache: folder for compiled code, with one folder per framework.
        report: called with each variant when all of its cases have run.
    """
    with open_scratch() as scratch:
        pool = WorkerPool(
            frameworks=frameworks(),
            threads=1,
            device="cpu",
            logs=scratch / "logs",
            time_limit_s=TIME_LIMIT_S,
        )

        def work(variant: tuple[Framework, Mode], cores: list[int]) -> list[Case]:
            framework, mode = variant
            runner = ModeRunner(
                framework=framework,
                mode=mode,
                pool=pool,
                cores=cores,
                cache=cache / framework.name,
            )
            found = runner.run_mistakes(mistakes)
            report(f"{framework.name}/{mode.name}")
            return found

        return [case for cases in pool.in_parallel(work, variants) for case in cases]


@dataclass(frozen=True, kw_only=True)
class ModeRunner:
    """Run mistakes in one mode, one after another in one worker."""

    framework: Framework
    mode: Mode
    pool: WorkerPool
    cores: list[int]
    cache: Path

    def run_mistakes(self, mistakes: Sequence[UserMistake]) -> list[Case]:
        """Return how each mistake shows.

        If one of them ends the worker, which is a result, another runs the rest.
        """
        if missing := self._find_missing():
            return [
                self._case_of(each, Detection.NOT_RUN, reason=missing)
                for each in mistakes
            ]
        done: list[Case] = []
        while left := mistakes[len(done) :]:
            with self.pool.start(
                self.framework.name,
                cores=self.cores,
                cache=self.cache,
                log=f"{self.framework.name}-{self.mode.name}-{len(done)}",
            ) as worker:
                worker.hello()
                for mistake in left:
                    done.append(self._run(mistake, worker))
                    if done[-1].detection is Detection.ENDED:
                        break
        return done

    def _run(self, mistake: UserMistake, worker: Worker) -> Case:
        path = str(mistake.files[self.framework.name])
        request = messages.Observe(path=path, mode=self.mode.name)
        try:
            observed = worker.request(request, messages.Observed)
        except CannotRunError as error:
            return self._case_of(mistake, Detection.NOT_RUN, reason=str(error))
        except WorkerError as error:
            if error.stated:  # not by the model, whose exceptions are results
                raise
            return self._case_of(mistake, Detection.ENDED, reason=str(error))
        case = self._case_of(mistake, detection_of(observed))
        return replace(case, observed=observed)

    def _find_missing(self) -> str:
        """Return why the mode cannot run here, or nothing."""
        missing = find_missing_framework(self.framework) or find_missing_need(
            self.mode.needs
        )
        return str(missing) if missing else ""

    def _case_of(
        self, mistake: UserMistake, detection: Detection, *, reason: str = ""
    ) -> Case:
        return Case(
            mistake=mistake.name,
            framework=self.framework.name,
            mode=self.mode.name,
            detection=detection,
            reason=reason,
        )
