"""Read the workload of a user's folder, in a worker: its data, loss and optimizer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.contract import Optimizer
from compare.targets.loading import Stage, TargetError, at_stage, load_named
from compare.workloads.target import INPUT, TARGET, ArraySpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from compare.contract import Array, Arrays, TargetsModule
    from compare.workloads.target import Source

MAX_BATCHES = 48  # that are staged; then they are repeated
FORM = "see graph-compare new --help for folders in the expected form"


@dataclass(frozen=True, kw_only=True)
class FolderFacts:
    """What a folder's workload defines."""

    sizes: Mapping[str, Any]
    loss: str
    optimizer: Optimizer
    inputs: list[ArraySpec]
    targets: list[ArraySpec]
    flops_per_step: float
    parameters: Arrays  # empty if the folder defines none
    has_reference: bool
    batches: Arrays  # key: EPOCH.NUMBER.NAME


def read_workload(source: Source, *, seed: int, losses: Sequence[str]) -> FolderFacts:
    """Import and build a folder's workload, and collect its batches.

    Args:
        source: of the class; its arguments are the fields that the user changed.
        seed: passed to the class if it has this field.
        losses: of the framework.

    Raises:
        TargetError: the workload cannot be used.
    """
    made = build_workload(source, seed=seed)
    with at_stage(Stage.WORKLOAD, advice=FORM):
        epochs = collect_batches(made)
        parameters = {}
        if hasattr(made, "parameters"):
            given = made.parameters("float64")
            parameters = {str(n): np.asarray(a, float) for n, a in given.items()}
        facts = FolderFacts(
            sizes=dict(made.sizes),
            loss=str(made.loss),
            optimizer=made.optimizer,
            inputs=describe_arrays(epochs, part=INPUT),
            targets=describe_arrays(epochs, part=TARGET),
            flops_per_step=float(getattr(made, "flops_per_step", 0.0)),
            parameters=parameters,
            has_reference=hasattr(made, "reference"),
            batches={
                f"{epoch}.{number}.{key}": array
                for epoch, batches in enumerate(epochs)
                for number, batch in enumerate(batches)
                for key, array in batch.items()
            },
        )
    if facts.loss not in losses:
        raise other_form(
            f'the loss "{facts.loss}"', expected=f"one of {', '.join(losses)}"
        )
    chosen: object = facts.optimizer
    if not isinstance(chosen, Optimizer):
        kind = type(chosen).__name__
        raise other_form(
            f"{kind} as optimizer", expected="a compare.contract.Optimizer"
        )
    return facts


def build_workload(source: Source, *, seed: int) -> Any:  # noqa: ANN401 - the user's
    """Return the workload of a folder, with the fields that the user changed.

    Raises:
        TargetError: the import or the call fails.
    """
    made = load_named(source)
    arguments = dict(source.arguments)
    if "seed" in getattr(made, "__dataclass_fields__", ()):
        arguments.setdefault("seed", seed)
    with at_stage(Stage.WORKLOAD, advice=FORM):
        return made(**arguments)


def collect_batches(workload: Any) -> list[list[Arrays]]:  # noqa: ANN401
    """Return the batches of one epoch after another, until they repeat.

    Raises:
        TargetError: an epoch has no batch, or a batch no inputs or targets.
    """
    epochs: list[list[Arrays]] = []
    left = MAX_BATCHES
    while left > 0:
        every = workload.batches("float64", epoch=len(epochs))
        batches = [split_batch(batch) for batch in islice(every, left)]
        if not batches:
            raise other_form("an epoch without a batch", expected="at least one")
        if epochs and repeats(batches, epochs[-1]):
            break
        epochs.append(batches)
        left -= len(batches)
    return epochs


def split_batch(batch: Mapping[str, Any]) -> Arrays:
    """Return a batch with the keys ``inputs.0``, ``targets.0``, in their order.

    Keys that start with ``targets`` are what the loss takes; the others are inputs.

    Raises:
        TargetError: there are no inputs or no targets.
    """
    return {
        name: convert(np.asarray(batch[key]))
        for name, key in name_arrays(batch).items()
    }


def name_arrays(batch: Mapping[str, Any]) -> dict[str, str]:
    """Return the user's key of each staged array, in the order of the arrays.

    Raises:
        TargetError: it is no dictionary, or there are no inputs or no targets.
    """
    if not isinstance(batch, Mapping):
        raise other_form(
            f"{type(batch).__name__} as a batch", expected="a dictionary of arrays"
        )
    parts: dict[str, list[str]] = {INPUT: [], TARGET: []}
    for key in batch:
        part = TARGET if key.startswith((TARGET, "labels")) else INPUT
        parts[part].append(key)
    for part, keys in parts.items():
        if not keys:
            raise other_form(
                f"a batch with the keys {', '.join(batch)}", expected=f"{part} in it"
            )
    return {
        f"{part}.{number}": key
        for part, keys in parts.items()
        for number, key in enumerate(keys)
    }


def convert(array: Array) -> Array:
    """Return an array of one of the types that batches have.

    Raises:
        TargetError: it has another type.
    """
    if array.dtype.kind == "f":
        return array.astype(np.float64)
    if array.dtype == np.int32 or array.dtype.kind == "b":
        return array
    if array.dtype.kind in "iu":
        return array.astype(np.int64)
    raise other_form(f"an array of {array.dtype}", expected="numbers or booleans")


def describe_arrays(
    epochs: Sequence[Sequence[Arrays]], *, part: str
) -> list[ArraySpec]:
    """Return the specification of each array of the first batch.

    The range of integers is that of all batches.
    """
    first = epochs[0][0]
    found = []
    for key in (key for key in first if key.startswith(part)):
        every = [batch[key] for batches in epochs for batch in batches]
        spec = ArraySpec(shape=first[key].shape, name=key.partition(".")[2])
        if first[key].dtype.kind == "b":
            spec = replace(spec, kind="bool")
        elif first[key].dtype.kind == "i":
            low, high = min(a.min() for a in every), max(a.max() for a in every)
            kind = first[key].dtype.name
            spec = replace(spec, kind=kind, low=int(low), high=int(high) + 1)
        found.append(spec)
    return found


def repeats(one: Sequence[Arrays], other: Sequence[Arrays]) -> bool:
    """Return whether two epochs have the same batches."""
    return len(one) == len(other) and all(
        a.keys() == b.keys() and all(np.array_equal(a[key], b[key]) for key in a)
        for a, b in zip(one, other, strict=True)
    )


def list_losses(package: TargetsModule) -> list[str]:
    """Return the names of the losses of a framework."""
    return list(package.LOSSES)


def other_form(received: str, *, expected: str) -> TargetError:
    """Return the error of a workload in another form."""
    return TargetError(
        stage=Stage.WORKLOAD,
        reason=f"expected {expected}; received {received}",
        advice=FORM,
    )
