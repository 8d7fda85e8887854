"""Run a lesson's program in this process and see how long each step takes.

In a worker only: it is the program that imports a framework.
"""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from importlib.util import module_from_spec, spec_from_file_location
from time import perf_counter_ns
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from compare.contract import Arrays


@dataclass
class Stopwatch:
    """Adds up the time from each mark to the next, by the mark's name."""

    elapsed_ns: dict[str, int] = field(default_factory=dict)
    _step: str = ""
    _since_ns: int = field(default_factory=perf_counter_ns)

    def mark(self, step: str) -> None:
        """What runs from here on belongs to this step."""
        now_ns = perf_counter_ns()
        spent_ns = now_ns - self._since_ns
        self.elapsed_ns[self._step] = self.elapsed_ns.get(self._step, 0) + spent_ns
        self._step, self._since_ns = step, perf_counter_ns()


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What one run of a program gave."""

    arrays: Arrays
    elapsed_ns: dict[str, int]
    printed: str


def run(path: Path, *, name: str) -> Ran:
    """Import the program at a path under a module's name and call its ``main``."""
    spec = spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"expected a Python file; received {path}")
    module = module_from_spec(spec)
    watch, printed = Stopwatch(), io.StringIO()
    module.__dict__["mark_step"] = watch.mark
    # Whoever unpickles a class, or asks for its source, finds it by this name.
    sys.modules[name] = module
    try:
        with redirect_stdout(printed):
            spec.loader.exec_module(module)
            returned = module.main()
            watch.mark("")
    finally:
        del sys.modules[name]
    arrays = {key: np.asarray(value) for key, value in returned.items()}
    return Ran(arrays=arrays, elapsed_ns=watch.elapsed_ns, printed=printed.getvalue())
