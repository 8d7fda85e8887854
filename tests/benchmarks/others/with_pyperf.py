"""The step under pyperf; run twice, one after the other."""

from __future__ import annotations

from functools import cache

import pyperf


@cache
def built():
    """The step, made by the worker processes only: their parent never calls it."""
    from tests.benchmarks.others.step import warm_step  # noqa: PLC0415 - the same

    return warm_step()


def step() -> None:
    built()()


if __name__ == "__main__":
    pyperf.Runner().bench_func("step", step)
