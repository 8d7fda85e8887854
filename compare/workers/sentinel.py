"""A fixed piece of work, whose duration shows how fast the machine is at the moment.

It runs before and after every timed block. It is the same in every worker and uses no
framework, so its duration depends on the machine and not on the variants.
"""

from __future__ import annotations

from time import perf_counter_ns

import numpy as np

COUNTED = 10_000  # iterations of a loop of the interpreter
ELEMENTS = 1 << 15  # of each array: three of them fit into a processor's L2 cache
REPEATS = 30


class Sentinel:
    """The work and the arrays that it needs."""

    def __init__(self) -> None:
        self._one = np.full(ELEMENTS, 1.5)
        self._other = np.full(ELEMENTS, 0.5)
        self._result = np.empty(ELEMENTS)

    def run(self) -> int:
        """Do the work once; return its duration in ns."""
        start = perf_counter_ns()
        for _ in range(COUNTED):
            pass
        for _ in range(REPEATS):
            np.multiply(self._one, self._other, out=self._result)
        return perf_counter_ns() - start
