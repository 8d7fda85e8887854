"""What is mutated: the parts, their files, and how their mutants are judged."""

from __future__ import annotations

from enum import StrEnum

from tests.mutation.mutant import ROOT

PACKAGES = ("impl_torch", "impl_tf")
FOLDERS = {
    "numerics": ("compare/numerics",),
    "agreement": ("compare/agreement", "compare/reference"),
}
MODULES = ("step", "optimizers", "modes", "layout", "session")


class Part(StrEnum):
    """A part of the project whose mutants are judged together."""

    NUMERICS = "numerics"
    AGREEMENT = "agreement"
    TORCH = "impl_torch"
    TENSORFLOW = "impl_tf"


def files_of(part: Part) -> list[str]:
    """Return the mutated files of a part, relative to the root of the project."""
    if part in PACKAGES:
        models = _list_files(f"{part}/models")
        return [*models, *(f"{part}/{name}.py" for name in MODULES)]
    return [file for folder in FOLDERS[part] for file in _list_files(folder)]


def _list_files(folder: str) -> list[str]:
    return sorted(
        path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*.py")
    )
