"""Read what another interpreter has, before a run starts any worker in it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from compare.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from compare.contract import Framework

PROBE = Path(__file__).with_name("probe.py")
OLDEST = (3, 11)  # as in pyproject.toml
WORKER_NEEDS = ("numpy", "msgspec")  # in addition to the framework
TIME_LIMIT_S = 60.0
VERSION = re.compile(r"\d+(\.\w+)*")


class Interpreter(msgspec.Struct, kw_only=True, frozen=True):
    """What an interpreter has."""

    version: str  # of Python
    number: tuple[int, int]
    executable: str
    modules: list[str]  # of those that were asked for
    distributions: dict[str, str]  # name, such as tensorflow-cpu -> version


def read_interpreter(
    path: str | Path, *, option: str, framework: Framework
) -> Interpreter:
    """Return what an interpreter has, if it can run workers of a framework.

    Args:
        path: of the interpreter, or of an environment's folder.
        option: what the user typed, for messages.
        framework: that the workers import.

    Raises:
        UsageError: it is no Python, too old, or lacks something that workers need.
    """
    python = find_python(Path(path), option=option)
    needed = (framework.module, *framework.also_needs, *WORKER_NEEDS)
    found = probe(python, modules=needed, option=option)
    if found.number < OLDEST:
        raise UsageError(
            f"{option}: expected Python {join_version(OLDEST)} or later; {python} is "
            f"Python {found.version}"
        )
    if missing := [name for name in needed if name not in found.modules]:
        distributions = dict.fromkeys([framework.module], *framework.distributions[:1])
        names = [distributions.get(name) or name for name in missing]
        raise UsageError(
            f"{option}: {python} has no {', '.join(missing)}, which workers of "
            f"{framework.base} need. Install: {python} -m pip install {' '.join(names)}"
        )
    return found


def find_python(path: Path, *, option: str) -> Path:
    """Return the interpreter that a path names: itself, or that of an environment.

    Raises:
        UsageError: it is neither.
    """
    absolute = Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - links stay: an environment's interpreter is one
    python = absolute / "bin" / "python" if absolute.is_dir() else absolute
    if not python.is_file() or not os.access(python, os.X_OK):
        raise UsageError(
            f"{option}: expected a Python interpreter or the folder of an environment; "
            f"{path} is neither"
        )
    return python


def probe(python: Path, *, modules: tuple[str, ...], option: str) -> Interpreter:
    """Return what an interpreter has; it imports no framework for that.

    Raises:
        UsageError: it is no Python.
    """
    command = [str(python), "-c", PROBE.read_text("utf-8"), *modules]
    environment = {n: v for n, v in os.environ.items() if n != "PYTHONPATH"}
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment,
            timeout=TIME_LIMIT_S,
            check=False,
        )
        return msgspec.json.decode(done.stdout, type=Interpreter)
    except (OSError, subprocess.TimeoutExpired) as error:
        reason = str(error)
    except msgspec.MsgspecError:
        lines = (done.stderr or done.stdout).strip().splitlines()
        reason = lines[-1] if lines else f"it exits with code {done.returncode}"
    raise UsageError(
        f"{option}: expected a Python interpreter; {python} does not run as one: "
        f"{reason}"
    )


def version_of(versions: Mapping[str, str], framework: Framework) -> str:
    """Return the version of a framework among distributions; empty if it is unknown."""
    return next((versions[n] for n in framework.distributions if n in versions), "")


def is_version_of(label: str, version: str) -> bool:
    """Return whether a label, such as ``2.20``, is the start of a version.

    A label that is no version is a name, which fits every version.
    """
    if not VERSION.fullmatch(label) or not version:
        return True
    return starts_version(label, version)


def starts_version(text: str, version: str) -> bool:
    """Return whether a text, such as ``2.20``, is the start of a version or all of it.

    The build of a version, such as ``+cpu``, may be left out.
    """
    return version == text or version.startswith((f"{text}.", f"{text}+"))


def join_version(number: tuple[int, ...]) -> str:
    """Return a version as text."""
    return ".".join(map(str, number))
