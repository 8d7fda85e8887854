"""Remedies: how a model with a mistake is run to find the mistake."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import tensorflow as tf

MakeModel = Callable[[], Any]


@contextmanager
def check_numerics(make_model: MakeModel) -> Iterator[MakeModel]:
    """Raise at the operation whose result is no number."""
    tf.debugging.enable_check_numerics()
    try:
        yield make_model
    finally:
        tf.debugging.disable_check_numerics()


@contextmanager
def run_eagerly(make_model: MakeModel) -> Iterator[MakeModel]:
    """Run the functions of tf.function as Python code."""
    tf.config.run_functions_eagerly(True)
    try:
        yield make_model
    finally:
        tf.config.run_functions_eagerly(False)


@contextmanager
def tf_print(make_model: MakeModel) -> Iterator[MakeModel]:
    """Replace print by an operation of the graph."""
    module: Any = sys.modules[make_model.__module__]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "printed"
        printing = partial(tf.print, output_stream=f"file://{path}")
        try:
            with patch.object(module, "print", printing, create=True):
                yield make_model
        finally:
            if path.exists():
                sys.stdout.write(path.read_text("utf-8"))


@contextmanager
def py_function(make_model: MakeModel) -> Iterator[MakeModel]:
    """Let the graph call the model's Python code."""

    def make() -> Any:
        return CalledModel(make_model())

    yield make


class CalledModel(tf.Module):
    """A model that a graph calls as Python code."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def __call__(self, x: tf.Tensor) -> tf.Tensor:
        outputs = tf.py_function(self.model, [x], tf.float32)
        outputs.set_shape((x.shape[0], None))
        return outputs


APPLIED: dict[str, Callable[[MakeModel], AbstractContextManager[MakeModel]]]
APPLIED = {
    "check_numerics": check_numerics,
    "run_eagerly": run_eagerly,
    "tf_print": tf_print,
    "py_function": py_function,
}
