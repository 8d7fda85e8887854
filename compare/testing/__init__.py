"""Assertions for tests: do two functions agree, compile, and keep their speed?

Public names: `assert_agrees`, `assert_compiles` and `assert_not_slower`; and
`compare_functions`, `inspect_captures` and `compare_pace`, which return what these
judge.

Importing this package imports no framework and nothing heavy. The framework of a
function is found among those that the process has imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compare.testing.agreement import compare_functions
    from compare.testing.assertions import (
        assert_agrees,
        assert_compiles,
        assert_not_slower,
    )
    from compare.testing.captures import inspect_captures
    from compare.testing.pace import compare_pace

__all__ = [
    "assert_agrees",
    "assert_compiles",
    "assert_not_slower",
    "compare_functions",
    "compare_pace",
    "inspect_captures",
]

# How each framework captures a function unless a mode is chosen.
DEFAULT_MODES = ("torch/compile", "tf/function", "jax/jit")

MODULES = {
    "compare_functions": "agreement",
    "compare_pace": "pace",
    "inspect_captures": "captures",
}


def __getattr__(name: str) -> object:
    """Import a public function when it is used: pytest imports this package always."""
    if name not in __all__:
        raise AttributeError(f"module {__name__} has no attribute {name}")
    from importlib import import_module  # noqa: PLC0415 - see above

    module = import_module(f"{__name__}.{MODULES.get(name, 'assertions')}")
    return getattr(module, name)
