"""Compare two functions, or one with its captured mode, and show everything found.

In a notebook, ``%load_ext compare`` adds the cell magic ``%%compare``. `compare_pair`
and `compare_captured` return the same object in a script.

Importing this package imports no framework, no IPython and nothing heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compare.notebook.comparing import compare_captured, compare_pair
    from compare.notebook.result import FunctionComparison

__all__ = ["FunctionComparison", "compare_captured", "compare_pair"]

MODULES = {"FunctionComparison": "result"}


def __getattr__(name: str) -> object:
    """Import a public name when it is used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    from importlib import import_module  # noqa: PLC0415 - see above

    module = import_module(f"{__name__}.{MODULES.get(name, 'comparing')}")
    return getattr(module, name)
