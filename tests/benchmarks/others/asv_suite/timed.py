"""The benchmark that asv runs: the step, built when a process imports this module.

It has no ``setup``: asv-runner 0.3 calls ``setup`` before every sample, and with one it
times single calls. asv starts a new process for each round (``--launch-method=spawn``).
"""

from __future__ import annotations

from tests.benchmarks.others.step import warm_step

step = warm_step()


def time_step() -> None:
    step()
