"""Other interpreters with a framework, made of links: nothing is installed."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

WORKER_NEEDS = ("numpy", "msgspec")


def make_interpreter(folder, distribution, *, startup="", without=()):
    """Return an interpreter with a distribution and what a worker needs.

    Args:
        folder: of the environment; it does not exist yet.
        distribution: its name; empty for none.
        startup: source text that the interpreter executes when it starts.
        without: distributions that are left out.
    """
    command = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(command, check=True)
    packages = next((folder / "lib").glob("python*/site-packages"))
    wanted = {*list_required(distribution), *WORKER_NEEDS}
    for name in sorted(wanted - {*without}):
        for path in list_entries(name):
            if not (packages / path.name).exists():
                (packages / path.name).symlink_to(path)
    if startup:
        (packages / "startup.py").write_text(startup)
        (packages / "startup.pth").write_text("import startup\n")
    return folder / "bin" / "python"


def list_required(name):
    """Return a distribution and those that it requires here, by normalized name."""
    found, left = set(), [name] if name else []
    while left:
        one = left.pop().lower().replace("_", "-")
        try:
            requires = metadata.requires(one) or []
        except metadata.PackageNotFoundError:  # not needed on this platform
            continue
        if one not in found:
            found.add(one)
            parsed = map(Requirement, requires)
            left += [r.name for r in parsed if not r.marker or r.marker.evaluate()]
    return found


def list_entries(name):
    """Return the files and folders of a distribution in its folder of packages."""
    distribution = metadata.distribution(name)
    tops = {file.parts[0] for file in distribution.files or () if file.parts[0] != ".."}
    home = Path(distribution.locate_file(""))
    return [home / top for top in sorted(tops - {"__pycache__"})]
