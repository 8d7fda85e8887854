"""Pack the expected results of a workload into one set of arrays, and unpack them."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isinf, isnan
from typing import TYPE_CHECKING

import msgspec

from compare.numerics.arrays import load_arrays, save_arrays
from compare.reference.expectation import Expected
from compare.runs.words import Check, Inputs  # noqa: TC001 - msgspec reads them

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from compare.contract import Array, Arrays

# JSON has no infinity: a tolerance without a limit is None.
Bounds = dict[str, float | None]


class PackedExpected(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An `Expected` with the names of its files instead of their paths."""

    check: Check
    step: int
    inputs: Inputs
    state: str
    arrays: str
    tolerance: Bounds
    floor: Bounds
    restarts: dict[int, str]


@dataclass(frozen=True, kw_only=True)
class Packed:
    """Expected results without files."""

    expected: list[PackedExpected]
    arrays: Arrays  # ``FILE/NAME`` -> array


def pack(expected: Sequence[Expected]) -> Packed | None:
    """Return expected results with the contents of their files.

    None if a bound is NaN, which JSON cannot represent.
    """
    bounds = [b for each in expected for b in (each.tolerance, each.floor)]
    if any(isnan(value) for each in bounds for value in each.values()):
        return None
    files = dict.fromkeys(path for each in expected for path in _list_files(each))
    return Packed(
        expected=[
            PackedExpected(
                check=each.check,
                step=each.step,
                inputs=each.inputs,
                state=each.state.stem,
                arrays=each.arrays.stem,
                tolerance=_pack_bounds(each.tolerance),
                floor=_pack_bounds(each.floor),
                restarts={step: path.stem for step, path in each.restarts.items()},
            )
            for each in expected
        ],
        arrays={
            f"{path.stem}/{name}": array
            for path in files
            for name, array in load_arrays(path).items()
        },
    )


def unpack(packed: Packed, *, folder: Path) -> list[Expected]:
    """Return expected results with their files in a folder."""
    files: dict[str, dict[str, Array]] = {}
    for name, array in packed.arrays.items():
        file, _, quantity = name.partition("/")
        files.setdefault(file, {})[quantity] = array
    folder.mkdir(parents=True, exist_ok=True)
    paths = {file: folder / f"{file}.npz" for file in files}
    for file, arrays in files.items():
        save_arrays(paths[file], arrays)
    return [
        Expected(
            check=each.check,
            step=each.step,
            inputs=each.inputs,
            state=paths[each.state],
            arrays=paths[each.arrays],
            tolerance=_unpack_bounds(each.tolerance),
            floor=_unpack_bounds(each.floor),
            restarts={step: paths[file] for step, file in each.restarts.items()},
        )
        for each in packed.expected
    ]


def _list_files(expected: Expected) -> list[Path]:
    return [expected.state, expected.arrays, *expected.restarts.values()]


def _pack_bounds(bounds: Mapping[str, float]) -> Bounds:
    return {name: None if isinf(value) else value for name, value in bounds.items()}


def _unpack_bounds(bounds: Bounds) -> dict[str, float]:
    return {name: inf if value is None else value for name, value in bounds.items()}
