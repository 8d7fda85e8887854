"""Mapping files: which parameter of the second model is which of the first one.

A file has one line per parameter, and the orders of axes of inputs and outputs::

    [parameters]
    "dense.kernel" = { to = "fc1.weight", axes = [1, 0] }
    [inputs]
    "0" = { axes = [0, 2, 3, 1] }
"""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

from compare.errors import DataError
from compare.files import read_file
from compare.workloads.target import Placement

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from compare.targets.matching import Axes

SECTIONS = ("parameters", "inputs", "outputs")
EXAMPLE = '"their.name" = { to = "our.name", axes = [1, 0] }'


def format_mapping(placement: Placement, *, first: str, second: str) -> str:
    """Return the text of a mapping file."""
    lines = [
        f"# The parameters of {second}, as those of {first} with permuted axes.",
        "[parameters]",
    ]
    for name, (to, axes) in placement.parameters.items():
        entry = f"to = {json.dumps(to, ensure_ascii=False)}" + (
            f", axes = {list(axes)}" if axes else ""
        )
        lines.append(f"{json.dumps(name, ensure_ascii=False)} = {{ {entry} }}")
    for section, every in (
        ("inputs", placement.inputs),
        ("outputs", placement.outputs),
    ):
        lines += ["", f"[{section}]"]
        lines += [
            f'"{number}" = {{ axes = {list(axes)} }}'
            for number, axes in enumerate(every)
            if axes
        ]
    return "\n".join(lines) + "\n"


def read_mapping(path: Path) -> Placement:
    """Return the placement of a mapping file.

    Raises:
        DataError: it cannot be read, is not TOML, or has other entries.
    """
    try:
        document = tomllib.loads(read_file(path).decode())
    except (OSError, ValueError) as error:
        raise DataError(f"--mapping {path}: expected a TOML file; {error}") from error
    for section, entries in document.items():
        if section not in SECTIONS or not isinstance(entries, dict):
            raise DataError(
                f"--mapping {path}: expected the sections [parameters], [inputs] and "
                f"[outputs]; received {section}"
            )
    parameters = {}
    for name, entry in document.get("parameters", {}).items():
        _require_entry(path, name, entry, keys={"to", "axes"})
        if not isinstance(entry.get("to"), str):
            raise DataError(f'--mapping {path}: "{name}": expected {EXAMPLE}')
        parameters[name] = (entry["to"], tuple(entry.get("axes", ())))
    return Placement(
        parameters=parameters,
        inputs=_read_arrays(path, document.get("inputs", {})),
        outputs=_read_arrays(path, document.get("outputs", {})),
    )


def _read_arrays(path: Path, entries: Mapping[str, Any]) -> tuple[Axes, ...]:
    found: dict[int, Axes] = {}
    for name, entry in entries.items():
        _require_entry(path, name, entry, keys={"axes"})
        if not name.isdecimal() or int(name) > len(entries) + 64:
            raise DataError(
                f"--mapping {path}: expected the number of an input or output, such as "
                f'"0"; received "{name}"'
            )
        found[int(name)] = tuple(entry.get("axes", ()))
    return tuple(found.get(number, ()) for number in range(max(found, default=-1) + 1))


def _require_entry(path: Path, name: str, entry: object, *, keys: set[str]) -> None:
    """Raise unless an entry is a table with these keys, and its axes are a permutation.

    Raises:
        DataError: it is not.
    """
    if not isinstance(entry, dict) or not set(entry) <= keys:
        raise DataError(
            f'--mapping {path}: "{name}": expected {EXAMPLE}; received {entry}'
        )
    axes = entry.get("axes", [])
    is_numbers = isinstance(axes, list) and all(type(axis) is int for axis in axes)
    if not is_numbers or sorted(axes) != list(range(len(axes))):
        raise DataError(
            f'--mapping {path}: "{name}": expected axes such as [1, 0], each number '
            f"once; received {axes}"
        )
