"""What is installed, what is missing, what would disturb a measurement."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from compare import machine
from compare.frameworks import frameworks, lacking
from compare.machine import available_cores

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SCALING = {"powersave", "ondemand", "schedutil", "conservative"}
BUSY = 0.5  # load per processor above which timings suffer


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing looked at: what was found and, if need be, what to do."""

    subject: str
    found: str
    remedy: str = ""

    @property
    def fine(self) -> bool:
        """Whether there is nothing to do."""
        return not self.remedy


def findings() -> list[Finding]:
    """Everything worth knowing before a run, imported frameworks not needed."""
    return [*_frameworks(), _compiler(), *_machine()]


def _frameworks() -> list[Finding]:
    found = []
    for framework in frameworks().values():
        spec = find_spec(framework.module)
        found.append(
            Finding(
                subject=framework.module,
                found=f"found; {len(framework.modes)} modes"
                if spec
                else "not installed: its cells will be not run",
                remedy="" if spec else framework.install,
            )
        )
    return found


def _compiler() -> Finding:
    reason = lacking("C++ compiler")
    state, _, remedy = reason.partition("; ")
    return Finding(
        subject="C++ compiler", found=state or "found", remedy=remedy if reason else ""
    )


def _machine() -> list[Finding]:
    facts = machine.machine()
    cores, load = len(available_cores()), os.getloadavg()[0]
    return [
        Finding(subject="Python", found=facts["Python"]),
        Finding(subject="processor", found=f"{facts['processor']}, {cores} usable"),
        Finding(subject="memory", found=facts["memory"]),
        Finding(subject="GPU", found=facts["GPU"]),
        *(_look(facts, name) for name in DISTURBING),
        Finding(
            subject="load",
            found=f"{load:.2f} over {cores} processors",
            remedy="end other work: timings taken now would be noisy"
            if load > BUSY * cores
            else "",
        ),
    ]


@dataclass(frozen=True, kw_only=True)
class Disturbance:
    """What of a machine's state moves timings, and what to do about it."""

    is_one: Callable[[str], bool]
    remedy: str


DISTURBING = {
    "frequency governor": Disturbance(
        is_one=SCALING.__contains__,
        remedy="set it to performance while measuring (cpupower frequency-set)",
    ),
    "turbo frequencies": Disturbance(
        is_one="on".__eq__,
        remedy="turn them off while measuring: they depend on heat and neighbours",
    ),
    "threads of a core": Disturbance(
        is_one=lambda found: found not in {"one each", machine.UNKNOWN},
        remedy="leave the other thread of the measured core idle, or turn SMT off",
    ),
    "processor quota": Disturbance(
        is_one=lambda found: found not in {"none", machine.UNKNOWN},
        remedy="lift the container's limit: at its end all work stops for a while",
    ),
    "processors isolated": Disturbance(
        is_one=lambda found: found in {"none", machine.UNKNOWN},
        remedy="for differences below 1%, keep other work off the last processor "
        "(isolcpus, a cpuset); rounds and the control bear what remains",
    ),
}


def _look(facts: Mapping[str, str], name: str) -> Finding:
    found, disturbance = facts[name], DISTURBING[name]
    remedy = disturbance.remedy if disturbance.is_one(found) else ""
    return Finding(subject=name, found=found, remedy=remedy)
