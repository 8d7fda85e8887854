"""Run an ONNX file with ONNX Runtime, in one thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import onnxruntime

from compare.runners.serving import serve_model

if TYPE_CHECKING:
    from collections.abc import Sequence


class OnnxModel:
    """A session of ONNX Runtime."""

    def __init__(self, path: str, inputs: list[str], outputs: list[str]) -> None:
        """Load a file; without names, its inputs and outputs are taken in order."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors
        self._session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )
        self._inputs = inputs or [each.name for each in self._session.get_inputs()]
        self._outputs = outputs or [each.name for each in self._session.get_outputs()]
        self._feeds: dict[str, Any] = {}
        self._found: list[Any] = []

    def set_inputs(self, inputs: Sequence[Any]) -> None:
        """Store the inputs of the following runs."""
        self._feeds = dict(zip(self._inputs, inputs, strict=True))

    def run(self) -> None:
        """Run the model once."""
        self._found = self._session.run(self._outputs, self._feeds)

    def outputs(self) -> list[Any]:
        """Return the floating-point outputs of the last run."""
        return [each for each in self._found if each.dtype.kind == "f"]


if __name__ == "__main__":
    serve_model(OnnxModel)
