"""Repeat workloads over several values of sizes: ``--sweep batch=1,8,64``.

One size gives a line of points, two sizes give a grid: every combination is a point.
"""

from __future__ import annotations

from itertools import product
from math import inf
from typing import TYPE_CHECKING

import msgspec

from compare.errors import UsageError
from compare.pipeline.sizes import (
    SWEEP,
    list_sizes,
    parse_sweep,
    require_known,
    set_sizes,
)
from compare.wording import join_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from compare.runs.record import WorkloadRequest

    Sweep = Mapping[str, Sequence[str]]  # size -> its values, as typed

MOST_SIZES = 2  # a report has a table for a line of points, and a chart for a grid


def parse_sweeps(texts: Sequence[str]) -> Sweep:
    """Return the swept sizes, each with its values as typed.

    Raises:
        UsageError: a text is no sweep, a size occurs twice, or there are more than two.
    """
    pairs = [parse_sweep(text) for text in texts]
    sizes = [size for size, _ in pairs]
    if len(sizes) > MOST_SIZES:
        raise UsageError(
            f"{SWEEP}: expected one or two sizes; received {len(sizes)}: "
            f"{join_words(sizes, conjunction='and')}. Set the others to one value "
            "with --set"
        )
    if len(set(sizes)) < len(sizes):
        raise UsageError(
            f"{SWEEP}: expected two different sizes; received {sizes[0]} twice. List "
            f"all its values in one option: {SWEEP} {sizes[0]}=1,8,64"
        )
    return dict(pairs)


def sweep_workloads(
    configured: Sequence[WorkloadRequest], sweep: Sweep
) -> list[WorkloadRequest]:
    """Return each workload once for each combination of values.

    Workloads that do not have every size are left out.

    Raises:
        UsageError: no workload has the sizes, or they cannot have one of the values.
    """
    require_known(sweep, selected=configured, option=SWEEP)
    having = [each for each in configured if set(sweep) <= set(list_sizes(each))]
    if not having:
        raise UsageError(
            f"{SWEEP}: expected a workload that has {' and '.join(sweep)}; received "
            f"{join_words((each.label for each in configured), conjunction='and')}"
        )
    return [
        _make_point(each, dict(zip(sweep, values, strict=True)))
        for each in having
        for values in product(*sweep.values())
    ]


def _make_point(workload: WorkloadRequest, texts: dict[str, str]) -> WorkloadRequest:
    """Return one point of a sweep, with a label of its own."""
    for size, text in texts.items():
        if not is_positive(text):
            raise UsageError(
                f"{SWEEP} {size}: expected positive numbers, because step times are "
                f'drawn against them; received "{text}"'
            )
    point = set_sizes(workload, texts)
    names = (f"{size}-{text}" for size, text in texts.items())
    return msgspec.structs.replace(
        point,
        label=".".join((workload.label, *names)),
        swept=workload.label,
        grid=list(texts) if len(texts) > 1 else [],
    )


def is_positive(text: str) -> bool:
    """Return whether a text is a number above zero, and finite."""
    try:
        return 0 < float(text) < inf
    except ValueError:
        return False
