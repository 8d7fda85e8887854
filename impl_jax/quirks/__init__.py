"""The spellings of the catalogue of quirks, in JAX, Optax and Flax."""

from collections.abc import Callable
from importlib import import_module
from typing import Any


def spelled(name: str) -> Callable[..., Any]:
    """The function behind ``QUIRK.SPELLING``."""
    quirk, spelling = name.split(".")
    return getattr(import_module(f"{__name__}.{quirk}"), spelling)
