"""Run a lesson's program in this process and measure the time of each step.

Used in workers only, because the program imports a framework.
"""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import TYPE_CHECKING, cast

import numpy as np

from compare.workers.importing import importing_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import ModuleType

    from compare.contract import Array, Arrays, LessonModule


@dataclass
class Stopwatch:
    """Sums the time between marks, and what is printed, under the earlier mark."""

    elapsed_ns: dict[str, int] = field(default_factory=dict)
    printed: dict[str, str] = field(default_factory=dict)
    output: io.StringIO = field(default_factory=io.StringIO)
    _step: str = ""
    _since_ns: int = field(default_factory=perf_counter_ns)

    def mark(self, step: str) -> None:
        """Start a step: the time until the next mark is added to it."""
        now_ns = perf_counter_ns()
        spent_ns = now_ns - self._since_ns
        self.elapsed_ns[self._step] = self.elapsed_ns.get(self._step, 0) + spent_ns
        if text := self.output.getvalue():
            self.printed[self._step] = self.printed.get(self._step, "") + text
            self.output.seek(0)
            self.output.truncate()
        self._step, self._since_ns = step, perf_counter_ns()


@dataclass(frozen=True, kw_only=True)
class ProgramRun:
    """What one run of a program returned and printed, and its time by step."""

    arrays: Arrays
    elapsed_ns: dict[str, int]
    printed: dict[str, str]


def run_program(
    path: Path, *, name: str, prepare: Callable[[ModuleType], None] | None = None
) -> ProgramRun:
    """Import the program at `path` as module `name` and call its ``main``.

    Args:
        path: the program.
        name: of the module.
        prepare: changes the module before ``main`` is called.
    """
    watch = Stopwatch()
    with (
        redirect_stdout(watch.output),
        importing_file(path, name=name, given={"mark_step": watch.mark}) as module,
    ):
        if prepare is not None:
            prepare(module)
        returned = cast("LessonModule", module).main()
        watch.mark("")
    arrays = {key: _as_array(key, value) for key, value in returned.items()}
    return ProgramRun(arrays=arrays, elapsed_ns=watch.elapsed_ns, printed=watch.printed)


def _as_array(name: str, value: object) -> Array:
    """Return a value as an array of numbers or texts.

    Raises:
        TypeError: it is something else.
    """
    array = np.asarray(value)
    if array.dtype.hasobject:
        raise TypeError(
            f"{name}: expected numbers or texts; received {type(value).__name__}"
        )
    return array
