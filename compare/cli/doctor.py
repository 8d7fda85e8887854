"""Check what is installed, what is missing, and what would disturb a measurement."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compare import __version__, machine, workloads
from compare.errors import CompareError
from compare.frameworks import (
    check_need,
    find_missing_framework,
    find_plugins,
    frameworks,
)
from compare.interpreters.environments import list_environments
from compare.interpreters.interpreter import probe
from compare.machine import available_cores
from compare.pipeline.compile_cache import find_cache_folder
from compare.pipeline.installations import ENVIRONMENTS
from compare.plugins import OWN
from compare.wording import format_count, join_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from compare.contract import Framework
    from compare.interpreters.environments import Made
    from compare.plugins import PluginError

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
    return [
        *_check_frameworks(),
        *_check_workloads(),
        *_list_interpreters(),
        _check_compiler(),
        *_check_machine(),
    ]


def _check_frameworks() -> list[HealthCheck]:
    """Check every framework, its package and the distribution that it comes from."""
    checks, found = [], find_plugins()
    for framework in frameworks().values():
        missing = find_missing_framework(framework)
        modes = format_count(len(framework.modes), "mode")
        origin = found.origins[framework.name]
        version = f" {__version__}" if origin == OWN else ""
        package = f"{framework.package} of {origin}{version}"
        checks.append(
            HealthCheck(
                subject=framework.name if framework.backend else framework.module,
                state=f"not installed; its cells will not be run; {package}"
                if missing
                else f"found; {modes} in {package}",
                fix=missing.fix if missing else "",
            )
        )
        if found.origins[framework.name] != OWN and missing is None:
            checks += _check_declaration(framework)
    return [*checks, *map(_describe_refusal, found.refused)]


def _check_declaration(framework: Framework) -> list[HealthCheck]:
    """Check that importing a package imports no framework, in a new interpreter."""
    code = (
        f"import sys, {framework.package}; print({framework.module!r} in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    if done.stdout.split()[-1:] != ["True"]:
        return []
    return [
        HealthCheck(
            subject=framework.package,
            state=f"its __init__.py imports {framework.module}, so every worker does",
            fix="import it in the modules session, runtime and models only",
        )
    ]


def _check_workloads() -> list[HealthCheck]:
    """Check the workloads of other distributions."""
    origins, refused = workloads.load_plugins()
    usable = [
        HealthCheck(subject=name, state=f"workload of {origin}")
        for name, origin in origins.items()
    ]
    return [*usable, *map(_describe_refusal, refused)]


def _describe_refusal(error: PluginError) -> HealthCheck:
    return HealthCheck(subject="left out", state=error.problem, fix=error.fix)


def _list_interpreters() -> list[HealthCheck]:
    """Return the environments that --with and bisect made, and what is in each."""
    try:
        folder = find_cache_folder(ENVIRONMENTS)
    except CompareError as error:
        return [HealthCheck(subject="interpreters", state="none", fix=str(error))]
    made = list_environments(folder)
    return [_check_interpreter(python, of_one) for python, of_one in made]


def _check_interpreter(python: Path, made: Made) -> HealthCheck:
    packages = join_words(made.requirements, conjunction="and")
    if made.is_overlay:
        packages += ", above the packages of this interpreter"
    try:  # its base may have been removed since
        version = probe(python, modules=(), option="interpreter").version
    except CompareError as error:
        fix = f"remove {python.parents[1]}; it is made again when it is needed"
        return HealthCheck(subject="interpreter", state=str(error), fix=fix)
    state = f"Python {version} with {packages}: {python}"
    return HealthCheck(subject="interpreter", state=state)


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
