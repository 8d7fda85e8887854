"""What a remedy shows of a mistake, and what it costs in steps per second."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from statistics import mean
from typing import TYPE_CHECKING

from compare.contract import DebuggingRemedy  # noqa: TC001 - msgspec reads it
from compare.debugging.catalogue import find_mistake
from compare.debugging.run import ModeRunner, open_forking_pool
from compare.debugging.words import Case, Detection
from compare.errors import WorkerError
from compare.frameworks import frameworks, package_folder
from compare.stats.estimates import Interval, hodges_lehmann, ratio_interval
from compare.workers import messages
from compare.workers.process import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from compare.contract import Framework, Mode
    from compare.debugging.run import ReportProgress

CORRECT = "mistakes/_correct.py"  # of a package: a model without a mistake
LAUNCHES, ROUNDS = 3, 9
WARM_UP = 1  # rounds that do not count
BLOCK_S = 0.05


@dataclass(frozen=True, kw_only=True)
class RemedyCase:
    """A remedy in a mode.

    Attributes:
        framework: the framework's name.
        remedy: as the package declares it.
        without: how the mistake shows without it.
        helped: how it shows with it.
        steps_per_s: of a correct small model without it; 0 if that was not measured.
        ratio: of the duration of a step with it to one without.
        reason: why that was not measured.
    """

    framework: str
    remedy: DebuggingRemedy
    without: Case
    helped: Case
    steps_per_s: float = 0.0
    ratio: Interval = Interval()  # noqa: RUF009 - it is frozen
    reason: str = ""


def list_remedies() -> list[tuple[Framework, DebuggingRemedy]]:
    """Return the remedies of every framework."""
    return [
        (framework, remedy)
        for framework in frameworks().values()
        for remedy in framework.remedies
    ]


def measure_remedies(
    remedies: Sequence[tuple[Framework, DebuggingRemedy]],
    *,
    cache: Path,
    report: ReportProgress,
) -> list[RemedyCase]:
    """Return what each remedy shows and costs.

    Args:
        remedies: with their frameworks.
        cache: folder for compiled code, with one folder per framework.
        report: called with each remedy when it has been measured.
    """
    found = []
    needed = {framework.name: framework for framework, _ in remedies}
    with open_forking_pool(needed.values()) as pool:
        for framework, remedy in remedies:
            runner = ModeRunner(
                framework=framework,
                mode=find_mode(framework, remedy),
                pool=pool,
                cores=pool.measured_cores,
                cache=cache / framework.name,
            )
            found.append(measure_remedy(runner, remedy))
            report(f"{framework.name}/{remedy.mode} {remedy.name}")
    return found


def find_mode(framework: Framework, remedy: DebuggingRemedy) -> Mode:
    """Return the mode in which a remedy helps."""
    return next(mode for mode in framework.modes if mode.name == remedy.mode)


def measure_remedy(runner: ModeRunner, remedy: DebuggingRemedy) -> RemedyCase:
    """Run the mistake without and with a remedy, and time a correct model.

    Nothing is run if the framework, or what the mode needs, is not installed.
    """
    mistake = find_mistake(remedy.mistake)
    if missing := runner.find_missing():
        not_run = runner.make_case(mistake, Detection.NOT_RUN, reason=missing)
        return RemedyCase(
            framework=runner.framework.name,
            remedy=remedy,
            without=not_run,
            helped=not_run,
            reason=missing,
        )
    request = messages.TimeRemedy(
        path=str(package_folder(runner.framework) / CORRECT),
        mode=remedy.mode,
        remedy=remedy.name,
        rounds=ROUNDS,
        seconds=BLOCK_S,
    )
    timed, reason = [], ""
    with runner.start_worker("without") as worker:
        without = runner.run_mistake(mistake, worker)
    # Another worker, because the mistake may have ended the first one.
    with runner.start_worker("helped") as worker:
        helped = runner.run_mistake(mistake, worker, remedy=remedy.name)
    try:
        for launch in range(LAUNCHES):
            with runner.start_worker(f"cost-{launch}") as worker:
                timed.append(worker.request(request, messages.RemedyTimed))
    except (CannotRunError, WorkerError) as error:
        reason = str(error)
    return RemedyCase(
        framework=runner.framework.name,
        remedy=remedy,
        without=without,
        helped=helped,
        steps_per_s=0.0 if reason else 1e9 / estimate_plain_ns(timed),
        ratio=Interval() if reason else estimate_ratio(timed),
        reason=reason,
    )


def estimate_plain_ns(timed: Sequence[messages.RemedyTimed]) -> float:
    """Return the duration of a step without the remedy, over launches."""
    return mean(hodges_lehmann(each.plain_ns[WARM_UP:]) for each in timed)


def estimate_ratio(timed: Sequence[messages.RemedyTimed]) -> Interval:
    """Return the ratio of a step with the remedy to one without, over launches."""
    return ratio_interval(
        [
            hodges_lehmann(
                [
                    log(after / before)
                    for before, after in zip(
                        each.plain_ns, each.remedied_ns, strict=True
                    )
                ][WARM_UP:]
            )
            for each in timed
        ]
    )
