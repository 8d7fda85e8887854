"""Check what is installed, what is missing, and what would disturb a measurement."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare import machine
from compare.frameworks import check_need, find_missing_framework, frameworks
from compare.machine import available_cores

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCALING_GOVERNORS = {"powersave", "ondemand", "schedutil", "conservative"}
MAX_LOAD = 0.5  # per processor; timings are noisy above it


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """The state of one subject and, if there is a problem, how to fix it."""

    subject: str
    state: str
    fix: str = ""  # empty if there is no problem

    @property
    def is_ok(self) -> bool:
        """Return whether there is nothing to fix."""
        return not self.fix


def run_health_checks() -> list[HealthCheck]:
    """Return every check that matters before a run; imports no framework."""
    return [*_check_frameworks(), _check_compiler(), *_check_machine()]


def _check_frameworks() -> list[HealthCheck]:
    checks = []
    for framework in frameworks().values():
        missing = find_missing_framework(framework)
        checks.append(
            HealthCheck(
                subject=framework.name if framework.backend else framework.module,
                state="not installed; its cells will not be run"
                if missing
                else f"found; {len(framework.modes)} modes",
                fix=missing.fix if missing else "",
            )
        )
    return checks


def _check_compiler() -> HealthCheck:
    missing = check_need("C++ compiler")
    return HealthCheck(
        subject="C++ compiler",
        state=missing.problem if missing else "found",
        fix=missing.fix if missing else "",
    )


def _check_machine() -> list[HealthCheck]:
    facts = machine.machine()
    cores, load = len(available_cores()), os.getloadavg()[0]
    return [
        HealthCheck(subject="Python", state=facts["Python"]),
        HealthCheck(subject="processor", state=f"{facts['processor']}, {cores} usable"),
        HealthCheck(subject="memory", state=facts["memory"]),
        HealthCheck(subject="GPU", state=facts["GPU"]),
        *(_check_disturbance(facts, name) for name in DISTURBANCES),
        HealthCheck(
            subject="load",
            state=f"{load:.2f} over {cores} processors",
            fix="stop other programs: timings taken now would be noisy"
            if load > MAX_LOAD * cores
            else "",
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class Disturbance:
    """A setting of the machine that affects timings, and how to change it."""

    is_present: Callable[[str], bool]
    fix: str


DISTURBANCES = {
    "frequency governor": Disturbance(
        is_present=SCALING_GOVERNORS.__contains__,
        fix="set it to performance while measuring (cpupower frequency-set)",
    ),
    "turbo frequencies": Disturbance(
        is_present="on".__eq__,
        fix="turn them off while measuring: they depend on temperature and on the "
        "load of other cores",
    ),
    "threads of a core": Disturbance(
        is_present=lambda state: state not in {"one each", machine.UNKNOWN},
        fix="leave the other thread of the measured core idle, or turn SMT off",
    ),
    "processor quota": Disturbance(
        is_present=lambda state: state not in {"none", machine.UNKNOWN},
        fix="remove the container's limit: when it is used up, all work pauses",
    ),
    "processors isolated": Disturbance(
        is_present=lambda state: state in {"none", machine.UNKNOWN},
        fix="for differences below 1%, keep other work off the last processor "
        "(isolcpus, a cpuset); rounds and the control compensate for the rest",
    ),
}


def _check_disturbance(facts: Mapping[str, str], name: str) -> HealthCheck:
    state, disturbance = facts[name], DISTURBANCES[name]
    fix = disturbance.fix if disturbance.is_present(state) else ""
    return HealthCheck(subject=name, state=state, fix=fix)
