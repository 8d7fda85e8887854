"""Run a LiteRT file, in one thread."""

import warnings
from collections.abc import Sequence
from typing import Any

from ai_edge_litert.interpreter import Interpreter
from compare.runners.serving import serve_model, sort_by_number


class LiteRtModel:
    """An interpreter of LiteRT."""

    def __init__(
        self, path: str, _inputs: list[str], _outputs: list[str]
    ) -> None:
        self._interpreter: Any = Interpreter(path, num_threads=1)

    def set_inputs(self, inputs: Sequence[Any]) -> None:
        """Store the inputs of the following runs."""
        fill_inputs(self._interpreter, inputs)

    def run(self) -> None:
        """Run the model once."""
        self._interpreter.invoke()

    def outputs(self) -> list[Any]:
        """Return the floating-point outputs of the last run."""
        signature = self._interpreter.get_signature_runner
        places = list_places(signature().get_output_details())
        found = [
            self._interpreter.get_tensor(place["index"]) for place in places
        ]
        return [array for array in found if array.dtype.kind == "f"]


def list_places(details: dict[str, Any]) -> list[Any]:
    """Return the tensors of a signature in order; the file may have another.

    Their names are those of tf.saved_model.save, such as output_10.
    """
    return [details[name] for name in sort_by_number(details)]


def fill_inputs(interpreter: Any, inputs: Sequence[Any]) -> None:
    """Resize the inputs of an interpreter and copy arrays to them."""
    # A signature in a variable would forbid to resize the inputs.
    signature = interpreter.get_signature_runner
    places = list_places(signature().get_input_details())
    for place, array in zip(places, inputs, strict=True):
        if tuple(place["shape"]) != array.shape:
            interpreter.resize_tensor_input(place["index"], array.shape)
    interpreter.allocate_tensors()
    for place, array in zip(places, inputs, strict=True):
        interpreter.set_tensor(place["index"], array)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    serve_model(LiteRtModel)
