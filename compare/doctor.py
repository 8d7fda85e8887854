"""What is installed, what is missing, what would disturb a measurement."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec

from compare import environment
from compare.frameworks import frameworks, lacking
from compare.launcher import available_cores

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
    facts = environment.machine()
    cores, load = len(available_cores()), os.getloadavg()[0]
    governor = facts["frequency governor"]
    return [
        Finding(subject="Python", found=facts["Python"]),
        Finding(subject="processor", found=f"{facts['processor']}, {cores} usable"),
        Finding(subject="memory", found=facts["memory"]),
        Finding(subject="GPU", found=facts["GPU"]),
        Finding(
            subject="frequency governor",
            found=governor,
            remedy="set it to performance while measuring"
            if governor in {"powersave", "ondemand", "schedutil", "conservative"}
            else "",
        ),
        Finding(
            subject="load",
            found=f"{load:.2f} over {cores} processors",
            remedy="end other work: timings taken now would be noisy"
            if load > BUSY * cores
            else "",
        ),
    ]
