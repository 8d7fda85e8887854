"""Time the step with pyperf."""

from __future__ import annotations

from functools import cache

import pyperf


@cache
def build_step():
    """Return the step. Only worker processes call this; their parent does not."""
    from tests.benchmarks.others.step import warm_step  # noqa: PLC0415 - the same

    return warm_step()


def step() -> None:
    build_step()()


if __name__ == "__main__":
    pyperf.Runner().bench_func("step", step)
