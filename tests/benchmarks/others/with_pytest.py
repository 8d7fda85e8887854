"""Time the step twice with pytest-benchmark, one benchmark after the other."""

from __future__ import annotations

import pytest

from tests.benchmarks.others.step import warm_step


@pytest.mark.parametrize("turn", ["first", "second"])
def test_step(benchmark, turn):
    benchmark(warm_step())
