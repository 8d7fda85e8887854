"""Judge whether a session captured and compiled what its mode declares."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import msgspec

from compare.contract import Captures, Idiom
from compare.frameworks import find_variant
from compare.pipeline.plan import describe_captures
from compare.runs.words import CaptureVerdict

if TYPE_CHECKING:
    from collections.abc import Collection

    from compare.contract import Mode
    from compare.runs.record import Cell
    from compare.workers.messages import Description

EXTENT = (
    Captures.NONE,
    Captures.FORWARD,
    Captures.FORWARD_BACKWARD,
    Captures.TRAINING_STEP,
)


def store_capture(
    cell: Cell,
    described: Description,
    *,
    forward_only: bool = False,
    replicas: int = 1,
) -> None:
    """Store in a cell what its session captured, and the verdict on it.

    A graph of a step without a backward pass has the forward pass alone, although it
    computes everything that the step does.

    A problem that was found before is kept: a later session may not have it. A mode
    that fell back to eager steps is stored in any case.
    """
    if cell.capture_verdict.is_problem and not described.fell_back:
        return
    framework, mode = find_variant(cell.variant)
    if replicas > 1 and framework.replication and framework.replication.has_breaks:
        mode = dataclasses.replace(mode, has_breaks=True)
    if forward_only:
        mode = dataclasses.replace(mode, captures=cell.declared)
        described = limit_captures(described)
    measured = Captures.NONE if described.fell_back else described.captures
    cell.captures = describe_captures(cell.family, measured=measured)
    cell.graph_breaks, cell.kernels = described.graph_breaks, described.kernels
    cell.control_flow = merge_control_flow(cell.control_flow, described.control_flow)
    cell.capture_verdict = judge_capture(mode, described)


def merge_control_flow(
    found: Collection[Idiom], described: Collection[Idiom]
) -> list[Idiom]:
    """Return what any session of a cell showed: each may have captured other graphs."""
    return [each for each in Idiom if each in {*found, *described}]


def limit_captures(described: Description) -> Description:
    """Return the description of a step that has nothing but a forward pass."""
    measured = min(described.captures, Captures.FORWARD, key=EXTENT.index)
    return msgspec.structs.replace(described, captures=measured)


def judge_capture(mode: Mode, described: Description) -> CaptureVerdict:
    """Return whether a session captured and compiled what its mode declares."""
    declared, measured = map(EXTENT.index, (mode.captures, described.captures))
    if not measured and declared:
        return CaptureVerdict.NOTHING
    if described.fell_back:
        return CaptureVerdict.FELL_BACK
    if mode.compiles and described.kernels == 0:
        return CaptureVerdict.NO_COMPILER
    is_broken = bool(described.graph_breaks) and not mode.has_breaks
    if measured < declared or (declared and is_broken):
        return CaptureVerdict.LESS
    if measured > declared:
        return CaptureVerdict.MORE
    return CaptureVerdict.AS_DECLARED
