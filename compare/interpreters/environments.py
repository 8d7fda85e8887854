"""Make environments with given versions of packages, and keep them.

An environment is made once for a list of requirements and an interpreter. A marker,
which is written last, states what it has. An environment without one is made again.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import sysconfig
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from compare.errors import CompareError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

MARKER = "graph-compare.json"
INSTALL_LIMIT_S = 1800.0


class InstallError(CompareError):
    """An environment cannot be made; the message is the installer's last line."""


class Made(msgspec.Struct, kw_only=True, frozen=True):
    """What an environment was made with."""

    requirements: list[str]
    base: str  # the interpreter that it was made with
    is_overlay: bool  # it finds the packages of its base as well


def make_environment(
    requirements: Sequence[str],
    *,
    folder: Path,
    is_overlay: bool = False,
    report: Callable[[str], None] = lambda _: None,
) -> Path:
    """Return the interpreter of an environment with these requirements.

    Args:
        requirements: as pip takes them, such as ``tensorflow-cpu==2.20``.
        folder: of all environments.
        is_overlay: the environment has the packages of this interpreter as well, except
            those that the requirements replace.
        report: is called with a line before a long installation.

    Raises:
        InstallError: they cannot be installed.
    """
    made = Made(
        requirements=[*requirements], base=sys.executable, is_overlay=is_overlay
    )
    digest = hashlib.sha256(msgspec.json.encode((made, sys.version))).hexdigest()
    home = folder / f"{name_of(made)}-{digest[:12]}"
    with _locked(folder, home.name):
        if not (home / MARKER).is_file():
            shutil.rmtree(home, ignore_errors=True)
            report(f"Making an environment with {requirements[0]}")
            _install(made, home)
            (home / MARKER).write_bytes(msgspec.json.encode(made))
    return home / "bin" / "python"


def list_environments(folder: Path) -> list[tuple[Path, Made]]:
    """Return the environments that were made, each with its interpreter."""
    return [
        (
            marker.parent / "bin" / "python",
            msgspec.json.decode(marker.read_bytes(), type=Made),
        )
        for marker in sorted(folder.glob(f"*/{MARKER}"))
    ]


def name_of(made: Made) -> str:
    """Return the start of an environment's name, for people who look at the folder."""
    kept = (c if c.isalnum() or c in "._-" else "_" for c in made.requirements[0])
    return "".join(kept)[:40]


def _install(made: Made, home: Path) -> None:
    python = home / "bin" / "python"
    # uv does not take packages outside an environment for installed.
    uv = None if made.is_overlay else shutil.which("uv")
    wanted = made.requirements
    if uv:
        _call([uv, "venv", "--quiet", "--python", made.base, str(home)])
        _call([uv, "pip", "install", "--quiet", "--python", str(python), *wanted])
        return
    _call([made.base, "-m", "venv", str(home)])
    if made.is_overlay:
        _add_packages_of_base(home)
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    _call([str(python), "-m", "pip", "install", *quiet, *wanted])


def _add_packages_of_base(home: Path) -> None:
    """Let an environment find the packages of this interpreter after its own."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = home / "lib" / version / "site-packages"
    paths = dict.fromkeys(sysconfig.get_path(each) for each in ("purelib", "platlib"))
    (packages / "base.pth").write_text("\n".join(paths), "utf-8")


def _call(command: list[str]) -> None:
    """Run a part of an installation.

    Raises:
        InstallError: it fails.
    """
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=INSTALL_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise InstallError(
            f"the installation did not end within {INSTALL_LIMIT_S:g} s"
        ) from error
    if done.returncode:
        raise InstallError(last_line(done.stderr or done.stdout))


def last_line(text: str) -> str:
    """Return the last line that reports an error; without one, the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return [*lines[-1:], *errors[-1:]][-1] if lines else "the installer printed nothing"


@contextmanager
def _locked(folder: Path, name: str) -> Iterator[None]:
    """Let one process at a time make an environment."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
