"""Blocks of both sides of a comparison, drawn with a known noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from compare.pull_request.judging import ARMS
from compare.runs.rows import SampleRow

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

ROUNDS = 4
STEP_NS = {"torch eager": 1e6, "torch compile": 5e5}
BUSY = 1.5  # how much longer a sentinel takes on a busy machine


def simulate_launch(
    launch: int,
    *,
    noise: float,
    slower: Mapping[str, float] | None = None,
    missing: Collection[str] = (),
    is_busy: bool = False,
) -> list[SampleRow]:
    """Return the blocks of two variants in one launch.

    Args:
        launch: its number, and the seed.
        noise: standard deviation of a log step time.
        slower: the factor by which an arm is slower, such as ``head torch eager``.
        missing: arms without blocks.
        is_busy: the machine does other work.
    """
    rng, factors = np.random.default_rng(launch), slower or {}
    return [
        SampleRow(
            workload="Net",
            framework=f"torch@{arm.split()[0]}",
            mode=name,
            device="cpu",
            dtype="float32",
            launch=launch,
            round=round_,
            position=0,
            steps=10,
            duration_ns=10 * step_ns * factors.get(name, 1.0) * rng.lognormal(0, noise),
            started_ns=0,
            sentinel_ns=100.0 * (BUSY if is_busy else 1.0),
            void="",
        )
        for round_ in range(ROUNDS)
        for variant, step_ns in STEP_NS.items()
        for arm in ARMS
        if (name := f"{arm} {variant}") not in missing
    ]
