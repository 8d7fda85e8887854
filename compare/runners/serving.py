"""The protocol on stdin and stdout of runners in Python, as in ``runner.hpp``.

A program imports this module, NumPy and its library, and nothing else of the harness.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    Array = NDArray[Any]


ERROR = "error.txt"  # in the folder of a case
REASON_CHARACTERS = 300  # of a message that tables show


class LoadedModel(Protocol):
    """A model in memory, with the inputs that `run` uses."""

    def set_inputs(self, inputs: Sequence[Array]) -> None:
        """Store the inputs of the following runs."""

    def run(self) -> None:
        """Run the model once."""

    def outputs(self) -> Sequence[Array]:
        """Return the floating-point outputs of the last run."""


def serve_model(load: Callable[[str, list[str], list[str]], LoadedModel]) -> None:
    """Load a model, run each case once, and time calls until stdin ends.

    Args:
        load: returns the model in a file with these names of inputs and outputs.
    """
    path, inputs, outputs, *cases = sys.argv[1:]
    start = perf_counter_ns()
    try:
        model = load(path, split_names(inputs), split_names(outputs))
    except Exception as error:  # noqa: BLE001 - the library's, which is a result
        message = " ".join(str(error).split())
        raise SystemExit(f"{type(error).__name__}: {message}") from None
    load_ns = perf_counter_ns() - start
    for case in map(Path, cases):
        run_case(model, case)
    reply(f"ready {load_ns}")
    model.set_inputs(read_inputs(Path(cases[0])))
    for line in sys.stdin:
        calls = int(line)
        start = perf_counter_ns()
        for _ in range(calls):
            model.run()
        reply(str(perf_counter_ns() - start))


def reply(line: str) -> None:
    """Write a line to the harness at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def split_names(joined: str) -> list[str]:
    """Return the names in a text with commas between them."""
    return joined.split(",") if joined else []


def sort_by_number(names: Iterable[str]) -> list[str]:
    """Return names such as ``output_10`` in the order of their numbers."""
    return sorted(names, key=lambda name: (len(name), name))


def read_inputs(case: Path) -> list[Array]:
    """Return the inputs in the folder of a case."""
    count = len(list(case.glob("input_*.npy")))
    paths = [case / f"input_{number}.npy" for number in range(count)]
    return [np.load(path, allow_pickle=False) for path in paths]


def run_case(model: LoadedModel, case: Path) -> None:
    """Run a case once, and write its outputs or the error into its folder."""
    try:
        model.set_inputs(read_inputs(case))
        model.run()
        for number, output in enumerate(model.outputs()):
            np.save(case / f"output_{number}.npy", output)
    except Exception as error:  # noqa: BLE001 - the library's, which is a result
        (case / ERROR).write_text(str(error), encoding="utf-8")
