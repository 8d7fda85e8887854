"""Stub."""
from collections.abc import Iterator
from contextlib import contextmanager

@contextmanager
def rounded(*, unit: float, underflow: float, seed: int) -> Iterator[None]:
    yield
