"""What a run does, as TOML: ``quick``, ``full``, or a file of the user's."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from math import isfinite
from pathlib import Path
from typing import Any

import msgspec

from compare import workloads
from compare.errors import DataError, UsageError, unknown_name
from compare.runs.record import WorkloadRequest  # noqa: TC001 - msgspec reads it

BUILT_IN = ("quick", "full")
LABEL = re.compile(r"\w[\w.-]*")  # a label names files too


class Suite(msgspec.Struct, kw_only=True, frozen=True):
    """A suite read and checked; the keys of its file are these fields.

    Raises:
        DataError: a key has the wrong type or lies outside its range.
    """

    workload: list[WorkloadRequest]
    launches: int = 3
    rounds: int = 18
    block_ms: float = 20.0
    trajectory_steps: int = 20
    time_limit_s: float = 300.0

    def __post_init__(self) -> None:
        """Refuse what no run can do."""
        least = {"launches": 2, "rounds": 2, "trajectory_steps": 1}
        for key, bound in least.items():
            if getattr(self, key) < bound:
                raise ValueError(f"{key}: expected at least {bound}")
        for key in ("block_ms", "time_limit_s"):
            received = getattr(self, key)
            if not (isfinite(received) and received > 0):
                raise ValueError(f"{key}: expected a number above 0")
        labels = [request.label for request in self.workload]
        if not labels:
            raise ValueError("expected at least one [[workload]]")
        if wrong := [each for each in labels if not LABEL.fullmatch(each)]:
            raise ValueError(
                f'label: expected letters, digits, ".", "_", "-"; received {wrong[0]!r}'
            )
        if len(set(labels)) < len(labels):
            raise ValueError(
                "expected a different label for each [[workload]]; "
                f"received {', '.join(labels)}"
            )


def load_suite(name: str) -> Suite:
    """The suite of this name, or in the file at this path.

    Raises:
        UsageError: no such suite, or an unknown key or workload in it.
        DataError: its file is unreadable, no TOML, or a value is not as expected.
    """
    try:
        table = tomllib.loads(_text(name))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"suite {name}: not readable as TOML: {error}") from error
    for key in table:
        if key not in Suite.__struct_fields__:
            raise unknown_name(f"suite {name}", key, expected=Suite.__struct_fields__)
    entries = table.get("workload", [])
    if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
        raise DataError(f"suite {name}: expected [[workload]] tables")
    table["workload"] = [_workload_request(entry, suite=name) for entry in entries]
    try:
        return msgspec.convert(table, Suite)
    except msgspec.ValidationError as error:
        raise DataError(f"suite {name}: {error}") from error


def _workload_request(entry: dict[str, Any], *, suite: str) -> dict[str, Any]:
    """``name`` and ``label`` apart; every other key configures the workload."""
    config = dict(entry)
    name = config.pop("name", None)
    if not isinstance(name, str):
        raise DataError(f"suite {suite}: a [[workload]] has no name")
    label = config.pop("label", name)
    try:
        workloads.build(name, config)
    except UsageError as error:
        raise UsageError(f"suite {suite}: {error}") from error
    return {"label": label, "name": name, "config": config}


def _text(name: str) -> str:
    if name in BUILT_IN:
        return files(__name__).joinpath(f"{name}.toml").read_text("utf-8")
    path = Path(name)
    if not path.exists():
        raise unknown_name(
            "suite", name, expected=(*BUILT_IN, "a path to a .toml file")
        )
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise DataError(f"suite {name}: cannot be read: {error.strerror}") from error
