"""Draw the random numbers of a narrower dtype in a float64 session."""

from collections.abc import Iterator
from contextlib import contextmanager

from compare.contract import Dtype


@contextmanager
def drawing(*, dtype: Dtype) -> Iterator[None]:
    """Let float64 draws give the numbers that a session of a dtype draws."""
    # differs: PyTorch can replace a draw; TensorFlow's callbacks come after it
    yield
