"""Find the break that is planted in a file, with one framework's implementation."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from typing import TYPE_CHECKING, Any

from compare.contract import NO_OPTIMIZER, GraphBreak, Optimizer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.support.planted import PlantedBreak

MODES = {"torch": "compile", "tf": "function"}
CALLS = 3  # of the same step: Python values that it changes show in the second


@dataclass(frozen=True)
class Outcome:
    """What was found in a file with one planted break."""

    planted: PlantedBreak
    found: list[GraphBreak]

    @property
    def has_line(self) -> bool:
        """Whether the first place is the planted line."""
        return bool(self.found) and self._place == self._expected

    @property
    def has_cause(self) -> bool:
        """Whether the first place is the planted line and has the planted cause."""
        return self.has_line and self.found[0].cause is self.planted.cause

    @property
    def others(self) -> int:
        """The number of places found that were not planted."""
        lines = [(each.file, each.line) for each in self.found]
        return sum(line != self._expected for line in lines)

    @property
    def _place(self) -> tuple[str, int]:
        return self.found[0].file, self.found[0].line

    @property
    def _expected(self) -> tuple[str, int]:
        return str(self.planted.file), self.planted.line


def find_planted(
    planted: PlantedBreak, *, sizes: Sequence[int] = (4,) * CALLS
) -> Outcome:
    """Run steps of the planted model, one per size of batch, in a capturing mode."""
    package = f"impl_{planted.framework}"
    modes, step = import_module(f"{package}.modes"), import_module(f"{package}.step")
    batches = [make_batch(planted.framework, size) for size in sizes]
    objective = step.Objective(load_model(planted.file), loss="mean_square")
    optimizer = Optimizer(name=NO_OPTIMIZER, learning_rate=0.0)
    mode = getattr(modes, MODES[planted.framework])
    made = mode(objective, optimizer=optimizer, example=batches[0])
    find = import_module(f"{package}.breaks").find_breaks
    return Outcome(planted, find(made, model=objective.model, batches=batches))


def load_model(file: Path) -> Any:
    """Return the model `Net` of a file."""
    spec = spec_from_file_location(f"planted_{file.stem}", file)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # where Dynamo looks for its globals
    spec.loader.exec_module(module)
    return module.Net()


def make_batch(framework: str, size: int) -> Any:
    """Return one batch: inputs of 8 features, targets of 4."""
    if framework == "torch":
        torch: Any = import_module("torch")
        return torch.ones(size, 8), torch.ones(size, 4)
    tensorflow: Any = import_module("tensorflow")
    tensorflow.config.run_functions_eagerly(run_eagerly=False)
    return tensorflow.ones((size, 8)), tensorflow.ones((size, 4))
