"""Compile the C++ runners of a framework against the libraries inside its package."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from compare.errors import CompareError
from compare.frameworks import (
    check_need,
    find_missing_framework,
    find_missing_module,
    name_compiler,
    package_folder,
)

if TYPE_CHECKING:
    from compare.contract import Framework, Runner

COMPILER = ("-O2", "-std=c++20", f"-I{Path(__file__).parent}")
BUILD_LIMIT_S = 300.0
MESSAGE_LINES = 3  # of the compiler's errors


class RunnerError(CompareError):
    """A runner cannot be built or started, or it failed. The message has the remedy."""


def prepare_runner(runner: Runner, framework: Framework, *, cache: Path) -> list[str]:
    """Return the command that starts a runner; compile it unless that is done.

    Args:
        runner: a program of the framework, or of all frameworks.
        framework: whose libraries it is compiled against.
        cache: folder for compiled programs.

    Raises:
        RunnerError: something that it needs is missing, or it does not compile.
    """
    if runner.needs_python:
        missing = find_missing_module(
            runner.module or framework.module,
            install=runner.install or framework.install,
        )
        if missing is not None:
            raise RunnerError(str(missing))
        return [sys.executable, "-m", runner.program]
    return [str(_build(runner, framework, cache=cache))]


def _build(runner: Runner, framework: Framework, *, cache: Path) -> Path:
    if missing := find_missing_framework(framework) or check_need("C++ compiler"):
        raise RunnerError(str(missing))
    spec = find_spec(framework.module)
    assert spec is not None
    assert spec.origin is not None
    module = Path(spec.origin).parent
    source = package_folder(framework) / runner.program
    command = [
        name_compiler(),
        *COMPILER,
        str(source),
        *(option.format(module=module) for option in runner.options),
    ]
    target = cache / "runners" / _identify(command, source=source, module=module)
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(f".{os.getpid()}")
    _compile([*command, "-o", str(partial)])
    partial.rename(target)  # at once: another process may build it too
    return target


def _compile(command: list[str]) -> None:
    """Run the compiler.

    Raises:
        RunnerError: it failed.
    """
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=BUILD_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise RunnerError(
            f"{command[0]} did not end within {BUILD_LIMIT_S:g} s"
        ) from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if "error" in line]
        message = "; ".join((lines or done.stderr.splitlines())[:MESSAGE_LINES])
        raise RunnerError(
            f"the runner does not compile: {message}. The framework's package may lack "
            "its headers; install an official wheel"
        )


def _identify(command: list[str], *, source: Path, module: Path) -> str:
    """Return a name that changes with everything that the program is made of."""
    digest = hashlib.sha256(" ".join(command).encode())
    for path in sorted([source, *source.parent.glob("*.hpp")]):
        digest.update(path.read_bytes())
    for path in sorted(Path(__file__).parent.glob("*.hpp")):
        digest.update(path.read_bytes())
    for path in sorted(module.parent.glob(f"{module.name}*.dist-info")):
        digest.update(path.name.encode())  # it has the version
    return f"{source.stem}-{digest.hexdigest()[:16]}"
