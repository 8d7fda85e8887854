"""Run mistakes in every mode, each mode in its own worker process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from compare.debugging.words import Case, Detection, detection_of
from compare.errors import WorkerError
from compare.frameworks import (
    find_missing_requirement,
    frameworks,
    frameworks_with,
)
from compare.scratch import open_scratch
from compare.workers import messages
from compare.workers.forking import CAN_FORK, ForkServers
from compare.workers.pool import WorkerPool
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from compare.contract import Framework, Mode
    from compare.debugging.catalogue import UserMistake
    from compare.workers.process import Worker

ReportProgress = Callable[[str], None]
# Gradients by hand and Keras' training loop fit other models; cudagraph needs a GPU.
LEFT_OUT = {"manual", "script-step", "keras-eager", "keras", "keras-xla", "cudagraph"}
LEFT_OUT |= {"graph"}  # its sessions have not been tried with these models
TIME_LIMIT_S = 60.0  # of a mistake in a mode; compiling takes half a minute at most


def list_variants() -> list[tuple[Framework, Mode]]:
    """Return the frameworks and modes that can run models with mistakes."""
    return [
        (framework, mode)
        for framework in frameworks_with("mistakes").values()
        for mode in framework.modes
        if mode.name not in LEFT_OUT
    ]


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
    needed = {framework.name: framework for framework, _ in variants}
    with open_forking_pool(needed.values()) as pool:

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


@contextmanager
def open_forking_pool(needed: Iterable[Framework]) -> Iterator[WorkerPool]:
    """Yield a pool whose workers are forked where possible; its logs are removed."""
    with ExitStack() as stack:
        logs = stack.enter_context(open_scratch()) / "logs"
        logs.mkdir()
        servers = None
        if CAN_FORK:
            servers = stack.enter_context(
                ForkServers(
                    list(needed), threads=1, logs=logs, time_limit_s=TIME_LIMIT_S
                )
            )
        yield WorkerPool(
            frameworks=frameworks(),
            threads=1,
            device="cpu",
            logs=logs,
            time_limit_s=TIME_LIMIT_S,
            servers=servers,
        )


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
        if missing := self.find_missing():
            return [
                self.make_case(each, Detection.NOT_RUN, reason=missing)
                for each in mistakes
            ]
        done: list[Case] = []
        while left := mistakes[len(done) :]:
            with self.start_worker(str(len(done))) as worker:
                for mistake in left:
                    done.append(self.run_mistake(mistake, worker))
                    if done[-1].detection is Detection.ENDED:
                        break
        return done

    @contextmanager
    def start_worker(self, log: str) -> Iterator[Worker]:
        """Yield a worker that has imported the framework."""
        with self.pool.start(
            self.framework.name,
            cores=self.cores,
            cache=self.cache,
            log=f"{self.framework.name}-{self.mode.name}-{log}",
        ) as worker:
            worker.hello()
            yield worker

    def run_mistake(
        self, mistake: UserMistake, worker: Worker, *, remedy: str = ""
    ) -> Case:
        """Return how a mistake shows, with a remedy if one is named.

        The worker may have ended afterwards.
        """
        path = str(mistake.files[self.framework.name])
        request = messages.Observe(path=path, mode=self.mode.name, remedy=remedy)
        try:
            observed = worker.request(request, messages.Observed)
        except CannotRunError as error:
            return self.make_case(mistake, Detection.NOT_RUN, reason=str(error))
        except WorkerError as error:
            if error.stated:  # not by the model, whose exceptions are results
                raise
            return self.make_case(mistake, Detection.ENDED, reason=str(error))
        case = self.make_case(mistake, detection_of(observed))
        return replace(case, observed=observed)

    def find_missing(self) -> str:
        """Return why the mode cannot run here, or nothing."""
        return str(find_missing_requirement(self.framework, self.mode) or "")

    def make_case(
        self, mistake: UserMistake, detection: Detection, *, reason: str = ""
    ) -> Case:
        """Return a case of this mode without an observation."""
        return Case(
            mistake=mistake.name,
            framework=self.framework.name,
            mode=self.mode.name,
            detection=detection,
            reason=reason,
        )
