"""Run a program of torch.export, in one thread."""

from collections.abc import Sequence
from typing import Any

import torch
from compare.runners.serving import serve_model

from impl_torch.targets import flatten


class Program:
    """A loaded program, without the code of its model."""

    def __init__(
        self, path: str, _inputs: list[str], _outputs: list[str]
    ) -> None:
        torch.set_num_threads(1)
        self._module = torch.export.load(path).module()
        self._inputs: list[Any] = []
        self._found: Any = None

    def set_inputs(self, inputs: Sequence[Any]) -> None:
        """Store the inputs of the following runs."""
        self._inputs = [torch.from_numpy(array) for array in inputs]

    @torch.no_grad()
    def run(self) -> None:
        """Run the model once."""
        self._found = self._module(*self._inputs)

    def outputs(self) -> list[Any]:
        """Return the floating-point outputs of the last run."""
        return [tensor.numpy() for _, tensor in flatten(self._found)]


if __name__ == "__main__":
    serve_model(Program)
