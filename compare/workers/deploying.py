"""Inputs and expected outputs of exported models, and what their nodes compute.

Used in workers; `read_nodes` is for the parent.
"""

from __future__ import annotations

from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from compare.contract import NodeValue
from compare.numerics.arrays import load_arrays, save_arrays
from compare.runners.serving import REASON_CHARACTERS
from compare.wording import shorten
from compare.workers import evaluating, messages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from warnings import WarningMessage

    from compare.contract import (
        Array,
        Batch,
        ExportingModule,
        RoundingModule,
        Session,
    )

EXPECTED = "expected.npz"
ROWS = "inputs"  # the array of a built-in workload's batch with one row per sample


class NodeRecord(msgspec.Struct, kw_only=True):
    """A `NodeValue` without its array, which is in another file."""

    name: str
    operation: str
    inputs: list[str]
    place: str
    outputs: list[int]


def save_cases(
    batch: Batch, session: Session, *, own: ExportingModule, folders: Sequence[Path]
) -> list[Path]:
    """Save the inputs of a whole batch, and of half of it; return their folders."""
    found = []
    for case, folder in zip(make_cases(batch), folders, strict=False):
        folder.mkdir(parents=True, exist_ok=True)
        model = session.deployed(session.place(case))
        for number, array in enumerate(own.read_inputs(model)):
            np.save(folder / f"input_{number}.npy", np.ascontiguousarray(array))
        found.append(folder)
    return found


def make_cases(batch: Batch) -> list[Batch]:
    """Return a batch, and its first half unless it has one row only."""
    first = batch[ROWS] if ROWS in batch else next(iter(batch.values()))
    rows = len(first) if first.ndim else 1
    if rows < 2:  # noqa: PLR2004 - cannot be halved
        return [batch]

    def halve(name: str, array: Array) -> Array:
        is_whole = ROWS in batch and name not in {ROWS, "targets"}
        has_rows = array.ndim and len(array) == rows and not is_whole
        return array[: rows // 2] if has_rows else array

    return [batch, {name: halve(name, array) for name, array in batch.items()}]


def expect_cases(
    batch: Batch,
    session: Session,
    request: messages.ExpectCases,
    *,
    own: ExportingModule,
    rounding: RoundingModule,
) -> messages.CasesExpected:
    """Save the outputs of each case; return how far rounding moves them in trials."""
    deviations = []
    for case, folder in zip(make_cases(batch), request.folders, strict=False):
        model = session.deployed(session.place(case))
        with rounding.drawing(dtype=request.dtype):
            plain = own.run(model)
        named = {str(number): array for number, array in enumerate(plain)}
        save_arrays(Path(folder) / EXPECTED, named)
        simulate = partial(evaluating.simulate, rounding, dtype=request.dtype)
        moved = [0.0] * len(plain)
        for seed in range(request.trials):
            with simulate(seed=seed):
                trial = own.run(model)
            each = map(evaluating.largest_deviation, trial, plain)
            moved = list(map(max, moved, each))
        deviations.append(moved)
    return messages.CasesExpected(deviations=deviations)


def choose_arithmetic(
    request: messages.TraceModel, *, rounding: RoundingModule
) -> AbstractContextManager[None]:
    """Return the context in which operations are traced."""
    if request.seed is None:
        return rounding.drawing(dtype=request.dtype)
    return evaluating.simulate(rounding, dtype=request.dtype, seed=request.seed)


def describe_refusal(error: Exception) -> str:
    """Return an exporter's reason: the type and the first informative line."""
    lines = [line.strip() for line in str(error).splitlines()]
    first = next((line for line in lines if line and not line.endswith(":")), "")
    kind = type(error).__name__
    message = first.removeprefix(f"{kind}: ")
    return shorten(f"{kind}: {message}", limit=REASON_CHARACTERS)


def list_warnings(warned: Sequence[WarningMessage]) -> list[str]:
    """Return the warnings about a model's own code, each with its file and line.

    Such as those of a tracer about a branch on a tensor: the file holds one side of it.
    """
    found = {}
    for each in warned:
        path = Path(each.filename)
        if "site-packages" not in path.parts:
            message = " ".join(str(each.message).split())
            text = f"{path.name}:{each.lineno}: {message}"
            found[text] = shorten(text, limit=REASON_CHARACTERS)
    return list(found.values())


def save_nodes(path: Path, nodes: Sequence[NodeValue]) -> None:
    """Save nodes as JSON, and their results next to it."""
    records = [
        NodeRecord(
            name=node.name,
            operation=node.operation,
            inputs=list(node.inputs),
            place=node.place,
            outputs=list(node.outputs),
        )
        for node in nodes
    ]
    path.write_bytes(msgspec.json.encode(records))
    numbered = zip(count(), nodes, strict=False)
    save_arrays(
        path.with_suffix(".npz"),
        {str(n): node.value for n, node in numbered if node.value is not None},
    )


def read_nodes(path: Path) -> list[NodeValue]:
    """Return the nodes that `save_nodes` has saved."""
    records = msgspec.json.decode(path.read_bytes(), type=list[NodeRecord])
    values = load_arrays(path.with_suffix(".npz"))
    return [
        NodeValue(
            name=record.name,
            operation=record.operation,
            inputs=tuple(record.inputs),
            value=values.get(str(number)),
            place=record.place,
            outputs=tuple(record.outputs),
        )
        for number, record in enumerate(records)
    ]
