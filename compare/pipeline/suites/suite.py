"""Read and check a suite: a built-in one, or a user's TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from compare import workloads
from compare.errors import DataError, UsageError, unknown_name
from compare.files import read_file
from compare.pipeline.suites import BUILT_IN, read_built_in
from compare.runs.ranges import (
    RANGES,
    Range,
    require_different,
    require_in_range,
    require_one_of,
    require_variant,
)
from compare.runs.record import WorkloadRequest  # noqa: TC001 - msgspec reads it

# By key of a suite. A suite needs two launches and two rounds to estimate a spread.
SUITE_RANGES = {
    "launches": RANGES["launches"]._replace(low=2),
    "repeats": RANGES["repeats"],
    "rounds": RANGES["rounds"]._replace(low=2),
    "trajectory_steps": RANGES["trajectory_steps"],
    "block_ms": Range(*(1e3 * bound for bound in RANGES["block_s"])),
    "time_limit_s": RANGES["time_limit_s"],
}

GRID_SIZES = 2


class Suite(msgspec.Struct, kw_only=True, frozen=True):
    """A suite that was read and checked. The keys of its file are these fields.

    Raises:
        ValueError: a value is outside its range. msgspec turns it into a
            ValidationError that names the key.
    """

    workload: list[WorkloadRequest]
    launches: int = 3
    repeats: int = 3  # of disturbed launches, at most
    rounds: int = 18
    block_ms: float = 20.0
    trajectory_steps: int = 20
    time_limit_s: float = 300.0
    every_mode: bool = True  # by default; if false, those of the quick suite
    cold_starts: bool = True  # measure modes that need a compiler without its cache
    repeats_steps: bool = True  # in other processes
    variants: list[str] = []  # by default, in place of `every_mode`
    # label of a workload -> each of two sizes -> its values; every combination is run
    sweeps: dict[str, dict[str, list[int | float]]] = {}

    def __post_init__(self) -> None:
        """Check the ranges of all values."""
        for key, allowed in SUITE_RANGES.items():
            require_in_range(key, getattr(self, key), allowed=allowed)
        labels = [request.label for request in self.workload]
        if not labels:
            raise ValueError("expected at least one [[workload]]; received none")
        require_different("label for each [[workload]]", labels)
        for variant in self.variants:
            require_variant("variants", variant)
        for label, sizes in self.sweeps.items():
            require_one_of("sweeps", label, labels)
            if len(sizes) != GRID_SIZES or not all(map(_has_several, sizes.values())):
                raise ValueError(
                    f"sweeps: {label}: expected two sizes with two or more different "
                    f"values each; received {sizes}"
                )


def _has_several(values: list[int | float]) -> bool:
    return len(set(values)) == len(values) > 1


def load_suite(name: str) -> Suite:
    """Return the suite of this name, or the one in the file at this path.

    Raises:
        UsageError: there is no such suite, or it has an unknown key or workload.
        DataError: the file cannot be read, is not TOML, or a value is invalid.
    """
    try:
        table = tomllib.loads(_read_text(name))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"suite {name}: not readable as TOML: {error}") from error
    for key in table:
        if key not in Suite.__struct_fields__:
            raise unknown_name(f"suite {name}", key, expected=Suite.__struct_fields__)
    entries = table.get("workload", [])
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise DataError(
            f"suite {name}: expected [[workload]] tables; received workload = {entries}"
        )
    table["workload"] = [_workload_request(entry, suite=name) for entry in entries]
    try:
        return msgspec.convert(table, Suite)
    except msgspec.ValidationError as error:
        raise DataError(f"suite {name}: {error}") from error


def _workload_request(entry: dict[str, Any], *, suite: str) -> dict[str, Any]:
    """Separate ``name`` and ``label`` from the keys that configure the workload."""
    config = dict(entry)
    name = config.pop("name", None)
    if not isinstance(name, str):
        raise DataError(
            f"suite {suite}: expected a name in each [[workload]]; received one that "
            "has no name"
        )
    label = config.pop("label", name)
    try:
        workloads.build(name, config)
    except UsageError as error:
        raise UsageError(f"suite {suite}: {error}") from error
    return {"label": label, "name": name, "config": config}


def _read_text(name: str) -> str:
    if name in BUILT_IN:
        return read_built_in(name)
    path = Path(name)
    if not path.exists():
        raise unknown_name(
            "suite", name, expected=(*BUILT_IN, "a path to a .toml file")
        )
    try:
        return read_file(path).decode()
    except OSError as error:
        raise DataError(f"suite {name}: cannot be read: {error.strerror}") from error
