"""Build the sdist and the wheel, and check what they contain: ``make dist`` runs it.

The release notes are written next to them.

python -m tests.checks.distribution FOLDER
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
from email import message_from_bytes
from fnmatch import fnmatch
from pathlib import Path
from zipfile import ZipFile

from compare import __version__
from tests.checks.release_notes import FILE, NoSectionError, make_release_notes

ROOT = Path(__file__).parents[2]
PACKAGES = ("compare", "impl_*")
# What a user of the wheel needs, next to the packages' own files.
EXPECTED = (
    *("*/METADATA", "*/RECORD", "*/WHEEL", "*/entry_points.txt", "*/LICENSE"),
    "compare/schemas/*.schema.json",
)


def build(folder: Path) -> tuple[Path, Path]:
    """Build into a folder; return the sdist and the wheel made from it."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


def list_tracked() -> set[str]:
    """Return the tracked files of the packages."""
    command = ["git", "ls-files", "-z", *PACKAGES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {name for name in done.stdout.split("\0") if name}


def find_problems(*, tracked: set[str], wheel: Path, sdist: Path) -> list[str]:
    """Return what is wrong with the distributions, one sentence each."""
    with ZipFile(wheel) as archive:
        inside = set(archive.namelist())
        (metadata,) = (name for name in inside if name.endswith(".dist-info/METADATA"))
        facts = message_from_bytes(archive.read(metadata))
    with tarfile.open(sdist) as archive:
        of_sdist = {name.partition("/")[2] for name in archive.getnames()}
    packages = {name.partition("/")[0] for name in tracked}
    own = {name for name in inside if ".dist-info/" not in name}
    return [
        *(f"the wheel lacks {name}" for name in sorted(tracked - own)),
        *(f"the wheel has {name}, not tracked" for name in sorted(own - tracked)),
        *(f"the sdist lacks {name}" for name in sorted(tracked - of_sdist)),
        *(
            f"{package} has no py.typed"
            for package in sorted(packages)
            if f"{package}/py.typed" not in own
        ),
        *(
            f"the wheel lacks {pattern}"
            for pattern in EXPECTED
            if not any(fnmatch(name, pattern) for name in inside)
        ),
        *(
            f"the wheel has version {facts['Version']}, the package {version}"
            for version in [__version__]
            if facts["Version"] != version
        ),
    ]


def main() -> int:
    """Build, write the release notes, and print every problem."""
    folder, changelog = Path(sys.argv[1]), ROOT / "CHANGELOG.md"
    try:
        notes = make_release_notes(changelog.read_text("utf-8"), __version__)
    except NoSectionError as error:
        print(error)
        return 1
    sdist, wheel = build(folder)
    (folder / FILE).write_text(notes, "utf-8")
    problems = find_problems(tracked=list_tracked(), wheel=wheel, sdist=sdist)
    print("\n".join(problems) or f"{wheel.name}: {wheel.stat().st_size / 1e6:.1f} MB")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
